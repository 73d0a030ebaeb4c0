/**
 * What tcpdump writes of IKE messages (RFC 2408 §3.1, RFC 7296 §3.1): version 1 is "phase 1", whose
 * initiator has to be remembered; version 2 tells by itself.
 *
 * @module
 */
import { hex32, toHex } from '../octets/hex.ts';
import { IKE_PAYLOAD_HEADER_LENGTH, IKEV1_FLAG, IKEV2_FLAG } from '../wire/ike.ts';
import { IKEV1_EXCHANGE } from '../wire/ikev1/message.ts';
import { IKEV1_PAYLOAD } from '../wire/ikev1/payload-type.ts';
import type { IkeInitiators, IkeSender } from './ike-initiators.ts';
import type { IkeLayer, Ipv4Layer, Ipv6Layer } from './layer.ts';
import type { LineStyle } from './line-style.ts';

/**
 * `isakmp: phase 1 I ident[E]`, `isakmp: parent_sa ikev2_init[I]`; with `-v` the version, the message
 * ID, and the payloads that are in the clear.
 */
export function ikeLine(
  layer: IkeLayer,
  ip: Ipv4Layer | Ipv6Layer | null,
  { verbosity, initiators }: LineStyle,
): string {
  const start = `isakmp${verbosity > 0 ? versionWords(layer, verbosity) : ''}:`;
  const message =
    layer.majorVersion === 1
      ? version1(layer, senderOf(layer, ip, initiators))
      : layer.majorVersion === 2
        ? version2(layer)
        : '';
  if (verbosity === 0 || message === '') return start + message;
  const { length, messageLength } = layer;
  const mismatch =
    length === messageLength ? '' : ` (len mismatch: isakmp ${messageLength}/ip ${length})`;
  return start + message + payloadLines(layer) + mismatch;
}

function versionWords(layer: IkeLayer, verbosity: number): string {
  const { majorVersion, minorVersion, messageId, initiatorSpi, responderSpi } = layer;
  const cookies = verbosity > 1 ? ` cookie ${toHex(initiatorSpi)}->${toHex(responderSpi)}` : '';
  return ` ${majorVersion}.${minorVersion} msgid ${hex32(messageId)}${cookies}`;
}

/** The first message shows who begins, even to those who remember nothing. */
function senderOf(
  layer: IkeLayer,
  ip: Ipv4Layer | Ipv6Layer | null,
  initiators: IkeInitiators | null,
): IkeSender {
  if (initiators !== null && ip !== null) return initiators.senderOf(layer, ip);
  return layer.responderSpi.every((octet) => octet === 0) ? 'initiator' : 'unknown';
}

function version1({ messageId, exchangeType, flags }: IkeLayer, sender: IkeSender): string {
  const phase = messageId === 0 ? 'phase 1' : 'phase 2/others';
  const encrypted = flags & IKEV1_FLAG.ENCRYPTION ? 'E' : '';
  const commit = flags & IKEV1_FLAG.COMMIT ? 'C' : '';
  const letters = flags === 0 ? '' : `[${encrypted}${commit}]`;
  return ` ${phase} ${SENDER[sender]} ${exchangeName(exchangeType)}${letters}`;
}

function version2({ messageId, exchangeType, flags }: IkeLayer): string {
  // The second blank is tcpdump's.
  const phase = messageId === 0 ? 'parent_sa' : 'child_sa ';
  const letters = [
    flags & IKEV2_FLAG.INITIATOR ? 'I' : '',
    flags & IKEV2_FLAG.VERSION ? 'V' : '',
    flags & IKEV2_FLAG.RESPONSE ? 'R' : '',
  ].join('');
  return ` ${phase} ${exchangeName(exchangeType)}${flags === 0 ? '' : `[${letters}]`}`;
}

/** Names and lengths; what payloads hold is not unfolded. */
function payloadLines({ payloads, payloadsEnd, majorVersion, nextPayload }: IkeLayer): string {
  const names = majorVersion === 1 ? IKEV1_PAYLOADS : IKEV2_PAYLOADS;
  const nameOf = (type: number) => names.get(type) ?? `pay${type}`;
  const lines = payloads.map(
    ({ type, length }) => `\n    (${nameOf(type)}: len=${length - IKE_PAYLOAD_HEADER_LENGTH})`,
  );
  const encrypted = payloads.length === 0 ? ` [encrypted ${nameOf(nextPayload)}]` : '';
  return `:${lines.join('')}${payloadsEnd === 'encrypted' ? encrypted : ENDS[payloadsEnd]}`;
}

const ENDS: Readonly<Record<Exclude<IkeLayer['payloadsEnd'], 'encrypted'>, string>> = {
  complete: '',
  malformed: ' [bad payload]',
  truncated: ' [|isakmp]',
};

function exchangeName(type: number): string {
  return EXCHANGES.get(type) ?? `#${type}`;
}

const SENDER: Readonly<Record<IkeSender, string>> = {
  initiator: 'I',
  responder: 'R',
  unknown: '?',
};

const EXCHANGES: ReadonlyMap<number, string> = new Map([
  [IKEV1_EXCHANGE.NONE, 'none'],
  [IKEV1_EXCHANGE.BASE, 'base'],
  [IKEV1_EXCHANGE.IDENTITY_PROTECTION, 'ident'],
  [IKEV1_EXCHANGE.AUTHENTICATION_ONLY, 'auth'],
  [IKEV1_EXCHANGE.AGGRESSIVE, 'agg'],
  [IKEV1_EXCHANGE.INFORMATIONAL, 'inf'],
  [IKEV1_EXCHANGE.QUICK_MODE, 'oakley-quick'],
  [IKEV1_EXCHANGE.NEW_GROUP_MODE, 'oakley-newgroup'],
  [34, 'ikev2_init'],
  [35, 'ikev2_auth'],
  [36, 'child_sa'],
  [37, 'inf2'],
]);

const IKEV1_PAYLOADS: ReadonlyMap<number, string> = new Map([
  [IKEV1_PAYLOAD.NONE, 'none'],
  [IKEV1_PAYLOAD.SA, 'sa'],
  [IKEV1_PAYLOAD.P, 'p'],
  [IKEV1_PAYLOAD.T, 't'],
  [IKEV1_PAYLOAD.KE, 'ke'],
  [IKEV1_PAYLOAD.ID, 'id'],
  [IKEV1_PAYLOAD.CERT, 'cert'],
  [IKEV1_PAYLOAD.CR, 'cr'],
  [IKEV1_PAYLOAD.HASH, 'hash'],
  [IKEV1_PAYLOAD.SIG, 'sig'],
  [IKEV1_PAYLOAD.NONCE, 'nonce'],
  [IKEV1_PAYLOAD.N, 'n'],
  [IKEV1_PAYLOAD.D, 'd'],
  [IKEV1_PAYLOAD.VID, 'vid'],
]);

const IKEV2_PAYLOADS: ReadonlyMap<number, string> = new Map([
  [0, 'none'],
  [33, 'sa'],
  [34, 'v2ke'],
  [35, 'v2IDi'],
  [36, 'v2IDr'],
  [37, 'v2cert'],
  [38, 'v2cr'],
  [39, 'v2auth'],
  [40, 'nonce'],
  [41, 'n'],
  [42, 'v2d'],
  [43, 'v2vid'],
  [44, 'v2TSi'],
  [45, 'v2TSr'],
  [46, 'v2e'],
  [47, 'v2cp'],
  [48, 'v2eap'],
]);
