/**
 * Waiting for one of several descriptors, and being woken by another thread.
 *
 * @module
 */
import { setHostU16, setHostU32, setHostU64 } from '../octets/host.ts';
import { LINUX, libc, pollAside, succeed } from './libc.ts';
import { PinnedMemory } from './pinned-memory.ts';

/** `struct pollfd`: descriptor, events wanted, events found. */
const POLLFD_LENGTH = 8;
const POLLFD_EVENTS = 4;
const POLLIN = 1;
const COUNTER_LENGTH = 8;

/** Waits until one of a fixed set of descriptors can be read, while the thread goes on. */
export class Waiter {
  readonly #entries: PinnedMemory;
  readonly #count: number;

  constructor(descriptors: readonly number[]) {
    this.#count = descriptors.length;
    this.#entries = new PinnedMemory(descriptors.length * POLLFD_LENGTH);
    for (const [place, fd] of descriptors.entries()) {
      setHostU32(this.#entries.octets, place * POLLFD_LENGTH, fd);
      setHostU16(this.#entries.octets, place * POLLFD_LENGTH + POLLFD_EVENTS, POLLIN);
    }
  }

  /** Has another thread wait. */
  async waitAside(): Promise<void> {
    await pollAside(this.#entries.address, this.#count, -1);
  }
}

/** Lets go of a bell that nobody waits on any more. */
export function closeBell(bell: number): void {
  libc.close(bell);
}

/** Makes an eventfd: a descriptor that can be read once {@link ring} was called. */
export function newBell(): number {
  return succeed(libc.eventfd(0, LINUX.O_NONBLOCK | LINUX.O_CLOEXEC), 'make an eventfd');
}

/** Wakes whoever waits on `bell`, from any thread of the process. */
export function ring(bell: number): void {
  const one = new Uint8Array(COUNTER_LENGTH);
  setHostU64(one, 0, 1);
  libc.writeFrom(bell, one, COUNTER_LENGTH);
}

/** Makes `bell` silent again. */
export function silence(bell: number): void {
  libc.read(bell, SINK.address, COUNTER_LENGTH);
}

/** What the counters said is of no interest. */
const SINK = new PinnedMemory(COUNTER_LENGTH);
