/**
 * The SAD and the SPD as `setkey --json` prints them: an object a line, the same from every backend.
 *
 * docs/setkey.md has the schema. Within {@link DUMP_VERSION} fields may be added; none changes its
 * meaning or goes away.
 *
 * @module
 */
import type { Instant, PolicyRecord, SaRecord } from '../../ipsec/backend.ts';
import type { Lifetime } from '../../ipsec/lifetime.ts';
import type { IpsecProtocol, Mode, Template } from '../../ipsec/policy.ts';
import type { SaParameters, UdpEncapsulation } from '../../ipsec/sa-parameters.ts';
import type { SecurityContext } from '../../ipsec/security-context.ts';
import type { Direction, MessageSelector, Selector } from '../../ipsec/selector.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { isAnyPort, type PortRange } from '../../net/port-range.ts';
import type { Prefix } from '../../net/prefix.ts';
import { toHex } from '../../octets/hex.ts';

export const DUMP_VERSION = 1;

/** An algorithm with its key. `key`, in hexadecimal digits, is there under `--show-keys` only. */
export interface KeyedJson {
  readonly algorithm: string;
  readonly keyBits: number;
  readonly icvBits?: number;
  readonly key?: string;
}

/** `null` is no limit. */
export interface LifetimeJson {
  readonly seconds: number | null;
  readonly octets: number | null;
  readonly packets: number | null;
}

/** ESP in UDP. */
export interface EncapsulationJson {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly originalAddress: string | null;
}

/** An SA. Times are UTC, to the second: `2026-11-21T16:14:23Z`. */
export interface SaJson {
  readonly version: typeof DUMP_VERSION;
  readonly type: 'sa';
  readonly source: string;
  readonly destination: string;
  readonly protocol: IpsecProtocol;
  readonly mode: Mode;
  readonly spi: number;
  readonly reqid: number;
  readonly replayWindow: number;
  readonly encryption: KeyedJson | null;
  readonly integrity: KeyedJson | null;
  /** The algorithm of IPComp. */
  readonly compression: string | null;
  readonly encapsulation: EncapsulationJson | null;
  readonly extendedSequenceNumbers: boolean;
  readonly securityContext: SecurityContext | null;
  readonly softLifetime: LifetimeJson;
  readonly hardLifetime: LifetimeJson;
  readonly state: SaRecord['state'];
  readonly sequenceNumber: number;
  readonly octets: number;
  readonly packets: number;
  readonly addedAt: string;
  readonly usedAt: string | null;
}

export interface TemplateJson {
  readonly protocol: IpsecProtocol;
  readonly mode: Mode;
  readonly localEndpoint: string | null;
  readonly remoteEndpoint: string | null;
  readonly level: Template['level'];
  readonly reqid: number;
}

/** Which packets. Local and remote are seen from this host, whatever the direction. */
export interface SelectorJson {
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly nextLayerProtocol: number | 'any';
  /** `null` is any port, or none. */
  readonly localPort: PortRange | null;
  readonly remotePort: PortRange | null;
  /** Of ICMP and the like; `null`, as a whole or within, is any. */
  readonly message: MessageSelector | null;
  readonly greKey: number | null;
  readonly securityContext: SecurityContext | null;
}

/** A policy. */
export interface PolicyJson extends SelectorJson {
  readonly version: typeof DUMP_VERSION;
  readonly type: 'policy';
  readonly direction: Direction;
  readonly action: 'discard' | 'bypass' | 'protect';
  /** Innermost layer first; empty unless the action is `protect`. */
  readonly templates: readonly TemplateJson[];
  readonly priority: number;
  readonly index: number;
  readonly addedAt: string;
  readonly usedAt: string | null;
}

