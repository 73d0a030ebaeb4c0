/**
 * Notification payloads (RFC 2408 §3.14).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |              Domain of Interpretation  (DOI)                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Protocol-ID  |   SPI Size    |      Notify Message Type      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                Security Parameter Index (SPI)                 ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                       Notification Data                       ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { setU8, setU16, setU32, u8, u16, u32 } from '../../octets/octets.ts';

const DOI_AT = 0;
const PROTOCOL_ID = 4;
const SPI_SIZE = 5;
const TYPE = 6;
const SPI = 8;

/** RFC 2408 §3.14.1, RFC 2407 §4.6.3, RFC 3706 §5.3. Numbers that are not here stay numbers. */
export const NOTIFY = {
  INVALID_PAYLOAD_TYPE: 1,
  DOI_NOT_SUPPORTED: 2,
  SITUATION_NOT_SUPPORTED: 3,
  INVALID_COOKIE: 4,
  INVALID_MAJOR_VERSION: 5,
  INVALID_MINOR_VERSION: 6,
  INVALID_EXCHANGE_TYPE: 7,
  INVALID_FLAGS: 8,
  INVALID_MESSAGE_ID: 9,
  INVALID_PROTOCOL_ID: 10,
  INVALID_SPI: 11,
  INVALID_TRANSFORM_ID: 12,
  ATTRIBUTES_NOT_SUPPORTED: 13,
  NO_PROPOSAL_CHOSEN: 14,
  BAD_PROPOSAL_SYNTAX: 15,
  PAYLOAD_MALFORMED: 16,
  INVALID_KEY_INFORMATION: 17,
  INVALID_ID_INFORMATION: 18,
  INVALID_CERT_ENCODING: 19,
  INVALID_CERTIFICATE: 20,
  CERT_TYPE_UNSUPPORTED: 21,
  INVALID_CERT_AUTHORITY: 22,
  INVALID_HASH_INFORMATION: 23,
  AUTHENTICATION_FAILED: 24,
  INVALID_SIGNATURE: 25,
  ADDRESS_NOTIFICATION: 26,
  NOTIFY_SA_LIFETIME: 27,
  CERTIFICATE_UNAVAILABLE: 28,
  UNSUPPORTED_EXCHANGE_TYPE: 29,
  UNEQUAL_PAYLOAD_LENGTHS: 30,
  /** The responder is done with an exchange that had the commit bit. */
  CONNECTED: 16384,
  /** Its data are data attributes: the lifetime that the responder has chosen. */
  RESPONDER_LIFETIME: 24576,
  REPLAY_STATUS: 24577,
  INITIAL_CONTACT: 24578,
  /** Dead peer detection; the data is a sequence number of 32 bits (RFC 3706 §5.4). */
  R_U_THERE: 36136,
  R_U_THERE_ACK: 36137,
} as const;

export interface Notification {
  readonly kind: 'notification';
  /** One of `DOI` of `ipsec-doi.ts`, or another number. */
  readonly doi: number;
  /** One of `PROTOCOL_ID`, or another number. */
  readonly protocolId: number;
  /** At most 255 octets; of an ISAKMP SA both cookies. */
  readonly spi: Uint8Array;
  /** One of {@link NOTIFY}, or another number. */
  readonly type: number;
  readonly data: Uint8Array;
}

/** Reads the body of an N payload; octet strings are views. */
export function parseNotification(body: Uint8Array): Parsed<Notification> {
  if (body.length < SPI) return Malformed.truncated(WHAT, SPI, body.length);
  const dataAt = SPI + u8(body, SPI_SIZE);
  if (body.length < dataAt) return Malformed.truncated(WHAT, dataAt, body.length);
  return {
    kind: 'notification',
    doi: u32(body, DOI_AT),
    protocolId: u8(body, PROTOCOL_ID),
    spi: body.subarray(SPI, dataAt),
    type: u16(body, TYPE),
    data: body.subarray(dataAt),
  };
}

/** The body of the N payload. */
export function emitNotification(notification: Notification): Uint8Array {
  const { doi, protocolId, spi, type, data } = notification;
  const body = new Uint8Array(SPI + spi.length + data.length);
  setU32(body, DOI_AT, doi);
  setU8(body, PROTOCOL_ID, protocolId);
  setU8(body, SPI_SIZE, spi.length);
  setU16(body, TYPE, type);
  body.set(spi, SPI);
  body.set(data, SPI + spi.length);
  return body;
}

/** The sequence number of dead peer detection (RFC 3706 §5.4) that `notification` carries. */
export function livenessSequence({ data }: Notification): Parsed<number> {
  return data.length === 4 ? u32(data, 0) : LIVENESS_LENGTH;
}

const WHAT = 'N payload';
const LIVENESS_LENGTH = new Malformed('R-U-THERE', 'its sequence number is not of four octets');
