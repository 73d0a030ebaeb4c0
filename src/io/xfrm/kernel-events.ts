/**
 * What the kernel tells of while it happens: the multicast groups of NETLINK_XFRM.
 *
 * Node has no handle for a netlink socket. A thread of its pool waits for it by poll(2) while this
 * one goes on, and a bell ends that: each stream that is read takes one of the pool's threads.
 *
 * @module
 */
import os from 'node:os';
import type { Instant, SaRecord } from '../../ipsec/backend.ts';
import type { BackendEvent, EventStream } from '../../ipsec/events.ts';
import { OVERRUN } from '../../ipsec/events.ts';
import type { NetlinkMessage } from '../../netlink/nlmsg.ts';
import { IPSEC_PROTO_ANY, XFRMNLGRP } from '../../netlink/xfrm-constants.ts';
import { parseXfrmEvent, type XfrmEvent } from '../../netlink/xfrm-event.ts';
import type { XfrmSa } from '../../netlink/xfrm-sa.ts';
import { Malformed } from '../../octets/malformed.ts';
import { now } from '../clock.ts';
import { SystemError } from '../libc.ts';
import type { NetlinkSocket } from '../netlink-socket.ts';
import { closeBell, newBell, ring, Waiter } from '../wait.ts';
import {
  acquireFromKernel,
  policyFromKernel,
  protocolFromKernel,
  saFromKernel,
} from './from-kernel.ts';
import { isOfSpd } from './kernel-dump.ts';

const { ENOBUFS } = os.constants.errno;
const GROUPS = [XFRMNLGRP.ACQUIRE, XFRMNLGRP.EXPIRE, XFRMNLGRP.SA, XFRMNLGRP.POLICY];
const DOING = 'watch the SAs and policies of the kernel';

export class KernelEvents implements EventStream {
  readonly #socket: NetlinkSocket;
  readonly #bell = newBell();
  #waiting = false;
  #closed = false;

  /** Tells from now on what `socket` is told, and closes it in the end. Throws a `SystemError`. */
  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
    for (const group of GROUPS) socket.join(group);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // The descriptors are not closed under the thread that waits for them.
    if (this.#waiting) ring(this.#bell);
    else this.#release();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<BackendEvent> {
    const waiter = new Waiter([this.#socket.fd, this.#bell]);
    try {
      while (!this.#closed) {
        const events = this.#next();
        if (events !== null) yield* events;
        else await this.#wait(waiter);
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

  /** What the next datagram tells; `null` when there is none. */
  #next(): BackendEvent[] | null {
    try {
      return this.#socket.told(DOING)?.flatMap((message) => eventOf(message) ?? []) ?? null;
    } catch (error) {
      if (error instanceof SystemError && error.errno === ENOBUFS) return [OVERRUN];
      throw error;
    }
  }

  #release(): void {
    this.#socket.close();
    closeBell(this.#bell);
  }
}

/** `null` for what is none of ours to tell of. */
function eventOf(message: NetlinkMessage): BackendEvent | null {
  const told = parseXfrmEvent(message);
  if (told instanceof Malformed) throw new Error(`Cannot read what the kernel tells: ${told}`);
  // Notifications of SAs hold keys; what is told on holds none.
  const event = eventFromKernel(told, now());
  message.payload.fill(0);
  return event;
}

const SA_EVENTS = {
  'new-sa': 'sa-added',
  'updated-sa': 'sa-updated',
  'deleted-sa': 'sa-deleted',
} as const;

const POLICY_EVENTS = {
  'new-policy': 'policy-added',
  'updated-policy': 'policy-updated',
  'deleted-policy': 'policy-deleted',
} as const;

function eventFromKernel(told: XfrmEvent, instant: Instant): BackendEvent | null {
  switch (told.kind) {
    case 'new-sa':
    case 'updated-sa':
    case 'deleted-sa': {
      const record = keyless(told.sa, instant);
      return record && { kind: SA_EVENTS[told.kind], ...record };
    }
    case 'expired-sa': {
      const record = keyless(told.sa, instant);
      if (record === null) return null;
      return told.hard
        ? { kind: 'sa-expired', limit: 'hard', ...record, state: 'dead' }
        : { kind: 'sa-expired', limit: 'soft', ...record, state: 'dying' };
    }
    case 'flushed-sas': {
      if (told.protocol === IPSEC_PROTO_ANY || told.protocol === 0) {
        return { kind: 'sas-flushed', protocol: null };
      }
      const protocol = protocolFromKernel(told.protocol);
      return protocol && { kind: 'sas-flushed', protocol };
    }
    case 'new-policy':
    case 'updated-policy':
    case 'deleted-policy': {
      const record = isOfSpd(told.policy) ? policyFromKernel(told.policy) : null;
      if (record === null) return null;
      return { kind: POLICY_EVENTS[told.kind], ...record };
    }
    case 'expired-policy': {
      const record = isOfSpd(told.policy) ? policyFromKernel(told.policy) : null;
      return record && { kind: 'policy-expired', limit: told.hard ? 'hard' : 'soft', ...record };
    }
    case 'flushed-policies':
      return { kind: 'policies-flushed' };
    case 'acquire':
      return acquireFromKernel(told.acquire);
    default:
      return null;
  }
}

/** `sa` as a record whose keys are zeros. */
function keyless(sa: XfrmSa, instant: Instant): SaRecord | null {
  for (const algorithm of [sa.encryption, sa.integrity, sa.aead]) algorithm?.key.fill(0);
  return saFromKernel(sa, instant);
}
