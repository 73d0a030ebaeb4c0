/**
 * The main thread's end of the data-plane workers.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { IkePorts, TakeMessage } from '../../ike/ports.ts';
import { newBell, ring } from '../../io/wait.ts';
import { newCommonMemory, noteEnd } from './crew.ts';
import { DataPlaneIkePorts } from './ike-ports.ts';
import type { FromParts, FromWorker, ToWorker } from './messages.ts';
import { Requester } from './requester.ts';
import { usualThreads } from './threads.ts';
import type { WorkerStart } from './worker.ts';

/** What can be chosen of the data plane. */
export interface DataPlaneOptions {
  /** As `WorkerStart.keepaliveMs`. */
  readonly keepaliveMs: number;
  /** How many threads carry packets: {@link usualThreads} unless told. */
  readonly threads?: number;
  /** Is told, as a sentence, what the host's administrator should know. */
  readonly complain: (text: string) => void;
}

const RESTORED =
  'Others removed rules by which policies are enforced (nftables, or routing); they were put back';

/**
 * V8 waits long before it makes machine code of a function, since most functions are soon done with.
 * Those of the data path are not, and packets that come now and then should not take the slow way
 * for minutes.
 */
const HASTE = ['--always-sparkplug', '--interrupt-budget=8000'];

/** A worker as the main thread has it. */
class Thread {
  readonly #worker: Worker;
  readonly #bell: number;
  readonly #take: (message: FromParts) => void;
  #heard: () => void = () => undefined;
  /** Settles when the worker ends: rejects with what it failed of. */
  readonly ended: Promise<void>;

  constructor(start: WorkerStart, take: (message: FromParts) => void) {
    this.#bell = start.bell;
    this.#take = take;
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: start,
      transferList: [...(start.crew?.ports ?? [])],
    });
    this.ended = new Promise((resolve, reject) => {
      this.#worker.once('error', reject);
      this.#worker.once('exit', () => resolve());
    });
    // Somebody waits for it, or somebody will.
    this.ended.catch(() => undefined);
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
  }

  send(message: ToWorker): void {
    this.#worker.postMessage(message);
    ring(this.#bell);
  }

  /** Resolves when it says that it is there. */
  hear(): Promise<void> {
    return new Promise((resolve) => {
      this.#heard = resolve;
    });
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'here') this.#heard();
    else this.#take(message);
  }
}

export class DataPlane {
  /** Worker 0 comes first. */
  readonly #threads: Thread[] = [];
  readonly #requester = new Requester((message) => this.#first.send(message));
  readonly #complain: (text: string) => void;
  #ike: DataPlaneIkePorts | null = null;

  private constructor(complain: (text: string) => void) {
    this.#complain = complain;
  }

  /** Starts the workers; rejects when they cannot open their devices. */
  static async start({
    keepaliveMs,
    threads = usualThreads(),
    complain,
  }: DataPlaneOptions): Promise<DataPlane> {
    for (const flag of HASTE) setFlagsFromString(flag);
    const plane = new DataPlane(complain);
    try {
      // Worker 0 makes the device that the others have queues of.
      for (const place of placesFor(threads)) await plane.#startThread({ keepaliveMs, ...place });
    } catch (error) {
      await plane.stop();
      throw error;
    }
    return plane;
  }

  async #startThread(start: WorkerStart): Promise<void> {
    const { crew } = start;
    const thread = new Thread(start, (message) => this.#take(message));
    thread.ended.catch(() => crew && noteEnd(crew.common, crew.number));
    await Promise.race([thread.hear(), thread.ended]);
    this.#threads.push(thread);
  }

  /** Settles when a worker ends: rejects with what it failed of. */
  get ended(): Promise<void> {
    return Promise.race(this.#threads.map(({ ended }) => ended));
  }

  /** Has worker 0 answer a line of the control protocol. */
  answer(line: string, gone: AbortSignal): AsyncIterable<string> {
    return this.#requester.answer(line, gone);
  }

  /** Resolves when all workers have taken their turn; never, when one hangs. */
  async isAlive(): Promise<void> {
    const heard = this.#threads.map((thread) => thread.hear());
    for (const thread of this.#threads) thread.send({ kind: 'ask' });
    await Promise.all(heard);
  }

  /** Ends the workers, those that have not failed; the guard stays in force. */
  async stop(): Promise<void> {
    // Worker 0 waits for the others when it changes something: it is the last.
    for (const thread of this.#threads.toReversed()) {
      thread.send({ kind: 'stop' });
      await thread.ended.catch(() => undefined);
    }
  }

  /** The ports that IKE speaks from; messages that come go to `take`. There is one of these. */
  ikePorts(take: TakeMessage): IkePorts {
    this.#ike = new DataPlaneIkePorts((message) => this.#first.send(message), take);
    return this.#ike;
  }

  get #first(): Thread {
    const [first] = this.#threads;
    if (first === undefined) throw new Error('Bug: the data plane was not started');
    return first;
  }

  #take(message: FromParts): void {
    if (message.kind === 'guard-restored') this.#complain(RESTORED);
    else if (message.kind === 'ike' || message.kind === 'ike-ports') this.#ike?.receive(message);
    else this.#requester.take(message);
  }
}

/** For each of `count` workers its bell, and its place in the crew. */
function placesFor(count: number): Pick<WorkerStart, 'bell' | 'crew'>[] {
  const bells = Array.from({ length: count }, newBell);
  if (count === 1) return bells.map((bell) => ({ bell, crew: null }));
  const common = newCommonMemory(count);
  const channels = bells.slice(1).map(() => new MessageChannel());
  const portsOf = (number: number) =>
    number === 0
      ? channels.map(({ port1 }) => port1)
      : channels.slice(number - 1, number).map(({ port2 }) => port2);
  return bells.map((bell, number) => ({
    bell,
    crew: { number, count, common, bells, ports: portsOf(number) },
  }));
}
