/**
 * The kernel's SAD and SPD over one netlink socket: what they hold, and what is asked of them.
 *
 * What the kernel tells is kept as octets beside what they mean, so that it can be brought back as
 * it was, with attributes that we know nothing of.
 *
 * @module
 */
import os from 'node:os';
import type { NetlinkMessage, NetlinkRequest, NetlinkVerdict } from '../../netlink/nlmsg.ts';
import { XFRM_MSG } from '../../netlink/xfrm-constants.ts';
import { parseXfrmPolicy, type XfrmPolicy } from '../../netlink/xfrm-policy.ts';
import { dumpXfrmPolicies } from '../../netlink/xfrm-policy-request.ts';
import { parseXfrmSa, type XfrmSa, type XfrmSaId } from '../../netlink/xfrm-sa.ts';
import {
  allocateXfrmSpi,
  dumpXfrmSas,
  queryXfrmSa,
  type XfrmLarvalSa,
} from '../../netlink/xfrm-sa-request.ts';
import type { Parsed } from '../../octets/malformed.ts';
import { SystemError } from '../libc.ts';
import type { NetlinkSocket } from '../netlink-socket.ts';
import { isOfSpd, read } from './kernel-dump.ts';
import { explained, openXfrmSocket } from './xfrm-socket.ts';

const { EEXIST, ENOENT, ESRCH } = os.constants.errno;

/** What was to be added is there, what was to be deleted is not. */
const DONE_ALREADY: readonly number[] = [EEXIST, ENOENT, ESRCH];

/** An SA of the kernel, and what it told of it. */
export interface KnownSa {
  readonly sa: XfrmSa;
  readonly payload: Uint8Array;
}

/** A policy of the kernel, and what it told of it. */
export interface KnownPolicy {
  readonly policy: XfrmPolicy;
  readonly payload: Uint8Array;
}

export class KernelTables {
  readonly #socket: NetlinkSocket;
  /** Octets that hold keys. */
  readonly #secrets: Uint8Array[] = [];

  /** Throws a `SystemError`. */
  constructor() {
    this.#socket = openXfrmSocket();
  }

  /** Every SA, newest first. Throws a `SystemError`. */
  sas(): KnownSa[] {
    const messages = this.#dump(dumpXfrmSas(), 'list the SAs of the kernel');
    for (const { payload } of messages) this.#secrets.push(payload);
    return known(messages, XFRM_MSG.NEWSA, parseXfrmSa, pairSa);
  }

  /** The SA of that name; `undefined` when there is none. Throws a `SystemError`. */
  sa(id: XfrmSaId): KnownSa | undefined {
    try {
      const message = this.#socket.query(queryXfrmSa(id), 'look up an SA of the kernel');
      const payload = message.payload.slice();
      message.payload.fill(0);
      this.#secrets.push(payload);
      return known([{ ...message, payload }], XFRM_MSG.NEWSA, parseXfrmSa, pairSa)[0];
    } catch (error) {
      if (error instanceof SystemError && error.errno === ESRCH) return undefined;
      throw error;
    }
  }

  /** Reserves an SPI; gives back the larval SA that keeps it. Throws a `SystemError`. */
  allocateSpi(sa: XfrmLarvalSa, least: number, most: number): XfrmSa {
    const request = allocateXfrmSpi(sa, least, most);
    return read(this.#socket.query(request, 'allocate an SPI'), parseXfrmSa);
  }

  /** Every policy of the SPD, newest first; not those of sockets. Throws a `SystemError`. */
  policies(): KnownPolicy[] {
    const messages = this.#dump(dumpXfrmPolicies(), 'list the policies of the kernel');
    return known(messages, XFRM_MSG.NEWPOLICY, parseXfrmPolicy, (policy, payload) => ({
      policy,
      payload,
    })).filter(({ policy }) => isOfSpd(policy));
  }

  /** Has the kernel do something and gives back its verdict; the request's octets become zeros. */
  ask(request: NetlinkRequest): NetlinkVerdict {
    try {
      return this.#socket.ask(request, 'change the SAs and policies of the kernel');
    } finally {
      request.payload.fill(0);
    }
  }

  /**
   * As {@link ask} for each of `requests`, sent together: one that is refused does not keep those
   * behind it from being done. When this throws, any number of them may have been done.
   */
  askAll(requests: readonly NetlinkRequest[]): NetlinkVerdict[] {
    try {
      return this.#socket.askAll(requests, 'change the SAs and policies of the kernel');
    } finally {
      for (const { payload } of requests) payload.fill(0);
    }
  }

  /** As {@link askAll}; how many are not as asked now, be it that somebody else did them. */
  undoAll(requests: readonly NetlinkRequest[]): number {
    const verdicts = this.askAll(requests);
    return verdicts.filter(({ errno }) => errno !== 0 && !DONE_ALREADY.includes(errno)).length;
  }

  /** Overwrites every key that the kernel told of: what {@link sas} gave is void from then on. */
  forget(): void {
    for (const octets of this.#secrets.splice(0)) octets.fill(0);
  }

  close(): void {
    this.forget();
    this.#socket.close();
  }

  #dump(request: NetlinkRequest, doing: string): NetlinkMessage[] {
    try {
      return this.#socket.dump(request, doing);
    } catch (error) {
      throw explained(error, doing);
    }
  }
}

function pairSa(sa: XfrmSa, payload: Uint8Array): KnownSa {
  return { sa, payload };
}

function known<T, K>(
  messages: readonly NetlinkMessage[],
  type: number,
  parse: (payload: Uint8Array) => Parsed<T>,
  pair: (value: T, payload: Uint8Array) => K,
): K[] {
  return messages.flatMap((message) => {
    if (message.type !== type) return [];
    return [pair(read(message, parse), message.payload)];
  });
}
