/**
 * What Linux's PF_KEY tells of an SA: the messages that it sends to everybody when one is added,
 * changed, deleted or expires, and that a GET or DUMP is answered with.
 *
 * Where Linux shows the keys, these messages have as many zeros.
 *
 * @module
 */
import type { SaRecord } from '../../../ipsec/backend.ts';
import type { Lifetime } from '../../../ipsec/lifetime.ts';
import type { IpsecProtocol, Mode } from '../../../ipsec/policy.ts';
import type { SaParameters, UdpEncapsulation } from '../../../ipsec/sa-parameters.ts';
import type { SecurityContext } from '../../../ipsec/security-context.ts';
import type { IpAddress } from '../../../net/ip-address.ts';
import { addressBits } from '../../../net/prefix.ts';
import type { SadbAddress } from '../../../pfkey/address.ts';
import {
  IPSEC_MODE,
  IPSEC_PROTO_ANY,
  NAT_T_ESP_IN_UDP,
  SADB,
  SADB_SASTATE,
  SADB_SATYPE,
  SADB_X_CALG,
} from '../../../pfkey/constants.ts';
import type { SadbExtension } from '../../../pfkey/extension.ts';
import type { SadbKey } from '../../../pfkey/key.ts';
import type { SadbLifetime } from '../../../pfkey/lifetime.ts';
import type { SadbMessage } from '../../../pfkey/message.ts';
import type { SadbSa } from '../../../pfkey/sa.ts';
import { algorithmNumber, NUMBERED_CIPHERS, NUMBERED_INTEGRITY } from './algorithm-numbers.ts';
import { type Origin, UNASKED } from './origin.ts';

const TYPES = {
  add: SADB.ADD,
  update: SADB.UPDATE,
  delete: SADB.DELETE,
  get: SADB.GET,
  dump: SADB.DUMP,
} as const;

const STATES: Readonly<Record<SaRecord['state'], number>> = {
  larval: SADB_SASTATE.LARVAL,
  mature: SADB_SASTATE.MATURE,
  dying: SADB_SASTATE.DYING,
  dead: SADB_SASTATE.DEAD,
};

/** The number of each protocol among SA types. */
export const SA_TYPES: Readonly<Record<IpsecProtocol, number>> = {
  esp: SADB_SATYPE.ESP,
  ah: SADB_SATYPE.AH,
  ipcomp: SADB_SATYPE.X_IPCOMP,
};

/** The number of each mode. */
export const MODES: Readonly<Record<Mode, number>> = {
  transport: IPSEC_MODE.TRANSPORT,
  tunnel: IPSEC_MODE.TUNNEL,
};

/** The most that Linux's PF_KEY sets up; of wider windows, which netlink can set up, it says 0. */
const MOST_REPLAY_WINDOW = 32;

/** What happened to an SA, or what a question for it was. */
export type SaEvent = keyof typeof TYPES;

/** What is told of the SA of `record` after `event`. */
export function saMessage(event: SaEvent, record: SaRecord, origin: Origin): SadbMessage {
  const { softLifetime, hardLifetime, integrity, encryption } = record.parameters;
  // A deleted SA is dead by the time it is told of.
  const state = event === 'delete' ? 'dead' : record.state;
  return message(TYPES[event], record, origin, [
    stateOf(record.parameters, state),
    limit('LIFETIME_HARD', hardLifetime),
    limit('LIFETIME_SOFT', softLifetime),
    ...usageAndAddresses(record),
    ...keyOf('KEY_AUTH', integrity),
    ...keyOf('KEY_ENCRYPT', encryption?.algorithm.kind === 'cipher' ? encryption : null),
    ...bindings(record.parameters),
  ]);
}

/** What is told when the SA of `record` has reached one of its lifetimes. */
export function expireMessage(record: SaRecord, lifetime: 'soft' | 'hard'): SadbMessage {
  const { parameters } = record;
  return message(SADB.EXPIRE, record, UNASKED, [
    stateOf(parameters, lifetime === 'soft' ? 'dying' : 'dead'),
    lifetime === 'soft'
      ? limit('LIFETIME_SOFT', parameters.softLifetime)
      : limit('LIFETIME_HARD', parameters.hardLifetime),
    ...usageAndAddresses(record),
    ...bindings(parameters),
  ]);
}

