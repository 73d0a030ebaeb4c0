/**
 * Racoonctl's end of a connection to the admin socket.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';
import * as v from 'valibot';
import type { SaRecord } from '../../../ipsec/backend.ts';
import { readLines } from '../../control/lines.ts';
import { describeIssues } from '../../control/protocol.ts';
import {
  LONGEST_RESPONSE,
  type Operation,
  RESULT_SCHEMAS,
  type RequestJson,
  ResponseSchema,
  type Result,
  type ToldEvent,
} from './protocol.ts';

/** Racoon would not do what was asked. */
export class RacoonRefused extends Error {
  override readonly name = 'RacoonRefused';
}

export class AdminClient {
  readonly #path: string;
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;

  private constructor(path: string, socket: Socket) {
    this.#path = path;
    this.#socket = socket;
    this.#lines = readLines(socket, LONGEST_RESPONSE)[Symbol.asyncIterator]();
  }

  /** Connects to the admin socket at `path`. Rejects with an error of `node:net`. */
  static async connect(path: string): Promise<AdminClient> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    // A later error shows as the end of the lines.
    socket.removeAllListeners('error').on('error', () => undefined);
    return new AdminClient(path, socket);
  }

  /** Asks, and resolves with the result. Rejects with {@link RacoonRefused}. */
  async ask<O extends Operation>(request: Extract<RequestJson, { op: O }>): Promise<Result<O>> {
    this.#send(request);
    return (await this.#response(request.op as O)).result;
  }

  /** The SAD, part by part, each with the number of racoon's process. */
  async *sas(): AsyncGenerator<{ readonly pid: number; readonly sas: readonly SaRecord[] }> {
    this.#send({ op: 'sas' });
    for (let more = true; more; ) {
      const part = await this.#response('sas');
      yield part.result;
      more = part.more;
    }
  }

  /**
   * Events from when this resolved, on a connection of their own, which ends with the iteration. They end
   * when racoon does.
   */
  async events(): Promise<AsyncGenerator<ToldEvent>> {
    const stream = await AdminClient.connect(this.#path);
    stream.#send({ op: 'events' });
    // The empty part says that racoon tells from now on.
    await stream.#response('events');
    return (async function* () {
      try {
        for (;;) yield* (await stream.#response('events')).result;
      } catch (error) {
        if (!(error instanceof ConnectionOver)) throw error;
      } finally {
        stream.close();
      }
    })();
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(request: RequestJson): void {
    this.#socket.write(`${JSON.stringify(request)}\n`);
  }

  async #response<O extends Operation>(
    op: O,
  ): Promise<{ readonly result: Result<O>; readonly more: boolean }> {
    const response = understood(ResponseSchema, jsonOf(await this.#line()));
    if (!response.ok) throw new RacoonRefused(response.message);
    const schema: (typeof RESULT_SCHEMAS)[O] = RESULT_SCHEMAS[op];
    return { result: understood(schema, response.result), more: response.more === true };
  }

  async #line(): Promise<string> {
    const line = await this.#lines.next().catch((cause: unknown) => {
      throw new ConnectionOver('the connection to racoon broke', { cause });
    });
    if (line.done === true) throw new ConnectionOver('racoon closed the connection');
    return line.value;
  }
}

/** Nothing more will come. */
class ConnectionOver extends Error {}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error("cannot understand racoon's answer, which is not JSON: another version of it?");
  }
}

function understood<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw new Error(`cannot understand racoon's answer: ${describeIssues(parsed.issues)}`);
}
