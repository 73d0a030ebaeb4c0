/**
 * Having the kernel reserve an SPI.
 *
 * It guesses as often as the range has SPIs, with none excluded that it guessed before: of a range
 * that is almost full it may miss the last free ones. These are asked for one by one.
 *
 * @module
 */
import type { XfrmSa } from '../../netlink/xfrm-sa.ts';
import type { XfrmLarvalSa } from '../../netlink/xfrm-sa-request.ts';
import { SystemError } from '../libc.ts';
import type { KernelTables } from './kernel-tables.ts';

/** SPIs that are asked for one by one: with more of them the kernel's guesses do not miss. */
const MOST_ASKED = 4096;

/** The larval SA that keeps the SPI; `null` when none is free. Throws a `SystemError`. */
export function allocateSpi(
  tables: KernelTables,
  sa: XfrmLarvalSa,
  least: number,
  most: number,
): XfrmSa | null {
  const guessed = unlessFull(() => tables.allocateSpi(sa, least, most));
  if (guessed !== null) return guessed;
  const last = Math.min(most, least + MOST_ASKED - 1);
  for (let spi = least; spi <= last; spi++) {
    const asked = unlessFull(() => tables.allocateSpi(sa, spi, spi));
    if (asked !== null) return asked;
  }
  return null;
}

function unlessFull(allocate: () => XfrmSa): XfrmSa | null {
  try {
    return allocate();
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return null;
    throw error;
  }
}