/** `record` as an object to be written; with its keys only if `showKeys`. */
export function saToDump(record: SaRecord, showKeys: boolean): SaJson {
  const { parameters: sa } = record;
  const { encryption, integrity } = sa;
  return {
    version: DUMP_VERSION,
    type: 'sa',
    source: formatIpAddress(sa.source),
    destination: formatIpAddress(sa.destination),
    protocol: sa.protocol,
    mode: sa.mode,
    spi: sa.spi,
    reqid: sa.reqid,
    replayWindow: sa.replayWindow,
    encryption: encryption && keyed(encryption, showKeys, {}),
    integrity: integrity && keyed(integrity, showKeys, { icvBits: integrity.icvLength * 8 }),
    compression: sa.compression?.name ?? null,
    encapsulation: sa.encapsulation && encapsulation(sa.encapsulation),
    extendedSequenceNumbers: sa.extendedSequenceNumbers,
    securityContext: sa.securityContext,
    softLifetime: lifetime(sa.softLifetime),
    hardLifetime: lifetime(sa.hardLifetime),
    state: record.state,
    sequenceNumber: record.sequenceNumber,
    octets: record.octets,
    packets: record.packets,
    addedAt: time(record.addedAt),
    usedAt: record.usedAt === null ? null : time(record.usedAt),
  };
}

/** `record` as an object to be written. */
export function policyToDump({ policy, index, addedAt, usedAt }: PolicyRecord): PolicyJson {
  const { direction, selector, action, priority } = policy;
  return {
    version: DUMP_VERSION,
    type: 'policy',
    direction,
    ...selectorToDump(selector),
    action: action.kind,
    templates: action.kind === 'protect' ? action.templates.map(templateToDump) : [],
    priority,
    index,
    addedAt: time(addedAt),
    usedAt: usedAt === null ? null : time(usedAt),
  };
}

/** `selector` as a part of an object to be written. */
export function selectorToDump(selector: Selector): SelectorJson {
  return {
    localAddress: prefix(selector.localAddress),
    remoteAddress: prefix(selector.remoteAddress),
    nextLayerProtocol: selector.nextLayerProtocol,
    localPort: ports(selector.localPort),
    remotePort: ports(selector.remotePort),
    message: selector.message,
    greKey: selector.greKey,
    securityContext: selector.securityContext,
  };
}

/** A layer as a part of an object to be written. */
export function templateToDump(template: Template): TemplateJson {
  const { protocol, mode, endpoints, level, reqid } = template;
  return {
    protocol,
    mode,
    localEndpoint: endpoints && formatIpAddress(endpoints.local),
    remoteEndpoint: endpoints && formatIpAddress(endpoints.remote),
    level,
    reqid,
  };
}

function keyed(
  { algorithm, key }: NonNullable<SaParameters['encryption' | 'integrity']>,
  showKeys: boolean,
  more: Pick<KeyedJson, 'icvBits'>,
): KeyedJson {
  const shown = showKeys ? { key: toHex(key.expose()) } : {};
  return { algorithm: algorithm.name, keyBits: key.bits, ...more, ...shown };
}

function encapsulation(nat: UdpEncapsulation): EncapsulationJson {
  const { sourcePort, destinationPort, originalAddress } = nat;
  return {
    sourcePort,
    destinationPort,
    originalAddress: originalAddress && formatIpAddress(originalAddress),
  };
}

function lifetime({ seconds, octets, packets }: Lifetime): LifetimeJson {
  return { seconds: limit(seconds), octets: limit(octets), packets: limit(packets) };
}

function limit(value: number): number | null {
  return value === 0 ? null : value;
}

function ports(range: PortRange): PortRange | null {
  return isAnyPort(range) ? null : { first: range.first, last: range.last };
}

/** Always with its length, so that nobody has to guess. */
function prefix({ address, length }: Prefix): string {
  return `${formatIpAddress(address)}/${length}`;
}

/** No fraction: the kernel has none. */
function time(instant: Instant): string {
  return new Date(instant).toISOString().replace(/\.\d+Z$/, 'Z');
}
