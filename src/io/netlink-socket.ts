/**
 * A netlink socket: requests to the kernel and its answers, one after the other.
 *
 * Calls wait for the kernel, which answers within microseconds; none waits longer than
 * {@link ANSWER_WAIT_S}.
 *
 * @module
 */

import os from 'node:os';
import { datagramsOf } from '../netlink/datagrams.ts';
import {
  emitNetlinkMessages,
  type NetlinkMessage,
  type NetlinkRequest,
  type NetlinkVerdict,
  NLM_F,
  NLM_F_DUMP_INTR,
  NLMSG,
  parseNetlinkMessages,
  parseNetlinkVerdict,
} from '../netlink/nlmsg.ts';
import { setHostU16, setHostU32 } from '../octets/host.ts';
import { Malformed } from '../octets/malformed.ts';
import { errno, LINUX, libc, SystemError, succeed } from './libc.ts';

/** Netlink families (linux/netlink.h). */
export const NETLINK = { ROUTE: 0, XFRM: 6, NETFILTER: 12 } as const;

const ANSWER_WAIT_S = 10;
/** Room for the largest datagram the kernel sends in a dump, and to spare. */
const RECEIVE_LENGTH = 1 << 20;
/** Room for a batch that replaces the rules of ten thousand policies. */
const SEND_BUFFER_LENGTH = 64 << 20;
/** A dump that is interrupted as often is given up. */
const DUMP_TRIES = 10;
/** Of events that wait to be read: room for twenty thousand. */
const EVENT_BUFFER_LENGTH = 8 << 20;
const SOL_NETLINK = 270;
const ADD_MEMBERSHIP = 1;
const DROP_MEMBERSHIP = 2;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const { EAGAIN, EINTR, ENOBUFS } = os.constants.errno;
const DONE: NetlinkVerdict = { errno: 0, text: null };

interface Dump {
  readonly answers: NetlinkMessage[];
  /** Whether something may be missing in it, or be in it twice. */
  readonly interrupted: boolean;
}

export class NetlinkSocket {
  readonly #fd: number;
  readonly #received = new Uint8Array(RECEIVE_LENGTH);
  #sequence = 0;

