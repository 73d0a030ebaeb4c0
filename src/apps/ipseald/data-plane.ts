/**
 * The main thread's end of the data-plane worker.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { IkePorts, TakeMessage } from '../../ike/ports.ts';
import { newBell, ring } from '../../io/wait.ts';
import { DataPlaneIkePorts } from './ike-ports.ts';
import type { FromRelay, FromResponder, FromWorker, ToWorker } from './messages.ts';
import { Requester } from './requester.ts';
import type { WorkerStart } from './worker.ts';

/** What can be chosen of the data plane. */
export type DataPlaneOptions = Omit<WorkerStart, 'bell'>;

/**
 * V8 waits long before it makes machine code of a function, since most functions are soon done with.
 * Those of the data path are not, and packets that come now and then should not take the slow way
 * for minutes.
 */
const HASTE = ['--always-sparkplug', '--interrupt-budget=8000'];

/** One that costs next to nothing to answer. */
const ANY_QUESTION = '{"op":"capabilities"}';

export class DataPlane {
  readonly #worker: Worker;
  readonly #bell: number;
  readonly #requester = new Requester((message) => this.#send(message));
  #ike: DataPlaneIkePorts | null = null;
  /** Settles when the worker ends: rejects with what it failed of. */
  readonly ended: Promise<void>;

  private constructor(options: DataPlaneOptions) {
    this.#bell = newBell();
    for (const flag of HASTE) setFlagsFromString(flag);
    const start: WorkerStart = { bell: this.#bell, ...options };
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: start });
    this.ended = new Promise((resolve, reject) => {
      this.#worker.once('error', reject);
      this.#worker.once('exit', () => resolve());
    });
  }

  /** Starts the worker; rejects when it cannot open its devices. */
  static async start(options: DataPlaneOptions): Promise<DataPlane> {
    const plane = new DataPlane(options);
    const ready = new Promise<void>((resolve) => {
      plane.#worker.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') resolve();
        else plane.#take(message);
      });
    });
    await Promise.race([ready, plane.ended]);
    return plane;
  }

  /** Has the worker answer a line of the control protocol. */
  answer(line: string, gone: AbortSignal): AsyncIterable<string> {
    return this.#requester.answer(line, gone);
  }

  /** Resolves when the worker has taken its turn; never, when it hangs. */
  async isAlive(): Promise<void> {
    const { signal } = new AbortController();
    for await (const _ of this.answer(ANY_QUESTION, signal));
  }

  /** Ends the worker; the guard stays in force. */
  async stop(): Promise<void> {
    this.#send({ kind: 'stop' });
    await this.ended;
  }

  /** The ports that IKE speaks from; messages that come go to `take`. There is one of these. */
  ikePorts(take: TakeMessage): IkePorts {
    this.#ike = new DataPlaneIkePorts((message) => this.#send(message), take);
    return this.#ike;
  }

  #take(message: FromResponder | FromRelay): void {
    if (message.kind === 'ike' || message.kind === 'ike-ports') this.#ike?.receive(message);
    else this.#requester.take(message);
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
    ring(this.#bell);
  }
}
