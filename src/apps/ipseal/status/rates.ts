/**
 * What happened between two reports, for each second of the time in between.
 *
 * @module
 */
import type { Counts, Rates, SaStatus, StatusReport } from './report.ts';

/** `after` with its rates, `seconds` after `before`. */
export function withRates(
  before: StatusReport,
  after: StatusReport,
  seconds: number,
): StatusReport {
  const known = new Map(before.sad.map((sa) => [nameOf(sa), sa]));
  const sad = after.sad.map((sa): SaStatus => {
    const earlier = known.get(nameOf(sa));
    return earlier === undefined ? sa : { ...sa, perSecond: ratesOf(earlier, sa, seconds) };
  });
  const sum = { packets: 0, octets: 0 };
  for (const { perSecond } of sad) {
    sum.packets += perSecond?.packets ?? 0;
    sum.octets += perSecond?.octets ?? 0;
  }
  const discards = countRates(before.discards, after.discards, seconds);
  return { ...after, seconds, perSecond: { ...sum, discards }, sad };
}

/** Of one SA: another that took its name was added at another time. */
function nameOf({ protocol, spi, destination, addedAt }: SaStatus): string {
  return `${protocol} ${spi} ${destination} ${addedAt}`;
}

function ratesOf(before: SaStatus, after: SaStatus, seconds: number): Rates {
  return {
    packets: rate(before.packets, after.packets, seconds),
    octets: rate(before.octets, after.octets, seconds),
    discards: countRates(before.discards, after.discards, seconds),
  };
}

/** Of those that grew. */
function countRates(before: Counts, after: Counts, seconds: number): Counts {
  const rates: Record<string, number> = {};
  for (const [reason, packets] of Object.entries(after)) {
    const growth = rate(before[reason] ?? 0, packets, seconds);
    if (growth > 0) rates[reason] = growth;
  }
  return rates;
}

/** To a thousandth. A counter that began anew, as at a restart, has counted from 0. */
function rate(before: number, after: number, seconds: number): number {
  const growth = after >= before ? after - before : after;
  return Math.round((growth / seconds) * 1000) / 1000;
}
