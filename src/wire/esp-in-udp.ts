/**
 * What shares a UDP port with ESP (RFC 3948 §2): messages of IKE behind a non-ESP marker, which stands
 * where ESP has its SPI, and keepalives of one octet.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        Source Port            |      Destination Port         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           Length              |           Checksum            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       Non-ESP Marker                          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      IKE header [RFC 2408]                    |
 *
 * @module
 */
import { concatenate, u32 } from '../octets/octets.ts';

/** In the place of an SPI (RFC 3948 §2.2). */
export const NON_ESP_MARKER = 0;
export const NON_ESP_MARKER_LENGTH = 4;
/** A datagram of this one octet keeps a NAT's mapping alive (RFC 3948 §2.3). */
export const KEEPALIVE: Uint8Array = Uint8Array.of(0xff);
export const KEEPALIVE_LENGTH = 1;

/** `message` of IKE as it goes where ESP goes, too; a keepalive is one there already. */
export function withNonEspMarker(message: Uint8Array): Uint8Array {
  if (message.length === KEEPALIVE_LENGTH) return message;
  return concatenate([new Uint8Array(NON_ESP_MARKER_LENGTH), message]);
}

/** The message of IKE in `datagram`, as a view; `null` when it is ESP, a keepalive, or nothing. */
export function ikeMessageIn(datagram: Uint8Array): Uint8Array | null {
  if (datagram.length <= NON_ESP_MARKER_LENGTH || u32(datagram, 0) !== NON_ESP_MARKER) return null;
  return datagram.subarray(NON_ESP_MARKER_LENGTH);
}
