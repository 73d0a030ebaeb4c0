/**
 * Which of many descriptors can be read: epoll(7), which asks those alone that something happened to,
 * however many there are.
 *
 * @module
 */
import { hostU32, setHostU32 } from '../octets/host.ts';
import { LINUX, libc, succeed } from './libc.ts';
import { PinnedMemory } from './pinned-memory.ts';

const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
/** `struct epoll_event`: events, and 64 bits of ours, which are aligned but on x86-64. */
const EVENT_DATA = process.arch === 'x64' ? 4 : 8;
const EVENT_LENGTH = EVENT_DATA + 8;
/** Events told at a time; those that remain are told the next time. */
const MOST_EVENTS = 64;

/** Waits until one of a fixed set of descriptors can be read, and knows which. */
export class Readiness {
  readonly #fd: number;
  readonly #events = new PinnedMemory(MOST_EVENTS * EVENT_LENGTH);
  /** By descriptor: 1 for those that were found. */
  readonly #isReady: Uint8Array;
  readonly #found = new Int32Array(MOST_EVENTS);
  #count = 0;

  /** Throws a `SystemError`. */
  constructor(descriptors: readonly number[]) {
    this.#fd = succeed(libc.epoll_create1(LINUX.O_CLOEXEC), 'make an epoll instance');
    this.#isReady = new Uint8Array(Math.max(...descriptors) + 1);
    const event = new Uint8Array(EVENT_LENGTH);
    setHostU32(event, 0, EPOLLIN);
    for (const fd of descriptors) {
      setHostU32(event, EVENT_DATA, fd);
      succeed(libc.epoll_ctl(this.#fd, EPOLL_CTL_ADD, fd, event), `wait for descriptor ${fd}`);
    }
  }

  /** Blocks the thread until one can be read or `timeoutMs` have passed; with 0, only looks. */
  wait(timeoutMs: number): void {
    const { octets, address } = this.#events;
    for (let k = 0; k < this.#count; k++) this.#isReady[this.descriptor(k)] = 0;
    this.#count = Math.max(0, libc.epoll_wait(this.#fd, address, MOST_EVENTS, timeoutMs));
    for (let k = 0; k < this.#count; k++) {
      const fd = hostU32(octets, k * EVENT_LENGTH + EVENT_DATA);
      this.#found[k] = fd;
      this.#isReady[fd] = 1;
    }
  }

  /** How many the last {@link wait} found that can be read, or have failed. */
  get count(): number {
    return this.#count;
  }

  /** Number `k` of these. */
  descriptor(k: number): number {
    return this.#found[k] ?? -1;
  }

  /** Whether `fd`, one of the set, is one of these. */
  found(fd: number): boolean {
    return this.#isReady[fd] === 1;
  }

  close(): void {
    libc.close(this.#fd);
  }
}
