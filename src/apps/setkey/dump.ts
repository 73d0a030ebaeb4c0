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
  sad(records: readonly SaRecord[]): Iterable<string>;
  /** One SA by itself. */
  sa(record: SaRecord): Iterable<string>;
  spd(records: readonly PolicyRecord[]): Iterable<string>;
}

/** How this run of the command writes dumps that begin now. */
export function dumpForm(command: SetkeyCommand): DumpForm {
  return command.json ? jsonForm(command.showKeys) : classicForm(command.ports);
}

function classicForm(ports: boolean): DumpForm {
  const options = (): DumpOptions => ({ now: now(), pid: process.pid, ports });
  return {
    sad: (records) => sadPieces(records, options()),
    sa: (record) => [formatSa(record, 0, options())],
    spd: (records) => spdPieces(records, options()),
  };
}

function jsonForm(showKeys: boolean): DumpForm {
  return {
    sad: (records) => jsonLines(records, (record) => saToDump(record, showKeys)),
    sa: (record) => jsonLines([record], (one) => saToDump(one, showKeys)),
    spd: (records) => jsonLines(records, policyToDump),
  };
}

function* jsonLines<T>(values: Iterable<T>, toJson: (value: T) => object): Generator<string> {
  for (const value of values) yield `${JSON.stringify(toJson(value))}\n`;
}
