/**
 * `struct xfrm_mark` (linux/xfrm.h): the packets whose mark equals a value in the bits of a mask.
 *
 *   0  value
 *   4  mask
 *
 * Integers are in host order.
 *
 * @module
 */
import { hostU32, setHostU32 } from '../octets/host.ts';

const VALUE = 0;
const MASK = 4;
const LENGTH = 8;

export interface XfrmMark {
  readonly value: number;
  readonly mask: number;
}

/** Reads the value of an XFRMA_MARK, which must be whole. */
export function parseXfrmMark(octets: Uint8Array): XfrmMark {
  return { value: hostU32(octets, VALUE), mask: hostU32(octets, MASK) };
}

/** Writes the value of an XFRMA_MARK. */
export function emitXfrmMark({ value, mask }: XfrmMark): Uint8Array {
  const octets = new Uint8Array(LENGTH);
  setHostU32(octets, VALUE, value);
  setHostU32(octets, MASK, mask);
  return octets;
}
