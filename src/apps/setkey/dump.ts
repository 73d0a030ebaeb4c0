/**
 * Dumps in the form that the command line asks for, in pieces, so that none is ever whole in memory.
 *
 * @module
 */
import { now } from '../../io/clock.ts';
import type { PolicyRecord, SaRecord } from '../../ipsec/backend.ts';
import { policyToDump, saToDump } from './dump-json.ts';
import { type DumpOptions, formatSa, sadPieces } from './dump-sad.ts';
import { spdPieces } from './dump-spd.ts';
import type { SetkeyCommand } from './options.ts';

/** One way to write what a backend holds. */
export interface DumpForm {
  sad(records: AsyncIterable<SaRecord>): AsyncIterable<string>;
  /** One SA by itself. */
  sa(record: SaRecord): string;
  spd(records: AsyncIterable<PolicyRecord>): AsyncIterable<string>;
}

/** How this run of the command writes dumps that begin now. */
export function dumpForm(command: SetkeyCommand): DumpForm {
  const form = command.json ? jsonForm(command.showKeys) : classicForm(command.ports);
  if (command.deadToo) return form;
  return { ...form, sad: (records) => form.sad(alive(records)) };
}

function classicForm(ports: boolean): DumpForm {
  const options = (): DumpOptions => ({ now: now(), pid: process.pid, ports });
  return {
    sad: (records) => sadPieces(records, options()),
    sa: (record) => formatSa(record, 0, options()),
    spd: (records) => spdPieces(records, options()),
  };
}

function jsonForm(showKeys: boolean): DumpForm {
  return {
    sad: (records) => jsonLines(records, (record) => saToDump(record, showKeys)),
    sa: (record) => jsonLine(saToDump(record, showKeys)),
    spd: (records) => jsonLines(records, policyToDump),
  };
}

/** Without the SAs that `-a` alone shows: past their hard lifetime, and not taken away yet. */
async function* alive(records: AsyncIterable<SaRecord>): AsyncGenerator<SaRecord> {
  for await (const record of records) if (record.state !== 'dead') yield record;
}

async function* jsonLines<T>(
  values: AsyncIterable<T>,
  toJson: (value: T) => object,
): AsyncGenerator<string> {
  for await (const value of values) yield jsonLine(toJson(value));
}

function jsonLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
