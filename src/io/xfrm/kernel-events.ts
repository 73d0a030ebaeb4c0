/**
 * What the kernel tells of while it happens: the multicast groups of NETLINK_XFRM.
 *
 * @module
 */
import type { Instant, SaRecord } from '../../ipsec/backend.ts';
import type { BackendEvent, EventStream } from '../../ipsec/events.ts';
import { OVERRUN } from '../../ipsec/events.ts';
import type { NetlinkMessage } from '../../netlink/nlmsg.ts';
import { IPSEC_PROTO_ANY, XFRMNLGRP } from '../../netlink/xfrm-constants.ts';
import { parseXfrmEvent, type XfrmEvent } from '../../netlink/xfrm-event.ts';
import type { XfrmSa } from '../../netlink/xfrm-sa.ts';
import { Malformed } from '../../octets/malformed.ts';
import { now } from '../clock.ts';
import type { NetlinkSocket } from '../netlink-socket.ts';
import { NetlinkStream } from '../netlink-stream.ts';
import {
  acquireFromKernel,
  policyFromKernel,
  protocolFromKernel,
  saFromKernel,
} from './from-kernel.ts';
import { isOfSpd } from './kernel-dump.ts';

const GROUPS = [XFRMNLGRP.ACQUIRE, XFRMNLGRP.EXPIRE, XFRMNLGRP.SA, XFRMNLGRP.POLICY];

export class KernelEvents implements EventStream {
  readonly #stream: NetlinkStream;

  /** Tells from now on what `socket` is told, and closes it in the end. Throws a `SystemError`. */
  constructor(socket: NetlinkSocket) {
    this.#stream = new NetlinkStream(socket, GROUPS, 'watch the SAs and policies of the kernel');
  }

  close(): void {
    this.#stream.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<BackendEvent> {
    for await (const messages of this.#stream) {
      if (messages === null) yield OVERRUN;
      else yield* messages.flatMap((message) => eventOf(message) ?? []);
    }
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
      // A new one is told as it came, however late that is read.
      const isNew = told.kind === 'new-sa';
      const record = keyless(told.sa, isNew ? told.sa.usage.addTime * 1000 : instant);
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
