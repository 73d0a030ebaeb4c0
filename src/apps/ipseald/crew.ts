/**
 * What the workers of one data plane have in common, and each one's place among them.
 *
 *   worker 0 ── updates ──► 1, 2 ...     the databases, and who watches (`copy-keeper.ts`, `copy-duties.ts`)
 *            ◄── SAs used up ──
 *   any ── packets ──► any               rings, and a bell for who is asleep (`dataplane/handed-over.ts`)
 *
 * @module
 */
import type { MessagePort } from 'node:worker_threads';
import { newRing, RingInlet, RingOutlet } from '../../dataplane/handed-over.ts';
import type { Neighbours, WorkerPlace } from '../../dataplane/workers.ts';
import { ring } from '../../io/wait.ts';
import { DiscardTally } from '../../ipsec/discard-reason.ts';
import type { Packet } from '../../ipsec/packet.ts';
import type { Offload } from '../../wire/virtio-net.ts';

/** Memory that all of them have. */
export interface CommonMemory {
  /** By worker: 1 for those that wait, and have to be rung for. */
  readonly asleep: SharedArrayBuffer;
  /** By worker: how many updates it has made. */
  readonly updated: SharedArrayBuffer;
  /** By worker: the packets that it discarded. */
  readonly discards: SharedArrayBuffer;
  /** From each, to each. */
  readonly rings: readonly (readonly SharedArrayBuffer[])[];
}

/** For `count` workers. */
export function newCommonMemory(count: number): CommonMemory {
  const newFlags = () => new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT);
  const all = Array.from({ length: count });
  return {
    asleep: newFlags(),
    updated: newFlags(),
    discards: new SharedArrayBuffer(count * DiscardTally.LENGTH),
    rings: all.map(() => all.map(newRing)),
  };
}

/** Has nobody wait any longer for worker `number`, which ended. */
export function noteEnd({ updated }: CommonMemory, number: number): void {
  Atomics.notify(new Int32Array(updated), number);
}

/** What a worker is told of the crew. */
export interface CrewStart extends WorkerPlace {
  readonly common: CommonMemory;
  /** By worker: an eventfd. */
  readonly bells: readonly number[];
  /** To worker 0: to each of the others. To each of them: to worker 0, alone. */
  readonly ports: readonly MessagePort[];
}

/** One worker's view of the crew. */
export class Crew implements Neighbours {
  readonly number: number;
  readonly count: number;
  readonly ports: readonly MessagePort[];
  /** Where packets come out that others handed over. */
  readonly outlets: readonly RingOutlet[];
  readonly #inlets: readonly RingInlet[];
  readonly #asleep: Int32Array;
  readonly #updated: Int32Array;
  readonly #tallies: readonly DiscardTally[];
  readonly #bells: readonly number[];

  constructor({ number, count, common, bells, ports }: CrewStart) {
    this.number = number;
    this.count = count;
    this.ports = ports;
    this.#bells = bells;
    this.#inlets = (common.rings[number] ?? []).map((each) => new RingInlet(each));
    this.outlets = common.rings.flatMap((row, from) => {
      const each = row[number];
      return each === undefined || from === number ? [] : [new RingOutlet(each)];
    });
    this.#asleep = new Int32Array(common.asleep);
    this.#updated = new Int32Array(common.updated);
    this.#tallies = bells.map((_, k) => new DiscardTally(common.discards, k * DiscardTally.LENGTH));
  }

  /** Where this worker counts what it discards. */
  get tally(): DiscardTally {
    return this.tallyOf(this.number);
  }

  tallyOf(number: number): DiscardTally {
    const tally = this.#tallies[number];
    if (tally === undefined) throw new Error(`Bug: there is no worker ${number}`);
    return tally;
  }

  handOver(number: number, packet: Packet, offload: Readonly<Offload>): boolean {
    const taken = this.#inlets[number]?.put(packet, offload) === true;
    if (Atomics.exchange(this.#asleep, number, 0) === 1) this.wake(number);
    return taken;
  }

  /** Rings for worker `number`, whether or not it is asleep: a message waits. */
  wake(number: number): void {
    const bell = this.#bells[number];
    if (bell !== undefined) ring(bell);
  }

  /** Whether this worker may wait: nothing was handed over, and whoever does it next rings. */
  mayRest(): boolean {
    Atomics.store(this.#asleep, this.number, 1);
    if (this.outlets.every(({ isEmpty }) => isEmpty)) return true;
    this.goOn();
    return false;
  }

  /** Ends what {@link mayRest} began. */
  goOn(): void {
    Atomics.store(this.#asleep, this.number, 0);
  }

  /** How many updates worker `number` has made. */
  updatesOf(number: number): number {
    return Atomics.load(this.#updated, number);
  }

  /** Waits until worker `number` has made more than `known` updates, or ended, or `mostMs` have passed. */
  waitForUpdate(number: number, known: number, mostMs: number): void {
    Atomics.wait(this.#updated, number, known, mostMs);
  }

  /** Takes note that this worker has made an update. */
  noteUpdate(): void {
    Atomics.add(this.#updated, this.number, 1);
    Atomics.notify(this.#updated, this.number);
  }
}
