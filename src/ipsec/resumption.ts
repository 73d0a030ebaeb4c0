/**
 * How far SAs have counted, so that one that is brought back goes on from there. If it began anew, its
 * peer would take its packets for replays, and it would take those of before, sent again, for new
 * (RFC 4303 §3.3.3, §3.4.3).
 *
 * @module
 */
import type { Change } from './change.ts';
import { type Names, saKey } from './contents.ts';
import type { SaProgress } from './progress.ts';
import type { SaRecord } from './record.ts';
import { lastSequenceNumber } from './sequence-number.ts';

/**
 * That of those of `records` that have counted and are named in `wanted`. They may count on until they are
 * replaced.
 */
export function progressOf(records: Iterable<SaRecord>, wanted: Pick<Names, 'sas'>): SaProgress[] {
  const keys = new Set(wanted.sas.map(saKey));
  const progress: SaProgress[] = [];
  for (const { parameters, sequenceNumber, window } of records) {
    if (sequenceNumber === 0 || !keys.has(saKey(parameters))) continue;
    const { destination, protocol, spi, extendedSequenceNumbers } = parameters;
    const received = window?.highest ?? 0;
    const last = lastSequenceNumber(extendedSequenceNumbers);
    // What it received says that it is inbound, and sends nothing.
    const sent = received > 0 ? 0 : Math.min(sequenceNumber + UNSEEN_PACKETS, last);
    progress.push({ destination, protocol, spi, sent, received });
  }
  return progress;
}

/** `changes`, in which SAs of the names in `progress` go on from there. */
export function resuming(changes: readonly Change[], progress: readonly SaProgress[]): Change[] {
  const known = new Map(progress.map((each) => [saKey(each), each]));
  return changes.map((change) => {
    const found = change.kind === 'add-sa' ? known.get(saKey(change.sa)) : undefined;
    if (change.kind !== 'add-sa' || found === undefined) return change;
    const { sent, received } = found;
    return { ...change, from: { sent, received } };
  });
}

/**
 * How many packets may be sent between the look and the end of an SA: numbers that are left out cost
 * nothing, and those that are used twice are lost.
 */
const UNSEEN_PACKETS = 2 ** 20;
