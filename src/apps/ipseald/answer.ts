/**
 * What the daemon does at a request: the control protocol on one side, the engine on the other.
 *
 * @module
 */
import * as v from 'valibot';
import type { Engine } from '../../dataplane/engine.ts';
import { ChangeRefused, type Instant } from '../../ipsec/backend.ts';
import { describeIssues, type Request, RequestSchema, type Response } from '../control/protocol.ts';
import { policyRecordToJson, saRecordToJson } from '../control/values.ts';

/** Answers the request in `line` with a line. Never throws. */
export function answerLine(engine: Engine, line: string, now: Instant): string {
  return JSON.stringify(answerText(engine, line, now));
}

function answerText(engine: Engine, line: string, now: Instant): Response {
  try {
    const request = v.safeParse(RequestSchema, JSON.parse(line));
    if (!request.success) return invalid(describeIssues(request.issues));
    return { ok: true, result: perform(engine, request.output, now) };
  } catch (error) {
    if (error instanceof ChangeRefused) {
      return { ok: false, refusal: error.refusal, index: error.index, message: error.message };
    }
    if (error instanceof SyntaxError) return invalid('the request is not JSON');
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, refusal: 'failed', index: 0, message };
  }
}

function perform(engine: Engine, request: Request, now: Instant): unknown {
  switch (request.op) {
    case 'capabilities':
      return {
        backend: 'userspace',
        protocols: ['esp', 'ah'],
        ...engine.offeredAlgorithms(),
        compression: [],
      };
    case 'commit':
      engine.commit(request.changes, now);
      return null;
    case 'sas':
      return engine.sas(now).map(saRecordToJson);
    case 'policies':
      return engine.policies().map(policyRecordToJson);
    case 'discards':
      return engine.discards();
  }
}

function invalid(message: string): Response {
  return { ok: false, refusal: 'invalid', index: 0, message };
}
