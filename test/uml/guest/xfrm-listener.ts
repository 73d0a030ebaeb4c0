/**
 * A netlink socket that hears every multicast group of NETLINK_XFRM.
 *
 * @module
 */
import { errno, LINUX, libc, SystemError, succeed } from '../../../src/io/libc.ts';
import { NETLINK } from '../../../src/io/netlink-socket.ts';
import { type NetlinkMessage, parseNetlinkMessages } from '../../../src/netlink/nlmsg.ts';
import { XFRMNLGRP } from '../../../src/netlink/xfrm-constants.ts';
import { parseXfrmEvent, type XfrmEvent } from '../../../src/netlink/xfrm-event.ts';
import { setHostU16, setHostU32 } from '../../../src/octets/host.ts';
import { Malformed } from '../../../src/octets/malformed.ts';

const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;
/** Room for the largest datagram of a multicast group. */
const RECEIVE_LENGTH = 1 << 16;
const PATIENCE_S = 20;

export class XfrmListener {
  readonly #fd: number;
  #queue: NetlinkMessage[] = [];

  constructor() {
    const type = LINUX.SOCK_RAW | LINUX.SOCK_CLOEXEC;
    this.#fd = succeed(libc.socket(LINUX.AF_NETLINK, type, NETLINK.XFRM), 'open a socket');
    const address = new Uint8Array(12);
    setHostU16(address, 0, LINUX.AF_NETLINK);
    succeed(libc.bind(this.#fd, address, address.length), 'bind a socket');
    for (const group of Object.values(XFRMNLGRP)) {
      this.#setOption(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, Uint32Array.of(group));
    }
    const patience = new Uint8Array(16);
    setHostU32(patience, 0, PATIENCE_S);
    succeed(
      libc.setsockopt(this.#fd, LINUX.SOL_SOCKET, LINUX.SO_RCVTIMEO, patience, 16),
      'set a time limit',
    );
  }

  /** The next message; waits for it. */
  message(): NetlinkMessage {
    for (;;) {
      const message = this.#queue.shift();
      if (message !== undefined) return message;
      const octets = new Uint8Array(RECEIVE_LENGTH);
      const length = libc.recvInto(this.#fd, octets, RECEIVE_LENGTH, 0);
      if (length < 0) throw new SystemError('hear of an event', errno());
      const messages = parseNetlinkMessages(octets.subarray(0, length));
      if (messages instanceof Malformed) throw new Error(String(messages));
      this.#queue = messages;
    }
  }

  /** The next event; waits for it. */
  event(): XfrmEvent {
    const event = parseXfrmEvent(this.message());
    if (event instanceof Malformed) throw new Error(String(event));
    return event;
  }

  /** The next event of `kind`; passes over others. */
  eventOf<K extends XfrmEvent['kind']>(kind: K): XfrmEvent & { readonly kind: K } {
    for (;;) {
      const event = this.event();
      if (event.kind === kind) return event as XfrmEvent & { readonly kind: K };
    }
  }

  close(): void {
    libc.close(this.#fd);
  }

  #setOption(level: number, name: number, value: Uint32Array): void {
    const octets = new Uint8Array(value.buffer);
    succeed(libc.setsockopt(this.#fd, level, name, octets, octets.length), 'join a group');
  }
}
