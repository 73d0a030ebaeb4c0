/**
 * What clients are greeted with: the beginning of a file.
 *
 * @module
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { MOST_BANNER_OCTETS } from '../../ike/v1/transaction/limits.ts';

/** What the file at `path` says, as far as it is sent; `null` when it is none that can be read. */
export function readBanner(path: string): string | null {
  try {
    // A pipe would have us wait for whoever writes to it.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile()) return null;
      const octets = new Uint8Array(MOST_BANNER_OCTETS);
      const length = readSync(fd, octets);
      // A character that is cut at the end is left out.
      return new TextDecoder().decode(octets.subarray(0, length), { stream: true });
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}
