/**
 * What the kernel tells of while it happens: the multicast groups of a netlink family.
 *
 * Node has no handle for a netlink socket. A thread of its pool waits for it by poll(2) while this
 * one goes on, and a bell ends that: each stream that is read takes one of the pool's threads.
 *
 * @module
 */
import os from 'node:os';
import type { NetlinkMessage } from '../netlink/nlmsg.ts';
import { SystemError } from './libc.ts';
import type { NetlinkSocket } from './netlink-socket.ts';
import { closeBell, newBell, ring, Waiter } from './wait.ts';

const { ENOBUFS } = os.constants.errno;

/**
 * Datagram by datagram: messages as views that hold until the next is asked for, or `null` where some
 * were lost.
 */
export class NetlinkStream implements AsyncIterable<readonly NetlinkMessage[] | null> {
  readonly #socket: NetlinkSocket;
  readonly #doing: string;
  readonly #bell = newBell();
  #waiting = false;
  #closed = false;

  /**
   * Tells from now on what `groups` are told by `socket`, and closes it in the end; `doing` says in
   * errors what failed. Throws a `SystemError`.
   */
  constructor(socket: NetlinkSocket, groups: readonly number[], doing: string) {
    this.#socket = socket;
    this.#doing = doing;
    for (const group of groups) socket.join(group);
  }

  /** Ends the stream: who waits for the next datagram gets the end. Again is harmless. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // The descriptors are not closed under the thread that waits for them.
    if (this.#waiting) ring(this.#bell);
    else this.#release();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly NetlinkMessage[] | null> {
    const waiter = new Waiter([this.#socket.fd, this.#bell]);
    try {
      while (!this.#closed) {
        const told = this.#next();
        if (told === 'nothing') await this.#wait(waiter);
        else yield told;
      }
    } finally {
      this.close();
    }
  }

  async #wait(waiter: Waiter): Promise<void> {
    this.#waiting = true;
    try {
      await waiter.waitAside();
    } finally {
      this.#waiting = false;
      if (this.#closed) this.#release();
    }
  }

  #next(): readonly NetlinkMessage[] | null | 'nothing' {
    try {
      return this.#socket.told(this.#doing) ?? 'nothing';
    } catch (error) {
      if (error instanceof SystemError && error.errno === ENOBUFS) return null;
      throw error;
    }
  }

  #release(): void {
    this.#socket.close();
    closeBell(this.#bell);
  }
}