  /** Opens a socket of one of {@link NETLINK}. Throws a `SystemError`. */
  constructor(family: number) {
    const type = LINUX.SOCK_RAW | LINUX.SOCK_CLOEXEC;
    this.#fd = succeed(libc.socket(LINUX.AF_NETLINK, type, family), 'open a netlink socket');
    const address = new Uint8Array(12);
    setHostU16(address, 0, LINUX.AF_NETLINK);
    succeed(libc.bind(this.#fd, address, address.length), 'bind a netlink socket');
    this.#setOption(SOL_NETLINK, NETLINK_CAP_ACK, hostInteger(1));
    this.#setOption(SOL_NETLINK, NETLINK_EXT_ACK, hostInteger(1));
    this.#setOption(LINUX.SOL_SOCKET, LINUX.SO_SNDBUFFORCE, hostInteger(SEND_BUFFER_LENGTH));
    const wait = new Uint8Array(16);
    setHostU32(wait, 0, ANSWER_WAIT_S);
    this.#setOption(LINUX.SOL_SOCKET, LINUX.SO_RCVTIMEO, wait);
  }

  /** Has one acknowledged request done. Throws a `SystemError` that says what `doing` failed at. */
  request(request: NetlinkRequest, doing: string): void {
    this.transact([request], doing);
  }

  /** Has one acknowledged request done and gives back the kernel's verdict, whatever it is. */
  ask(request: NetlinkRequest, doing: string): NetlinkVerdict {
    return this.#askTogether([request], doing)[0] ?? DONE;
  }

  /**
   * Has acknowledged requests done, in their order, and gives back the kernel's verdict on each.
   * One that is refused does not keep those behind it from being done. When this throws, any number
   * of them may have been done.
   */
  askAll(requests: readonly NetlinkRequest[], doing: string): NetlinkVerdict[] {
    return datagramsOf(requests).flatMap((some) => this.#askTogether(some, doing));
  }

  /**
   * Sends `requests` in one datagram and waits for the answer to the last that asks for one. Throws
   * the first error that the kernel reports for any of them.
   */
  transact(requests: readonly NetlinkRequest[], doing: string): void {
    const first = this.#sequence + 1;
    const last = this.#send(requests, doing);
    let failure: SystemError | undefined;
    for (;;) {
      for (const message of this.#receive(doing)) {
        if (message.sequence < first || message.type !== NLMSG.ERROR) continue;
        const verdict = parseNetlinkVerdict(message);
        if (verdict instanceof Malformed) throw new Error(`Cannot ${doing}: ${verdict}`);
        if (verdict.errno !== 0) failure ??= new SystemError(doing, verdict.errno, verdict.text);
        if (message.sequence === last || verdict.errno !== 0) {
          if (failure !== undefined) {
            this.#drain();
            throw failure;
          }
          return;
        }
      }
    }
  }

  /** Sends a request for one thing and gives back the message that tells of it. */
  query(request: NetlinkRequest, doing: string): NetlinkMessage {
    const sequence = this.#send([request], doing);
    for (;;) {
      for (const message of this.#receive(doing)) {
        if (message.sequence !== sequence) continue;
        if (message.type === NLMSG.ERROR) throw refusal(message, doing);
        return message;
      }
    }
  }

  /**
   * Sends a dump request and gives back every message of the dump. What changes while it is dumped
   * is dumped again.
   */
  dump(request: NetlinkRequest, doing: string): NetlinkMessage[] {
    for (let tries = 0; tries < DUMP_TRIES; tries++) {
      const { answers, interrupted } = this.#dumpOnce(request, doing);
      if (!interrupted) return answers;
      for (const { payload } of answers) payload.fill(0);
    }
    throw new SystemError(doing, EINTR, `it changed during each of ${DUMP_TRIES} attempts`);
  }

  /**
   * Sends a dump request and gives the messages of each datagram of the dump as views, which hold
   * until the next is asked for; then their octets are overwritten. Until the dump has ended the
   * socket is good for nothing else.
   */
  *stream(request: NetlinkRequest, doing: string): Generator<NetlinkMessage[]> {
    const sequence = this.#send([request], doing);
    for (let more = true; more; ) {
      const length = this.#receiveOctets(doing);
      const datagram = this.#received.subarray(0, length);
      try {
        const messages = messagesIn(datagram, doing).filter((it) => it.sequence === sequence);
        const refused = messages.find(({ type }) => type === NLMSG.ERROR);
        if (refused !== undefined) throw refusal(refused, doing);
        more = !messages.some(({ type }) => type === NLMSG.DONE);
        yield messages.filter(({ type }) => type !== NLMSG.DONE);
      } finally {
        datagram.fill(0);
      }
    }
  }

  /** To wait for, and for nothing else. */
  get fd(): number {
    return this.#fd;
  }

  /** Has the kernel tell what happens, by a multicast group of the family. Throws a `SystemError`. */
  join(group: number): void {
    this.#setOption(LINUX.SOL_SOCKET, LINUX.SO_RCVBUFFORCE, hostInteger(EVENT_BUFFER_LENGTH));
    const value = hostInteger(group);
    const joined = libc.setsockopt(this.#fd, SOL_NETLINK, ADD_MEMBERSHIP, value, value.length);
    succeed(joined, `join group ${group} of netlink`);
  }

  /** Has it tell no more. */
  leave(group: number): void {
    this.#setOption(SOL_NETLINK, DROP_MEMBERSHIP, hostInteger(group));
  }

  /**
   * The messages of the next datagram that nobody asked for, as views that hold until the next call;
   * `null` when none waits. Throws a `SystemError`: ENOBUFS once when some were lost.
   */
  told(doing: string): NetlinkMessage[] | null {
    const length = libc.recvInto(this.#fd, this.#received, RECEIVE_LENGTH, LINUX.MSG_DONTWAIT);
    if (length >= 0) return messagesIn(this.#received.subarray(0, length), doing);
    const failure = errno();
    if (failure === EAGAIN) return null;
    throw new SystemError(doing, failure);
  }

  /** Whether anything that nobody asked for waits; what, is thrown away. */
  wasTold(): boolean {
    let told = false;
    for (;;) {
      const length = libc.recvInto(this.#fd, this.#received, RECEIVE_LENGTH, LINUX.MSG_DONTWAIT);
      if (length < 0 && errno() !== ENOBUFS) return told;
      told = true;
    }
  }

  close(): void {
    libc.close(this.#fd);
  }

  /**
   * {@link askAll} in one datagram. The kernel has done them all when it is sent, and answers in
   * their order: whatever it refused, and the last, since only that asks for an acknowledgement.
   */
  #askTogether(requests: readonly NetlinkRequest[], doing: string): NetlinkVerdict[] {
    const verdicts = requests.map(() => DONE);
    const quiet = requests
      .slice(0, -1)
      .map(({ type, flags, payload }) => ({ type, flags: flags & ~NLM_F.ACK, payload }));
    const first = this.#sequence + 1;
    const last = this.#send([...quiet, ...requests.slice(-1)], doing);
    for (;;) {
      for (const message of this.#receive(doing)) {
        if (message.sequence < first || message.type !== NLMSG.ERROR) continue;
        const verdict = parseNetlinkVerdict(message);
        if (verdict instanceof Malformed) throw new Error(`Cannot ${doing}: ${verdict}`);
        verdicts[message.sequence - first] = verdict;
        if (message.sequence === last) return verdicts;
      }
    }
  }

  #dumpOnce(request: NetlinkRequest, doing: string): Dump {
    const sequence = this.#send([request], doing);
    const answers: NetlinkMessage[] = [];
    let interrupted = false;
    for (;;) {
      for (const message of this.#receiveCopy(doing)) {
        if (message.sequence !== sequence) continue;
        if ((message.flags & NLM_F_DUMP_INTR) !== 0) interrupted = true;
        if (message.type === NLMSG.DONE) return { answers, interrupted };
        if (message.type === NLMSG.ERROR) throw refusal(message, doing);
        answers.push(message);
      }
    }
  }

  /** Sends; returns the sequence number of the last request that asks for an acknowledgement. */
  #send(requests: readonly NetlinkRequest[], doing: string): number {
    const first = this.#sequence + 1;
    this.#sequence += requests.length;
    const last = requests.findLastIndex(({ flags }) => (flags & NLM_F.ACK) !== 0);
    const datagram = emitNetlinkMessages(requests, first);
    const sent = libc.send(this.#fd, datagram, datagram.length, 0);
    const failure = sent < 0 ? errno() : 0;
    // Requests for SAs hold keys.
    datagram.fill(0);
    if (failure !== 0) throw new SystemError(doing, failure);
    return requests.length === 1 ? first : first + last;
  }

  /** The messages of the next datagram, as views that hold until the one after it. */
  #receive(doing: string): NetlinkMessage[] {
    return messagesIn(this.#received.subarray(0, this.#receiveOctets(doing)), doing);
  }

  /** As {@link #receive}, with octets of their own; keys stay nowhere else. */
  #receiveCopy(doing: string): NetlinkMessage[] {
    const length = this.#receiveOctets(doing);
    const datagram = this.#received.slice(0, length);
    this.#received.fill(0, 0, length);
    return messagesIn(datagram, doing);
  }

  #receiveOctets(doing: string): number {
    const length = libc.recvInto(this.#fd, this.#received, RECEIVE_LENGTH, 0);
    if (length >= 0) return length;
    const failure = errno();
    // Answers were lost. Those that were not are of no use any more.
    if (failure === ENOBUFS) this.#drain();
    throw new SystemError(doing, failure);
  }

  /** Throws away what is left of the answers to a failure. */
  #drain(): void {
    while (libc.recvInto(this.#fd, this.#received, RECEIVE_LENGTH, LINUX.MSG_DONTWAIT) > 0);
  }

  #setOption(level: number, name: number, value: Uint8Array): void {
    libc.setsockopt(this.#fd, level, name, value, value.length);
  }
}

function messagesIn(datagram: Uint8Array, doing: string): NetlinkMessage[] {
  const messages = parseNetlinkMessages(datagram);
  if (messages instanceof Malformed) throw new Error(`Cannot ${doing}: ${messages}`);
  return messages;
}

function refusal(message: NetlinkMessage, doing: string): Error {
  const verdict = parseNetlinkVerdict(message);
  if (verdict instanceof Malformed) return new Error(`Cannot ${doing}: ${verdict}`);
  return new SystemError(doing, verdict.errno, verdict.text);
}

function hostInteger(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  setHostU32(octets, 0, value);
  return octets;
}
