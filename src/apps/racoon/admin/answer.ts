/**
 * What racoon does at a request of racoonctl.
 *
 * @module
 */
import * as v from 'valibot';
import { formatCookies } from '../../../ike/cookies.ts';
import type { UdpAddress } from '../../../ike/path.ts';
import type { Phase1Status } from '../../../ike/status.ts';
import type { SaRecord } from '../../../ipsec/backend.ts';
import { formatIpAddress } from '../../../net/ip-address.ts';
import { toHex } from '../../../octets/hex.ts';
import { describeIssues } from '../../control/protocol.ts';
import { saIdToJson, saRecordToJson, selectorToJson } from '../../control/values.ts';
import { titleOf } from '../dump-remotes.ts';
import type { ShownEvent } from '../event-text.ts';
import type { Administration, ScheduledTask } from './administration.ts';
import { EventQueue } from './event-queue.ts';
import {
  type Operation,
  type Request,
  RequestSchema,
  type Response,
  type ResultJson,
} from './protocol.ts';

/** SAs in a part of a dump. */
const PART_RECORDS = 64;

/**
 * Answers the request in `line` with lines, each made when it is asked for. `gone` is aborted when
 * nobody wants more. Never throws.
 */
export async function* answerAdmin(
  racoon: Administration,
  line: string,
  gone: AbortSignal,
): AsyncGenerator<string> {
  try {
    const request = v.safeParse(RequestSchema, JSON.parse(line));
    if (!request.success) yield text({ ok: false, message: describeIssues(request.issues) });
    else if (request.output.op === 'sas') yield* sasLines(racoon);
    else if (request.output.op === 'events') yield* eventLines(racoon, gone);
    else yield text({ ok: true, result: await resultOf(racoon, request.output) });
  } catch (error) {
    yield text({ ok: false, message: error instanceof Error ? error.message : `${error}` });
  }
}

/** Requests that one line answers. */
type Plain = Exclude<Request, { readonly op: 'sas' | 'events' }>;

async function resultOf(
  racoon: Administration,
  request: Plain,
): Promise<ResultJson<Exclude<Operation, 'sas' | 'events'>>> {
  switch (request.op) {
    case 'status':
      return racoon.status().phase1.map(phase1ToJson);
    case 'schedule':
      return racoon.schedule().map((task) => taskToJson(task, racoon.startedAt));
    case 'reload':
      return racoon.reload();
    case 'command':
      if (request.command.kind === 'establish-phase2') {
        const { local, remote } = await racoon.establishPhase2(request.command.selector);
        return { local: formatIpAddress(local), remote: formatIpAddress(remote) };
      }
      racoon.command(request.command);
      return null;
    case 'flush-sas':
      await racoon.flushSas(request.protocol);
      return null;
    case 'certificate': {
      const octets = racoon.certificate(request.local, request.remote);
      return octets && toHex(octets);
    }
    case 'log-out':
      return racoon.logOut(request.user);
  }
}

async function* sasLines(racoon: Administration): AsyncGenerator<string> {
  let waiting: SaRecord[] = [];
  const part = (): ResultJson<'sas'> => ({ pid: racoon.pid, sas: waiting.map(saRecordToJson) });
  for await (const record of racoon.sas()) {
    if (waiting.length === PART_RECORDS) {
      yield text({ ok: true, more: true, result: part() });
      waiting = [];
    }
    waiting.push(record);
  }
  yield text({ ok: true, result: part() });
}

async function* eventLines(racoon: Administration, gone: AbortSignal): AsyncGenerator<string> {
  const queue = new EventQueue();
  const stop = racoon.listen((event) => queue.add(eventToJson(event, racoon)));
  gone.addEventListener('abort', () => queue.end());
  if (gone.aborted) queue.end();
  try {
    yield text({ ok: true, more: true, result: [] });
    for await (const events of queue) yield text({ ok: true, more: true, result: events });
  } finally {
    stop();
  }
}

function eventToJson({ what, path, selector }: ShownEvent, racoon: Administration) {
  const told = { what, at: racoon.now(), selector: selector && selectorToJson(selector) };
  if (path === null) return { ...told, local: null, remote: null };
  return { ...told, local: endToJson(path.local), remote: endToJson(path.remote) };
}

function phase1ToJson(status: Phase1Status): ResultJson<'status'>[number] {
  const { path, role, mode, peer, state, establishedAt, expiresAt, remoteIdentity } = status;
  return {
    local: endToJson(path.local),
    remote: endToJson(path.remote),
    role,
    mode,
    cookies: formatCookies(status),
    name: peer && titleOf(peer),
    state: state.kind,
    sent: state.sent,
    received: state.received,
    establishedAt,
    expiresAt,
    remoteIdentity,
    user: status.settings?.user ?? null,
    phase2: status.phase2.map(({ messageId, role: ours, state: progress, sas }) => ({
      messageId,
      role: ours,
      state: progress,
      sas: sas.map(saIdToJson),
    })),
  };
}

function taskToJson(
  { index, createdAt, dueAt }: ScheduledTask,
  startedAt: number,
): ResultJson<'schedule'>[number] {
  return {
    index,
    delaySeconds: Math.round((dueAt - createdAt) / 1000),
    dueSeconds: Math.round((dueAt - startedAt) / 1000),
    createdAt,
  };
}

function endToJson({ address, port }: UdpAddress) {
  return { address: formatIpAddress(address), port };
}

function text(response: Response): string {
  return JSON.stringify(response);
}
