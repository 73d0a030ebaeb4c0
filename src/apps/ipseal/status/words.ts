/**
 * A status report for people.
 *
 * @module
 */
import { DISCARD_REASONS } from '../../../ipsec/discard-reason.ts';
import { formatSpi } from '../../../ipsec/sa-parameters.ts';
import type { Counts, SaStatus, StatusReport } from './report.ts';
import { formatTable } from './table.ts';

/** `report` in lines, with no more than `mostSas` of its SAs: the busiest, where not all are told. */
export function reportLines(report: StatusReport, mostSas = Number.POSITIVE_INFINITY): string[] {
  const { backend, sas, policies, sad, perSecond } = report;
  const counts = `${counted(sas, 'SA', 'SAs')}, ${counted(policies, 'policy', 'policies')}`;
  const sum = perSecond === null ? '' : `, ${packetRate(perSecond)}, ${bitRate(perSecond)}`;
  const told = sad.length > mostSas ? sad.toSorted(busiestFirst).slice(0, mostSas) : sad;
  const left = sad.length - told.length;
  return [
    `${backend}: ${counts}${sum}`,
    ...saLines(told, report),
    ...(left > 0 ? [`  and ${counted(left, 'SA', 'SAs')} more`] : []),
    ...discardLines(report.discards, perSecond?.discards ?? null),
  ];
}

function saLines(sad: readonly SaStatus[], { at, perSecond }: StatusReport): string[] {
  if (sad.length === 0) return [];
  const header = ['from', 'to', 'SA', 'state', 'packets', 'octets', 'used', 'sequence', 'missing'];
  const rates = perSecond === null ? [] : ['packets/s', 'rate'];
  const rows = sad.map((sa) => [
    ...saRow(sa, at),
    ...(perSecond === null ? [] : rateCells(sa)),
    tally(sa.discards),
  ]);
  const none = rows.every((row) => row.at(-1) === '');
  return formatTable([[...header, ...rates, none ? '' : 'discarded'], ...rows], NUMBERS);
}

/** Columns that are flush right: what is counted. */
const NUMBERS: ReadonlySet<number> = new Set([4, 5, 6, 7, 8, 9, 10]);

function saRow(sa: SaStatus, at: string): string[] {
  const { source, destination, protocol, spi, mode, state, window } = sa;
  return [
    source,
    destination,
    `${protocol} ${formatSpi(spi)}${mode === 'tunnel' ? ' tunnel' : ''}`,
    state,
    `${sa.packets}`,
    scaled(sa.octets, ''),
    sa.usedAt === null ? 'never' : age((Date.parse(at) - Date.parse(sa.usedAt)) / 1000),
    `${sa.sequenceNumber}`,
    window === null || window.highest === 0 ? '' : missingOf(window),
  ];
}

function missingOf({ packets, highest, missing }: NonNullable<SaStatus['window']>): string {
  return `${missing} of ${Math.min(packets, highest)}`;
}

function rateCells({ perSecond }: SaStatus): string[] {
  return perSecond === null ? ['', ''] : [`${Math.round(perSecond.packets)}`, bitRate(perSecond)];
}

/** `3 in-state-seq-error, 1 in-state-proto-error` */
function tally(counts: Counts): string {
  return Object.entries(counts)
    .map(([reason, packets]) => `${packets} ${reason}`)
    .join(', ');
}

function discardLines(discards: Counts, perSecond: Counts | null): string[] {
  const reasons: Readonly<Record<string, string>> = DISCARD_REASONS;
  const counts = Object.entries(discards).filter(([, packets]) => packets > 0);
  if (counts.length === 0) return ['no packet was discarded'];
  return [
    'packets discarded:',
    ...counts.map(([reason, packets]) => {
      const meaning = reasons[reason];
      const rate = perSecond?.[reason];
      const growing = rate === undefined ? '' : ` (${atLeastOne(rate)}/s)`;
      return `  ${`${packets}`.padStart(8)}  ${reason}${growing}${meaning ? `: ${meaning}` : ''}`;
    }),
  ];
}

function busiestFirst(a: SaStatus, b: SaStatus): number {
  return (b.perSecond?.octets ?? 0) - (a.perSecond?.octets ?? 0) || b.octets - a.octets;
}

function packetRate({ packets }: { readonly packets: number }): string {
  return `${Math.round(packets)} packets/s`;
}

function bitRate({ octets }: { readonly octets: number }): string {
  return `${scaled(octets * 8, 'bit/s')}`;
}

function atLeastOne(rate: number): string {
  return rate < 1 ? 'under 1' : `${Math.round(rate)}`;
}

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P'];

/** `1.5 M`: three digits, in steps of a thousand. */
function scaled(value: number, unit: string): string {
  let [rest, step] = [value, 0];
  while (rest >= 999.5 && step < PREFIXES.length - 1) {
    rest /= 1000;
    step += 1;
  }
  const digits = step === 0 || rest >= 99.95 ? 0 : 1;
  return `${rest.toFixed(digits)} ${PREFIXES[step]}${unit}`.trimEnd();
}

/** `3 s ago`, in the largest unit of which there are two. */
function age(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 120) return `${whole} s ago`;
  if (whole < 7200) return `${Math.floor(whole / 60)} min ago`;
  if (whole < 172_800) return `${Math.floor(whole / 3600)} h ago`;
  return `${Math.floor(whole / 86_400)} d ago`;
}

function counted(number: number, one: string, several: string): string {
  return `${number} ${number === 1 ? one : several}`;
}
