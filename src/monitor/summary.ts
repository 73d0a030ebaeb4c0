/**
 * What went by, as a whole: packets by verdict, flows, SAs with what is missing of them.
 *
 * @module
 */
import { formatSpi } from '../ipsec/sa-parameters.ts';
import { formatIpAddress } from '../net/ip-address.ts';
import { ipProtocolName } from '../net/ip-protocol.ts';
import type { SeenSa } from './seen-sa.ts';
import type { Amount, Flow, Tally } from './tally.ts';
import { VERDICTS, type VerdictKind } from './verdict.ts';

/** Within a version fields may be added; none changes its meaning or goes away. */
export const SUMMARY_JSON_VERSION = 1;

/** The last line of `ipseal watch --json`. Amounts are packets and octets from the IP header on. */
export interface SummaryJson {
  readonly version: typeof SUMMARY_JSON_VERSION;
  readonly type: 'summary';
  readonly all: Amount;
  /** No IP: ARP and the like. */
  readonly others: Amount;
  readonly protected: Amount;
  /** `null` where no policy was asked. */
  readonly verdicts: Readonly<Record<VerdictKind, Amount>> | null;
  /** Those with the most octets first. */
  readonly flows: readonly FlowJson[];
  /** Packets of flows beyond those that are told apart. */
  readonly overflow: Amount;
  /** In the order of their first packets. */
  readonly sas: readonly SaJson[];
}

export interface FlowJson {
  readonly src: string;
  readonly dst: string;
  readonly protocol: string;
  readonly all: Amount;
  readonly protected: Amount;
  readonly leaked: Amount;
}

export interface SaJson {
  readonly protocol: string;
  readonly spi: string;
  readonly src: string;
  readonly dst: string;
  /** Whether anybody told of it. */
  readonly known: boolean;
  /** Whether its packets have an ICV, as far as anybody knows. */
  readonly hasIcv: boolean;
  readonly packets: number;
  readonly octets: number;
  readonly icv: Readonly<Record<'ok' | 'bad' | 'unchecked', number>>;
  /** Numbers that were passed over and did not come since. */
  readonly missing: number;
  readonly late: number;
  readonly replays: number;
}

/** The summary of `tally`, and of the SAs that were seen. */
export function summaryOf(tally: Tally, sas: readonly SeenSa[], judged: boolean): SummaryJson {
  return {
    version: SUMMARY_JSON_VERSION,
    type: 'summary',
    all: tally.all,
    others: tally.others,
    protected: tally.protected,
    verdicts: judged ? tally.byVerdict : null,
    flows: tally.flows.map(flowToJson),
    overflow: tally.overflow,
    sas: sas.map(saToJson),
  };
}

function flowToJson({ source, destination, protocol, ...amounts }: Flow): FlowJson {
  return {
    src: formatIpAddress(source),
    dst: formatIpAddress(destination),
    protocol: ipProtocolName(protocol),
    all: amounts.all,
    protected: amounts.protected,
    leaked: amounts.leaked,
  };
}

function saToJson(sa: SeenSa): SaJson {
  const { protocol, spi, source, destination } = sa.id;
  const { missing, late, replays } = sa.track;
  return {
    protocol,
    spi: formatSpi(spi),
    src: formatIpAddress(source),
    dst: formatIpAddress(destination),
    known: sa.keyed !== null,
    hasIcv: protocol !== 'ipcomp' && sa.hasIcv,
    packets: sa.packets,
    octets: sa.octets,
    icv: sa.packetsByIcv,
    missing,
    late,
    replays,
  };
}

/** Flows and SAs that the text tells of; JSON has them all. */
const MOST_TOLD = 20;

/** {@link SummaryJson} in words, several lines. */
export function formatSummary(summary: SummaryJson): string {
  const { all, others, verdicts, flows, sas } = summary;
  const ip = all.packets - others.packets;
  const share =
    ip === 0 ? '' : `, ${percent(summary.protected.packets, ip)} of the packets protected`;
  const lines = [`${counted(all.packets, 'packet')}, ${counted(all.octets, 'octet')}${share}`];
  if (verdicts !== null) {
    for (const [kind, meaning] of Object.entries(VERDICTS) as [VerdictKind, string][]) {
      const { packets } = verdicts[kind];
      if (packets > 0) lines.push(`  ${`${packets}`.padStart(10)}  ${meaning}`);
    }
  }
  if (flows.length > 0) lines.push('flows:', ...told(flows, flowLine));
  if (sas.length > 0) lines.push('SAs:', ...told(sas, saLine));
  return `${lines.join('\n')}\n`;
}

function told<T>(items: readonly T[], lineOf: (item: T) => string): string[] {
  const lines = items.slice(0, MOST_TOLD).map((item) => `  ${lineOf(item)}`);
  const more = items.length - lines.length;
  return more > 0 ? [...lines, `  and ${more} more`] : lines;
}

function flowLine({ src, dst, protocol, all, protected: kept, leaked }: FlowJson): string {
  const leaks = leaked.packets === 0 ? '' : `, ${counted(leaked.packets, 'leak')}`;
  const amount = `${counted(all.packets, 'packet')}, ${counted(all.octets, 'octet')}`;
  return `${src} > ${dst} ${protocol}: ${amount}, ${percent(kept.packets, all.packets)} protected${leaks}`;
}

function saLine(sa: SaJson): string {
  const { ok, bad, unchecked } = sa.icv;
  const icvs = [
    [ok, 'ok'],
    [bad, 'BAD'],
    [unchecked, 'unchecked'],
  ] as const;
  const icv = icvs.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
  const numbers = [
    [sa.missing, 'missing'],
    [sa.late, 'late'],
    [sa.replays, 'replayed'],
  ] as const;
  const gone = numbers
    .filter(([number]) => number > 0)
    .map(([number, word]) => `, ${number} ${word}`);
  const unknown = sa.known ? '' : ' (unknown)';
  const icvPart = sa.icv.ok + sa.icv.bad === 0 && !sa.hasIcv ? '' : `, ICV ${icv.join(', ')}`;
  const name = `${sa.protocol} ${sa.spi} ${sa.src} > ${sa.dst}${unknown}`;
  return `${name}: ${counted(sa.packets, 'packet')}${icvPart}${gone.join('')}`;
}

function percent(part: number, whole: number): string {
  if (part === whole) return '100%';
  // Never 100 when something is missing.
  const tenths = Math.min(999, Math.round((part / whole) * 1000));
  return `${tenths / 10}%`;
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
