/**
 * Telling whether two keys are the same without keeping either.
 *
 * @module
 */
import { createHash } from 'node:crypto';

/**
 * The first 64 bits of the SHA-256 of `octets`, as hexadecimal digits: for finding a key among others,
 * and no proof of anything.
 */
export function fingerprint(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex').slice(0, FINGERPRINT_DIGITS);
}

/** Digits of a {@link fingerprint}. */
const FINGERPRINT_DIGITS = 16;
