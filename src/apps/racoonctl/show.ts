/**
 * `show-sa`, `show-schedule` and `show-event`.
 *
 * @module
 */
import { now } from '../../io/clock.ts';
import type { SaRecord } from '../../ipsec/backend.ts';
import { printPieces } from '../print.ts';
import type { AdminClient } from '../racoon/admin/client.ts';
import type { ShownTask } from '../racoon/admin/protocol.ts';
import { formatLocalTime } from '../racoon/log-line.ts';
import { saToDump } from '../setkey/dump-json.ts';
import { sadPieces } from '../setkey/dump-sad.ts';
import type { Action, Work } from './action.ts';
import { isakmpTable } from './isakmp-table.ts';
import { eventToJson, phase1ToJson, toldText } from './json.ts';
import { WrongWords } from './sa-words.ts';

/** `show-sa KIND` */
export const showSas: Action = (words, { detail, json }) => {
  const [kind, ...more] = words;
  if (kind === undefined) throw new WrongWords('insufficient arguments', KINDS);
  if (more.length > 0) throw new WrongWords(`"${more[0]}" is one word too many`);
  if (kind === 'isakmp') return showIsakmp(detail, json);
  if (kind === 'internal') throw new WrongWords('internal is left out here', KINDS);
  if (kind === 'ipsec' || kind === 'esp' || kind === 'ah') return showSad(kind, json);
  throw new WrongWords(`unknown protocol ${kind}`, KINDS);
};

/** `show-schedule` */
export const showSchedule: Action = (words, { json }) => {
  if (words.length > 0) throw new WrongWords(`"${words[0]}" is one word too many`);
  return async (racoon) => {
    const tasks = await racoon.ask({ op: 'schedule' });
    const lines = json
      ? tasks.map((task) => JSON.stringify(task))
      : [SCHEDULE_HEADER, ...tasks.map(taskRow)];
    await printPieces(process.stdout, lines.map(ended));
    return 0;
  };
};

/** `show-event`: until it is interrupted, or racoon ends. */
export const showEvents: Action = (words, { json }) => {
  if (words.length > 0) throw new WrongWords(`"${words[0]}" is one word too many`);
  return async (racoon) => {
    for await (const event of await racoon.events()) {
      const line = json ? JSON.stringify(eventToJson(event)) : toldText(event);
      await printPieces(process.stdout, [ended(line)]);
      if (process.stdout.destroyed) break;
    }
    return 0;
  };
};

function showIsakmp(detail: number, json: boolean): Work {
  return async (racoon) => {
    const all = await racoon.ask({ op: 'status' });
    const lines = json
      ? all.map((phase1) => JSON.stringify(phase1ToJson(phase1)))
      : isakmpTable(all, detail);
    await printPieces(process.stdout, lines.map(ended));
    return 0;
  };
}

/** As `setkey -D` prints it, with the number of racoon's process. */
function showSad(kind: 'ipsec' | 'esp' | 'ah', json: boolean): Work {
  return async (racoon) => {
    const dump = new RacoonDump(racoon, kind);
    if (json) {
      await printPieces(process.stdout, jsonLines(dump.records()));
    } else {
      const records = await startedDump(dump);
      const options = { now: now(), pid: dump.pid, ports: false };
      await printPieces(process.stdout, sadPieces(records, options));
    }
    return 0;
  };
}

/** The records of `dump`, once it is known whose they are. */
async function startedDump(dump: RacoonDump): Promise<AsyncIterable<SaRecord>> {
  const records = dump.records();
  const first = await records.next();
  return (async function* () {
    if (first.done === true) return;
    yield first.value;
    yield* records;
  })();
}

class RacoonDump {
  readonly #racoon: AdminClient;
  readonly #kind: 'ipsec' | 'esp' | 'ah';
  /** Of racoon, once the first record came. */
  pid = 0;

  constructor(racoon: AdminClient, kind: 'ipsec' | 'esp' | 'ah') {
    this.#racoon = racoon;
    this.#kind = kind;
  }

  async *records(): AsyncGenerator<SaRecord> {
    for await (const { pid, sas } of this.#racoon.sas()) {
      this.pid = pid;
      for (const record of sas) if (this.#isWanted(record)) yield record;
    }
  }

  #isWanted({ parameters, state }: SaRecord): boolean {
    return state !== 'dead' && (this.#kind === 'ipsec' || parameters.protocol === this.#kind);
  }
}

async function* jsonLines(records: AsyncIterable<SaRecord>): AsyncGenerator<string> {
  for await (const record of records) yield ended(JSON.stringify(saToDump(record, false)));
}

/** `2        20       33       2026-11-21 16:29:42` */
function taskRow({ index, delaySeconds, dueSeconds, createdAt }: ShownTask): string {
  const numbers = [index, delaySeconds, dueSeconds].map((number) => `${number}`.padEnd(8));
  return [...numbers, formatLocalTime(createdAt)].join(' ');
}

function ended(line: string): string {
  return `${line}\n`;
}

const KINDS = 'It is isakmp, ipsec, esp or ah.';
const SCHEDULE_HEADER = 'index    tick     xtime    created';
