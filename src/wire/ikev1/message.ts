/**
 * ISAKMP messages: the header (RFC 2408 §3.1), whose diagram is in `wire/ike.ts`, and what follows it,
 * which is a chain of payloads or its ciphertext.
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import {
  emitIkeHeader,
  IKE_HEADER_LENGTH,
  IKE_INITIATOR_SPI,
  IKE_RESPONDER_SPI,
  IKE_SPI_LENGTH,
  ikeExchangeType,
  ikeFlags,
  ikeLength,
  ikeMajorVersion,
  ikeMessageId,
  ikeMinorVersion,
  ikeNextPayload,
} from '../ike.ts';

/** The exchanges of RFC 2408 §3.1 and RFC 2409 Appendix A. */
export const IKEV1_EXCHANGE = {
  NONE: 0,
  BASE: 1,
  /** Main mode. */
  IDENTITY_PROTECTION: 2,
  AUTHENTICATION_ONLY: 3,
  AGGRESSIVE: 4,
  INFORMATIONAL: 5,
  /** Mode config and XAuth. */
  TRANSACTION: 6,
  QUICK_MODE: 32,
  NEW_GROUP_MODE: 33,
} as const;

/** What a header says. */
export interface IsakmpHeader {
  /** 8 octets. */
  readonly initiatorCookie: Uint8Array;
  /** 8 octets; zeros in the first message. */
  readonly responderCookie: Uint8Array;
  /** The type of the first payload. */
  readonly nextPayload: number;
  readonly minorVersion: number;
  /** One of {@link IKEV1_EXCHANGE}, or another number. */
  readonly exchangeType: number;
  /** The bits of `IKEV1_FLAG`, and others. */
  readonly flags: number;
  /** 0 in phase 1. */
  readonly messageId: number;
}

export interface IsakmpMessage {
  readonly header: IsakmpHeader;
  /** What follows the header: payloads, or ciphertext when the ENCRYPTION flag is set. */
  readonly content: Uint8Array;
}

/** Reads the whole datagram `octets`; all octet strings are views of it. */
export function parseIsakmpMessage(octets: Uint8Array): Parsed<IsakmpMessage> {
  if (octets.length < IKE_HEADER_LENGTH) {
    return Malformed.truncated('ISAKMP header', IKE_HEADER_LENGTH, octets.length);
  }
  if (ikeMajorVersion(octets, 0) !== MAJOR_VERSION) return OTHER_VERSION;
  const length = ikeLength(octets, 0);
  // RFC 2408 §5.1: reject a message that is not as long as it says.
  if (length !== octets.length) {
    return new Malformed('ISAKMP header', `length is ${length}, of ${octets.length} octets`);
  }
  const header = {
    initiatorCookie: octets.subarray(IKE_INITIATOR_SPI, IKE_INITIATOR_SPI + IKE_SPI_LENGTH),
    responderCookie: octets.subarray(IKE_RESPONDER_SPI, IKE_RESPONDER_SPI + IKE_SPI_LENGTH),
    nextPayload: ikeNextPayload(octets, 0),
    minorVersion: ikeMinorVersion(octets, 0),
    exchangeType: ikeExchangeType(octets, 0),
    flags: ikeFlags(octets, 0),
    messageId: ikeMessageId(octets, 0),
  };
  return { header, content: octets.subarray(IKE_HEADER_LENGTH) };
}

/** The datagram of `message`. */
export function emitIsakmpMessage({ header, content }: IsakmpMessage): Uint8Array {
  const octets = new Uint8Array(IKE_HEADER_LENGTH + content.length);
  emitIkeHeader(
    {
      ...header,
      initiatorSpi: header.initiatorCookie,
      responderSpi: header.responderCookie,
      majorVersion: MAJOR_VERSION,
      length: octets.length,
    },
    octets,
    0,
  );
  octets.set(content, IKE_HEADER_LENGTH);
  return octets;
}

const MAJOR_VERSION = 1;
const OTHER_VERSION = new Malformed('ISAKMP header', 'major version is not 1');
