/**
 * The main thread's end of the data-plane worker.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { newBell, ring } from '../../io/wait.ts';
import type { FromWorker, ToWorker } from './messages.ts';
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
        else plane.#requester.take(message);
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

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
    ring(this.#bell);
  }
}
