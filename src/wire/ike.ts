/**
 * The header of ISAKMP and IKEv2 messages and the chain of payloads behind it: as far as a listener
 * without keys can tell (RFC 2408 §3.1, RFC 7296 §3.1, §3.2).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 * |       IKE SA Initiator's SPI (cookie), 8 octets               | header
 * |       IKE SA Responder's SPI (cookie), 8 octets               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Next Payload | MjVer | MnVer | Exchange Type |     Flags     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                          Message ID                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                            Length                             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 * | Next Payload  |C|  RESERVED   |         Payload Length        | each payload
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 *
 * @module
 */
import { setU8, setU32, u8, u16, u32 } from '../octets/octets.ts';

/** Where the initiator's SPI stands. */
export const IKE_INITIATOR_SPI = 0;
/** Where the responder's SPI stands. */
export const IKE_RESPONDER_SPI = 8;
const NEXT_PAYLOAD = 16;
const VERSION = 17;
const EXCHANGE_TYPE = 18;
const FLAGS = 19;
const MESSAGE_ID = 20;
const LENGTH = 24;

/** Octets of an SPI. */
export const IKE_SPI_LENGTH = 8;
/** Octets of the header. */
export const IKE_HEADER_LENGTH = 28;

const PAYLOAD_NEXT = 0;
const PAYLOAD_LENGTH = 2;
/** Octets before what a payload holds. */
export const IKE_PAYLOAD_HEADER_LENGTH = 4;

/** Flags of version 1 (RFC 2408 §3.1). */
export const IKEV1_FLAG = { ENCRYPTION: 1, COMMIT: 2, AUTHENTICATION_ONLY: 4 } as const;
/** Flags of version 2 (RFC 7296 §3.1). */
export const IKEV2_FLAG = { INITIATOR: 0x08, VERSION: 0x10, RESPONSE: 0x20 } as const;

/** The Encrypted payloads of IKEv2, whole (RFC 7296 §3.14) and in fragments (RFC 7383 §2.5). */
export const IKEV2_ENCRYPTED = 46;
export const IKEV2_ENCRYPTED_FRAGMENT = 53;

export function ikeNextPayload(octets: Uint8Array, at: number): number {
  return u8(octets, at + NEXT_PAYLOAD);
}

export function ikeMajorVersion(octets: Uint8Array, at: number): number {
  return u8(octets, at + VERSION) >>> 4;
}

export function ikeMinorVersion(octets: Uint8Array, at: number): number {
  return u8(octets, at + VERSION) & 0x0f;
}

export function ikeExchangeType(octets: Uint8Array, at: number): number {
  return u8(octets, at + EXCHANGE_TYPE);
}

export function ikeFlags(octets: Uint8Array, at: number): number {
  return u8(octets, at + FLAGS);
}

export function ikeMessageId(octets: Uint8Array, at: number): number {
  return u32(octets, at + MESSAGE_ID);
}

/** Of the message, its header included. */
export function ikeLength(octets: Uint8Array, at: number): number {
  return u32(octets, at + LENGTH);
}

/** The type of the payload after the one at `at`; 0 when it is the last. */
export function ikePayloadNext(octets: Uint8Array, at: number): number {
  return u8(octets, at + PAYLOAD_NEXT);
}

/** Of the payload, its header included. */
export function ikePayloadLength(octets: Uint8Array, at: number): number {
  return u16(octets, at + PAYLOAD_LENGTH);
}

/** The fields of a header, of either version. */
export interface IkeHeader {
  /** 8 octets. */
  readonly initiatorSpi: Uint8Array;
  /** 8 octets. */
  readonly responderSpi: Uint8Array;
  readonly nextPayload: number;
  readonly majorVersion: number;
  readonly minorVersion: number;
  readonly exchangeType: number;
  readonly flags: number;
  readonly messageId: number;
  /** Of the message, its header included. */
  readonly length: number;
}

/** Writes the {@link IKE_HEADER_LENGTH} octets at `at`. */
export function emitIkeHeader(header: IkeHeader, octets: Uint8Array, at: number): void {
  octets.set(header.initiatorSpi, at + IKE_INITIATOR_SPI);
  octets.set(header.responderSpi, at + IKE_RESPONDER_SPI);
  setU8(octets, at + NEXT_PAYLOAD, header.nextPayload);
  setU8(octets, at + VERSION, (header.majorVersion << 4) | header.minorVersion);
  setU8(octets, at + EXCHANGE_TYPE, header.exchangeType);
  setU8(octets, at + FLAGS, header.flags);
  setU32(octets, at + MESSAGE_ID, header.messageId);
  setU32(octets, at + LENGTH, header.length);
}
