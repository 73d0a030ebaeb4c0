/**
 * The client's end of one connection to the control socket.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';
import * as v from 'valibot';
import { ChangeRefused } from '../../ipsec/backend.ts';
import { readLines } from './lines.ts';
import {
  describeIssues,
  LONGEST_LINE,
  type Operation,
  RESULT_SCHEMAS,
  type RequestJson,
  ResponseSchema,
} from './protocol.ts';
import { requestLine } from './request-line.ts';

/** The result of an operation, or a part of it. */
export type Result<O extends Operation> = v.InferOutput<(typeof RESULT_SCHEMAS)[O]>;

export class Conversation {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#lines = readLines(socket, LONGEST_LINE)[Symbol.asyncIterator]();
  }

  /** Connects to the control socket at `path`. Rejects when nobody listens there. */
  static async open(path: string): Promise<Conversation> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    // A later error shows as the end of the lines.
    socket.removeAllListeners('error').on('error', () => undefined);
    return new Conversation(socket);
  }

  /**
   * Sends a request; {@link response} has what comes back, in the order of the requests. Throws, and sends
   * nothing, when it is too long.
   */
  request(request: RequestJson): void {
    this.#socket.write(requestLine(request, LONGEST_LINE));
  }

  /**
   * The result of an `op` that was requested, or the next part of it; throws `ChangeRefused` when
   * there is none. `more` tells whether another part follows.
   */
  async response<O extends Operation>(
    op: O,
  ): Promise<{ readonly result: Result<O>; readonly more: boolean }> {
    const response = understood(ResponseSchema, jsonOf(await this.#line()));
    if (!response.ok) throw new ChangeRefused(response.index, response.refusal, response.message);
    const schema: (typeof RESULT_SCHEMAS)[O] = RESULT_SCHEMAS[op];
    return { result: understood(schema, response.result), more: response.more === true };
  }

  close(): void {
    this.#socket.destroy();
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
