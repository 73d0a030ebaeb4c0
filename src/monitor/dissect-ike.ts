/**
 * Dissection of IKE messages, as far as they are in the clear (RFC 2408, RFC 7296).
 *
 * @module
 */
import {
  IKE_HEADER_LENGTH,
  IKE_INITIATOR_SPI,
  IKE_PAYLOAD_HEADER_LENGTH,
  IKE_RESPONDER_SPI,
  IKE_SPI_LENGTH,
  IKEV1_FLAG,
  IKEV2_ENCRYPTED,
  IKEV2_ENCRYPTED_FRAGMENT,
  ikeExchangeType,
  ikeFlags,
  ikeLength,
  ikeMajorVersion,
  ikeMessageId,
  ikeMinorVersion,
  ikeNextPayload,
  ikePayloadLength,
  ikePayloadNext,
} from '../wire/ike.ts';
import type { IkeLayer, IkePayload, Layer } from './layer.ts';
import { type Part, truncated, viewOf } from './part.ts';

/** The layer of the IKE message in `part`. */
export function dissectIke(part: Part): Layer {
  const { octets, at } = part;
  if (part.captured < IKE_HEADER_LENGTH) return truncated(part, 'isakmp');
  const majorVersion = ikeMajorVersion(octets, at);
  const { payloads, payloadsEnd } = payloadsOf(part, majorVersion);
  return {
    kind: 'ike',
    octets,
    at,
    length: part.length,
    captured: part.captured,
    initiatorSpi: viewOf(part, IKE_INITIATOR_SPI, IKE_SPI_LENGTH),
    responderSpi: viewOf(part, IKE_RESPONDER_SPI, IKE_SPI_LENGTH),
    nextPayload: ikeNextPayload(octets, at),
    majorVersion,
    minorVersion: ikeMinorVersion(octets, at),
    exchangeType: ikeExchangeType(octets, at),
    flags: ikeFlags(octets, at),
    messageId: ikeMessageId(octets, at),
    messageLength: ikeLength(octets, at),
    payloads,
    payloadsEnd,
  };
}

function payloadsOf(part: Part, majorVersion: number): Pick<IkeLayer, 'payloads' | 'payloadsEnd'> {
  const { octets } = part;
  const payloads: IkePayload[] = [];
  const end = part.at + Math.min(ikeLength(octets, part.at), part.length);
  const capturedEnd = part.at + part.captured;
  let type = ikeNextPayload(octets, part.at);
  // Of version 2 only a sender that breaks RFC 7296 §3.1 sets that bit.
  if (ikeFlags(octets, part.at) & IKEV1_FLAG.ENCRYPTION) {
    return { payloads, payloadsEnd: 'encrypted' };
  }
  for (let at = part.at + IKE_HEADER_LENGTH; type !== 0; ) {
    if (at + IKE_PAYLOAD_HEADER_LENGTH > end) return { payloads, payloadsEnd: 'malformed' };
    if (at + IKE_PAYLOAD_HEADER_LENGTH > capturedEnd) return { payloads, payloadsEnd: 'truncated' };
    const length = ikePayloadLength(octets, at);
    if (length < IKE_PAYLOAD_HEADER_LENGTH || at + length > end) {
      return { payloads, payloadsEnd: 'malformed' };
    }
    if (at + length > capturedEnd) return { payloads, payloadsEnd: 'truncated' };
    payloads.push({ type, length });
    // Its next payload is the first one within (RFC 7296 §3.14).
    if (majorVersion === 2 && (type === IKEV2_ENCRYPTED || type === IKEV2_ENCRYPTED_FRAGMENT)) {
      return { payloads, payloadsEnd: 'encrypted' };
    }
    type = ikePayloadNext(octets, at);
    at += length;
  }
  return { payloads, payloadsEnd: 'complete' };
}
