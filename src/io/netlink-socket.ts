/**
 * A netlink socket: requests to the kernel and its answers, one after the other.
 *
 * Calls wait for the kernel, which answers within microseconds; none waits longer than
 * {@link ANSWER_WAIT_S}.
 *
 * @module
 */

import { concatenate } from '../netlink/attribute.ts';
import {
  emitNetlinkMessage,
  type NetlinkMessage,
  type NetlinkRequest,
  type NetlinkVerdict,
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
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;

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
    const sequence = this.#send([request], doing);
    for (;;) {
      for (const message of this.#receive(doing)) {
        if (message.sequence !== sequence || message.type !== NLMSG.ERROR) continue;
        const verdict = parseNetlinkVerdict(message);
        if (verdict instanceof Malformed) throw new Error(`Cannot ${doing}: ${verdict}`);
        return verdict;
      }
    }
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

  /** Sends a dump request and gives back every message of the dump. */
  dump(request: NetlinkRequest, doing: string): NetlinkMessage[] {
    const sequence = this.#send([request], doing);
    const answers: NetlinkMessage[] = [];
    for (;;) {
      for (const message of this.#receive(doing)) {
        if (message.sequence !== sequence) continue;
        if (message.type === NLMSG.DONE) return answers;
        if (message.type === NLMSG.ERROR) throw refusal(message, doing);
        answers.push({ ...message, payload: message.payload.slice() });
        // Dumps of SAs hold keys.
        message.payload.fill(0);
      }
    }
  }

  close(): void {
    libc.close(this.#fd);
  }

  /** Sends; returns the sequence number of the last request that asks for an acknowledgement. */
  #send(requests: readonly NetlinkRequest[], doing: string): number {
    const NLM_F_ACK = 0x4;
    let last = 0;
    const messages = requests.map((request) => {
      this.#sequence += 1;
      if ((request.flags & NLM_F_ACK) !== 0 || requests.length === 1) last = this.#sequence;
      return emitNetlinkMessage(request, this.#sequence);
    });
    const datagram = concatenate(messages);
    const sent = libc.send(this.#fd, datagram, datagram.length, 0);
    const failure = sent < 0 ? errno() : 0;
    // Requests for SAs hold keys.
    for (const octets of [datagram, ...messages]) octets.fill(0);
    if (failure !== 0) throw new SystemError(doing, failure);
    return last;
  }

  #receive(doing: string): NetlinkMessage[] {
    const length = libc.recvInto(this.#fd, this.#received, RECEIVE_LENGTH, 0);
    if (length < 0) throw new SystemError(doing, errno());
    const messages = parseNetlinkMessages(this.#received.subarray(0, length));
    if (messages instanceof Malformed) throw new Error(`Cannot ${doing}: ${messages}`);
    return messages;
  }

  /** Throws away what is left of the answers to a failed transaction. */
  #drain(): void {
    while (libc.recvInto(this.#fd, this.#received, RECEIVE_LENGTH, LINUX.MSG_DONTWAIT) > 0);
  }

  #setOption(level: number, name: number, value: Uint8Array): void {
    libc.setsockopt(this.#fd, level, name, value, value.length);
  }
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
