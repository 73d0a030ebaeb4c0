/**
 * Encapsulating Security Payload: the octets around the ciphertext (RFC 4303 §2).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 * |               Security Parameters Index (SPI)                 | header
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      Sequence Number                          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 * |         IV, in the clear, then Payload Data, encrypted        |
 * |               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 * |               |     Padding (0-255 octets)    |               | trailer
 * +-+-+-+-+-+-+-+-+               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                               |  Pad Length   | Next Header   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 * |              Integrity Check Value-ICV (variable)             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * The header travels in the clear; the trailer is the tail of the plaintext, and is found from its
 * end. What lies between, and the ICV, belong to the transform in `ipsec/`, which also decides
 * whether odd padding is tolerated.
 *
 * @module
 */
import { Malformed } from '../octets/malformed.ts';
import { setU8, setU32, u8, u32 } from '../octets/octets.ts';

/** Where the SPI stands. */
export const ESP_SPI = 0;
/** Where the sequence number stands. */
export const ESP_SEQUENCE_NUMBER = 4;

/** Octets before the IV. */
export const ESP_HEADER_LENGTH = 8;
/** Octets of trailer that follow the padding. */
export const ESP_TRAILER_LENGTH = 2;

/** Checks that the `length` octets at `at` hold an ESP header. SPI 0 is never sent (§2.1). */
export function checkEsp(octets: Uint8Array, at: number, length: number): Malformed | null {
  if (length < ESP_HEADER_LENGTH) {
    return Malformed.truncated('ESP header', ESP_HEADER_LENGTH, length);
  }
  return espSpi(octets, at) === 0 ? SPI_IS_ZERO : null;
}

/** Names the SA at the receiver; 1 to 255 are IANA's (§2.1). */
export function espSpi(octets: Uint8Array, at: number): number {
  return u32(octets, at + ESP_SPI);
}

/** The low 32 bits; the high half of an extended number never travels (§2.2.1). */
export function espSequenceNumber(octets: Uint8Array, at: number): number {
  return u32(octets, at + ESP_SEQUENCE_NUMBER);
}

/** Writes the {@link ESP_HEADER_LENGTH} octets at `at`. */
export function emitEspHeader(
  spi: number,
  sequenceNumber: number,
  octets: Uint8Array,
  at: number,
): void {
  setU32(octets, at + ESP_SPI, spi);
  setU32(octets, at + ESP_SEQUENCE_NUMBER, sequenceNumber);
}

/**
 * Checks that the plaintext from `plaintextAt` to `plaintextEnd` ends in a trailer whose padding
 * lies within it.
 */
export function checkEspTrailer(
  octets: Uint8Array,
  plaintextAt: number,
  plaintextEnd: number,
): Malformed | null {
  const length = plaintextEnd - plaintextAt;
  if (length < ESP_TRAILER_LENGTH) {
    return Malformed.truncated('ESP trailer', ESP_TRAILER_LENGTH, length);
  }
  return espPadLength(octets, plaintextEnd) > length - ESP_TRAILER_LENGTH ? PAD_TOO_LONG : null;
}

/** Octets of padding, from the plaintext that ends at `plaintextEnd`. */
export function espPadLength(octets: Uint8Array, plaintextEnd: number): number {
  return u8(octets, plaintextEnd - 2);
}

/** IP protocol number of the payload; 59 marks a dummy packet to discard (§2.6). */
export function espNextHeader(octets: Uint8Array, plaintextEnd: number): number {
  return u8(octets, plaintextEnd - 1);
}

/** Whether the padding of a checked trailer is 1, 2, 3, ... as a receiver SHOULD inspect (§2.4). */
export function espPaddingIsMonotonic(octets: Uint8Array, plaintextEnd: number): boolean {
  const padEnd = plaintextEnd - ESP_TRAILER_LENGTH;
  const padAt = padEnd - espPadLength(octets, plaintextEnd);
  for (let at = padAt; at < padEnd; at++) if (u8(octets, at) !== at - padAt + 1) return false;
  return true;
}

/**
 * Writes padding 1, 2, 3, ... (§2.4), pad length and next header after the payload that ends at
 * `payloadEnd`, so that the plaintext ends at `paddedEnd`: 2 to 257 octets.
 */
export function emitEspTrailer(
  octets: Uint8Array,
  payloadEnd: number,
  paddedEnd: number,
  nextHeader: number,
): void {
  const padLength = paddedEnd - payloadEnd - ESP_TRAILER_LENGTH;
  for (let count = 0; count < padLength; count++) setU8(octets, payloadEnd + count, count + 1);
  setU8(octets, paddedEnd - 2, padLength);
  setU8(octets, paddedEnd - 1, nextHeader);
}

const SPI_IS_ZERO = new Malformed('ESP header', 'SPI is zero');
const PAD_TOO_LONG = new Malformed('ESP trailer', 'pad length exceeds the plaintext');
