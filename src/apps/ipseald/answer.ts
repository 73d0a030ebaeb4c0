/**
 * What the daemon does at a request: the control protocol on one side, the engine on the other.
 *
 * @module
 */
import * as v from 'valibot';
import type { Engine } from '../../dataplane/engine.ts';
import { ChangeRefused, type Instant } from '../../ipsec/backend.ts';
import { COMPRESSION_ALGORITHMS } from '../../ipsec/compression.ts';
import { type BackendEvent, OVERRUN } from '../../ipsec/events.ts';
import { IPSEC_PROTOCOLS } from '../../ipsec/policy.ts';
import { eventToJson } from '../control/event-values.ts';
import { describeIssues, type Request, RequestSchema, type Response } from '../control/protocol.ts';
import { policyRecordToJson, saRecordToJson } from '../control/values.ts';
import type { Rest } from './messages.ts';

/** Records in a part of a dump: some hundred microseconds in which no packet moves. */
const PART_RECORDS = 64;

/** A line of an answer, and what follows it. */
export interface AnswerLine {
  readonly line: string;
  readonly rest: Rest;
}

/** Answers the request in `line` with lines, each made when it is asked for. Never throws. */
export function* answerLine(engine: Engine, line: string, now: Instant): Generator<AnswerLine> {
  try {
    const request = v.safeParse(RequestSchema, JSON.parse(line));
    if (request.success) yield* perform(engine, request.output, now);
    else yield last(invalid(describeIssues(request.issues)));
  } catch (error) {
    yield last(refusalOf(error));
  }
}

/** `event` as a line of the answer to a request for events. */
export function eventLine(event: BackendEvent): string {
  return JSON.stringify(partOf([eventToJson(event)]));
}

/** What stands in the place of events that a slow reader missed. */
export const OVERRUN_LINE: string = eventLine(OVERRUN);

function* perform(engine: Engine, request: Request, now: Instant): Generator<AnswerLine> {
  switch (request.op) {
    case 'sas':
      yield* dump(engine.sas(now), saRecordToJson);
      return;
    case 'policies':
      yield* dump(engine.policies(request.including), policyRecordToJson);
      return;
    case 'events':
      yield { line: JSON.stringify(partOf([])), rest: 'events' };
      return;
    default:
      yield last({ ok: true, result: resultOf(engine, request, now) });
  }
}

/** Requests that one line answers. */
type Plain = Exclude<Request, { readonly op: 'sas' | 'policies' | 'events' }>;

function resultOf(engine: Engine, request: Plain, now: Instant): unknown {
  switch (request.op) {
    case 'capabilities':
      return {
        backend: 'userspace',
        protocols: IPSEC_PROTOCOLS,
        ...engine.offeredAlgorithms(),
        compression: COMPRESSION_ALGORITHMS.map((algorithm) => algorithm.name),
      };
    case 'commit':
      engine.commit(request.changes, now);
      return null;
    case 'sa': {
      const record = engine.sa(request.id, now);
      return record && saRecordToJson(record);
    }
    case 'allocate-spi':
      return saRecordToJson(engine.allocateSpi(request.request, now));
    case 'discards':
      return engine.discards();
  }
}

function* dump<T>(records: Iterable<T>, toJson: (record: T) => unknown): Generator<AnswerLine> {
  let part: unknown[] = [];
  for (const record of records) {
    if (part.length === PART_RECORDS) {
      yield { line: JSON.stringify(partOf(part)), rest: 'dump' };
      part = [];
    }
    part.push(toJson(record));
  }
  yield last({ ok: true, result: part });
}

function partOf(result: readonly unknown[]): Response {
  return { ok: true, more: true, result };
}

function last(response: Response): AnswerLine {
  return { line: JSON.stringify(response), rest: 'none' };
}

function refusalOf(error: unknown): Response {
  if (error instanceof ChangeRefused) {
    return { ok: false, refusal: error.refusal, index: error.index, message: error.message };
  }
  if (error instanceof SyntaxError) return invalid('the request is not JSON');
  const message = error instanceof Error ? error.message : String(error);
  return { ok: false, refusal: 'failed', index: 0, message };
}

function invalid(message: string): Response {
  return { ok: false, refusal: 'invalid', index: 0, message };
}
