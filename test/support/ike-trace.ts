/**
 * What racoon 0.8.2 logged of negotiations, with every secret and every octet in between.
 *
 * The logs lie beside the checkout, in `../shared`, where there is one.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fromHex } from '../../src/octets/hex.ts';
import { sharedPath } from './examples.ts';

/** Octets of a log, and the line that said what they are. */
export interface TraceEntry {
  readonly label: string;
  readonly octets: Uint8Array;
}

/** A negotiation as the host that began it logged it. */
export interface IkeTrace {
  readonly name: string;
  /** In the order of the log. */
  readonly entries: readonly TraceEntry[];
  /** The messages of both hosts, in their order. */
  readonly messages: readonly Uint8Array[];
}

/** The folder of the traces; `null`, said in one line, when it is absent. */
export function traceFolder(): string | null {
  return sharedPath('reference', 'captured', 'ike-kat');
}

/** Every trace that there is. */
export function ikeTraces(): readonly IkeTrace[] {
  const folder = traceFolder();
  if (folder === null) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.A.log'))
    .map((file) => {
      const entries = entriesOf(readFileSync(join(folder, file), 'utf8'));
      const messages = entries
        .filter(({ label }) => /bytes message (will be sent|received)/.test(label))
        .map(({ octets }) => octets);
      return { name: basename(file, '.A.log'), entries, messages };
    });
}

/** The octets under the lines that say exactly `label`, in the order of the log. */
export function traced({ entries }: IkeTrace, label: string): readonly Uint8Array[] {
  return entries.filter((entry) => entry.label === label).map(({ octets }) => octets);
}

function entriesOf(log: string): readonly TraceEntry[] {
  const entries: TraceEntry[] = [];
  let label = '';
  let digits = '';
  for (const line of `${log}\nend`.split('\n')) {
    if (/^(?:[\da-f]{8} ?)*[\da-f]{0,8} ?$/.test(line) && line !== '') {
      digits += line.replaceAll(' ', '');
      continue;
    }
    if (digits !== '') entries.push({ label, octets: octetsOf(digits) });
    digits = '';
    const text = line.replaceAll(STAMP, '').trim();
    if (text !== '') label = text;
  }
  return entries;
}

function octetsOf(digits: string): Uint8Array {
  const octets = fromHex(digits);
  if (octets === undefined) throw new TypeError(`Cannot read "${digits}" as octets`);
  return octets;
}

const STAMP = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: (?:\[[^\]]*\] )?[A-Z]+2?: /g;