/** An address that stands for itself alone, and for no selector. */
export function hostAddress(kind: SadbAddress['kind'], address: IpAddress): SadbAddress {
  return { kind, protocol: 0, prefixLength: addressBits(address.version), address, port: 0 };
}

function message(
  type: number,
  { parameters }: SaRecord,
  origin: Origin,
  extensions: readonly SadbExtension[],
): SadbMessage {
  return {
    type,
    errno: 0,
    saType: SA_TYPES[parameters.protocol],
    reserved: 0,
    ...origin,
    extensions,
  };
}

function stateOf(parameters: SaParameters, state: SaRecord['state']): SadbSa {
  const { spi, replayWindow, integrity } = parameters;
  return {
    kind: 'SA',
    spi,
    replayWindow: Math.min(replayWindow, MOST_REPLAY_WINDOW),
    state: STATES[state],
    integrity:
      integrity === null ? 0 : algorithmNumber(NUMBERED_INTEGRITY, integrity.algorithm.linux),
    encryption: encryptionNumber(parameters),
    flags: 0,
  };
}

/** IPComp has its algorithm where ESP has its cipher. */
function encryptionNumber({ encryption, compression }: SaParameters): number {
  if (compression !== null) return SADB_X_CALG.DEFLATE;
  return encryption === null ? 0 : algorithmNumber(NUMBERED_CIPHERS, encryption.algorithm.linux);
}

function limit(kind: SadbLifetime['kind'], lifetime: Lifetime): SadbLifetime {
  const { seconds, octets, packets } = lifetime;
  return { kind, allocations: packets, octets, addTime: seconds, useTime: 0 };
}

function usageAndAddresses(record: SaRecord): SadbExtension[] {
  const { source, destination } = record.parameters;
  return [
    {
      kind: 'LIFETIME_CURRENT',
      allocations: record.packets,
      octets: record.octets,
      addTime: Math.floor(record.addedAt / 1000),
      useTime: Math.floor((record.usedAt ?? 0) / 1000),
    },
    hostAddress('ADDRESS_SRC', source),
    hostAddress('ADDRESS_DST', destination),
    ...selectorSource(source),
  ];
}

/** The source of the SA's own selector, which is any, where it is not that of the SA. */
function selectorSource(source: IpAddress): SadbAddress[] {
  if (source.octets.every((octet) => octet === 0)) return [];
  const any: IpAddress = { ...source, octets: new Uint8Array(source.octets.length) };
  const proxy = hostAddress('ADDRESS_PROXY', any);
  return [{ ...proxy, protocol: IPSEC_PROTO_ANY, prefixLength: 0 }];
}

/** A key of as many zeros; nothing for the key of NULL, which has none. */
function keyOf(
  kind: SadbKey['kind'],
  algorithm: SaParameters['integrity' | 'encryption'],
): SadbKey[] {
  if (algorithm === null || algorithm.key.length === 0) return [];
  const { bits, length } = algorithm.key;
  return [{ kind, bits, key: new Uint8Array(length) }];
}

function bindings({ mode, reqid, encapsulation, securityContext }: SaParameters): SadbExtension[] {
  return [
    { kind: 'X_SA2', mode: MODES[mode], sequenceNumber: 0, reqid },
    ...(encapsulation === null ? [] : encapsulationOf(encapsulation)),
    ...(securityContext === null ? [] : [contextOf(securityContext)]),
  ];
}

/** Linux does not tell the original address. */
function encapsulationOf({ sourcePort, destinationPort }: UdpEncapsulation): SadbExtension[] {
  return [
    { kind: 'X_NAT_T_TYPE', type: NAT_T_ESP_IN_UDP },
    { kind: 'X_NAT_T_SPORT', port: sourcePort },
    { kind: 'X_NAT_T_DPORT', port: destinationPort },
  ];
}

/** The label ends with a zero octet. */
function contextOf({ doi, algorithm, label }: SecurityContext): SadbExtension {
  const context = new TextEncoder().encode(`${label}\0`);
  return { kind: 'X_SEC_CTX', domainOfInterpretation: doi, algorithm, context };
}
