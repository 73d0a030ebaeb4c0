/**
 * The userspace {@link Backend}: a running `ipseald`, spoken to through its control socket.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';
import * as v from 'valibot';
import {
  type Backend,
  type Capabilities,
  ChangeRefused,
  type DiscardCounters,
  type PolicyRecord,
  type SaRecord,
} from '../../ipsec/backend.ts';
import type { Change } from '../../ipsec/change.ts';
import { readLines } from './lines.ts';
import {
  changeToJson,
  describeIssues,
  LONGEST_LINE,
  type Operation,
  RESULT_SCHEMAS,
  type RequestJson,
  ResponseSchema,
} from './protocol.ts';

export class ControlClient implements Backend {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;
  /** Requests are answered in their order; one at a time is enough. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#lines = readLines(socket, LONGEST_LINE)[Symbol.asyncIterator]();
  }

  /** Connects to the control socket at `path`. Rejects when nobody listens there. */
  static async connect(path: string): Promise<ControlClient> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    // A later error shows as the end of the lines.
    socket.removeAllListeners('error').on('error', () => undefined);
    return new ControlClient(socket);
  }

  capabilities(): Promise<Capabilities> {
    return this.#call({ op: 'capabilities' });
  }

  async commit(changes: readonly Change[]): Promise<void> {
    await this.#call({ op: 'commit', changes: changes.map(changeToJson) });
  }

  sas(): Promise<readonly SaRecord[]> {
    return this.#call({ op: 'sas' });
  }

  policies(): Promise<readonly PolicyRecord[]> {
    return this.#call({ op: 'policies' });
  }

  discards(): Promise<DiscardCounters> {
    return this.#call({ op: 'discards' });
  }

  async close(): Promise<void> {
    this.#socket.destroy();
  }

  async #call<O extends Operation>(
    request: Extract<RequestJson, { op: O }>,
  ): Promise<v.InferOutput<(typeof RESULT_SCHEMAS)[O]>> {
    const answer = this.#turn.then(async () => {
      this.#socket.write(`${JSON.stringify(request)}\n`);
      return understood(ResponseSchema, jsonOf(await this.#line()));
    });
    this.#turn = answer.catch(() => undefined);
    const response = await answer;
    if (!response.ok) throw new ChangeRefused(response.index, response.refusal, response.message);
    const schema: (typeof RESULT_SCHEMAS)[O] = RESULT_SCHEMAS[request.op as O];
    return understood(schema, response.result);
  }

  /** Rejects when there is none, whether the daemon ended, vanished, or {@link close} was called. */
  async #line(): Promise<string> {
    const line = await this.#lines.next().catch((cause: unknown) => {
      throw new Error('Cannot talk to ipseald: the connection broke', { cause });
    });
    if (line.done === true) throw new Error('Cannot talk to ipseald: it closed the connection');
    return line.value;
  }
}

/** Without the words of `JSON.parse`, which quotes what it cannot read. */
function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error('Cannot understand ipseald: its answer is not JSON');
  }
}

/** What `schema` makes of `value`. Throws for what another version of ipseald may have sent. */
function understood<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw new Error(`Cannot understand ipseald: ${describeIssues(parsed.issues)}`);
}
