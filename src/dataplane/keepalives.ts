/**
 * NAT keepalives (RFC 3948 §2.3, §4): a datagram of one octet to a peer of ESP in UDP that was sent
 * nothing for a while, so that a NAT on the way does not forget who talks to whom.
 *
 * Whether there is a NAT, nobody tells who keys by hand; that ESP goes in UDP says that there may be. A
 * peer that was never sent anything gets one at once: behind a NAT, a host can be talked to only after it
 * has spoken.
 *
 * @module
 */
import type { Instant } from '../ipsec/backend.ts';
import type { Packet } from '../ipsec/packet.ts';
import type { Sa } from '../ipsec/sa.ts';
import type { UdpEnd } from '../ipsec/sa-parameters.ts';
import type { Sad } from '../ipsec/sad.ts';
import { formatIpAddress } from '../net/ip-address.ts';
import { KEEPALIVE } from '../wire/esp-in-udp.ts';
import { makeUdpPacket } from './udp-packet.ts';

/** SAs, or peers, looked at before packets have their turn: some tens of microseconds. */
const SLICE = 256;
/** How late a keepalive may be. */
const PASS_MS = 1000;
const NEVER = Number.NEGATIVE_INFINITY;

/** Two ends of ESP in UDP, and when something was last sent from one to the other. */
interface Path {
  readonly name: string;
  readonly source: UdpEnd;
  readonly destination: UdpEnd;
  lastSent: Instant;
  /** The last pass that found an SA for it. */
  pass: number;
}

/** Sends a keepalive from `source`, if that is this host's. */
type SendKeepalive = (source: UdpEnd, destination: UdpEnd) => void;

export class Keepalives {
  readonly #idleMs: number;
  readonly #send: SendKeepalive;
  readonly #paths = new Map<string, Path>();
  readonly #pathOf = new WeakMap<Sa, Path>();
  #sad: Sad | null = null;
  #pass: Iterator<void> | null = null;
  #passes = 0;
  #nextPassAt: Instant = NEVER;

  /** Has `send` called for paths that carried nothing for `idleMs`; for none when that is 0. */
  constructor(idleMs: number, send: SendKeepalive) {
    this.#idleMs = idleMs;
    this.#send = send;
  }

  /** Looks at some SAs of `sad` when it is time; returns whether there are more to look at now. */
  look(sad: Sad, now: Instant): boolean {
    if (this.#idleMs === 0) return false;
    if (this.#pass === null || sad !== this.#sad) {
      if (now < this.#nextPassAt) return false;
      this.#sad = sad;
      this.#pass = this.#begin(sad, now);
    }
    for (let looked = 0; looked < SLICE; looked++) {
      if (this.#pass.next().done !== true) continue;
      this.#pass = null;
      this.#nextPassAt = now + PASS_MS;
      return false;
    }
    return true;
  }

  /** Finds out when each path last carried something, then sends; a step for each SA and each path. */
  *#begin(sad: Sad, now: Instant): Generator<void, void, undefined> {
    this.#passes += 1;
    for (const sa of sad.inUdp()) {
      yield;
      if (sa.stateAt(now) === 'dead') continue;
      const path = this.#pathFor(sa);
      this.#paths.set(path.name, path);
      path.pass = this.#passes;
      path.lastSent = Math.max(path.lastSent, sa.usedAt ?? NEVER);
    }
    for (const [name, path] of this.#paths) {
      yield;
      if (path.pass !== this.#passes) {
        this.#paths.delete(name);
      } else if (now - path.lastSent >= this.#idleMs) {
        path.lastSent = now;
        this.#send(path.source, path.destination);
      }
    }
  }

  #pathFor(sa: Sa): Path {
    const known = this.#pathOf.get(sa);
    if (known !== undefined) return known;
    const { source, destination } = endsOf(sa);
    const name = `${nameOf(source)} ${nameOf(destination)}`;
    const path = this.#paths.get(name) ?? { name, source, destination, lastSent: NEVER, pass: 0 };
    this.#pathOf.set(sa, path);
    return path;
  }
}

/** Makes a keepalive at `packet.at`, where there is room for it. */
export function makeKeepalive(source: UdpEnd, destination: UdpEnd, packet: Packet): void {
  // The ports are those of ESP, and under IPv4 there need be no checksum (RFC 3948 §2.3).
  makeUdpPacket(source, destination, KEEPALIVE, packet, false);
}

function endsOf({ parameters }: Sa): { readonly source: UdpEnd; readonly destination: UdpEnd } {
  const { encapsulation, source, destination } = parameters;
  if (encapsulation === null) throw new Error('Bug: an SA whose ESP does not go in UDP');
  return {
    source: { address: source, port: encapsulation.sourcePort },
    destination: { address: destination, port: encapsulation.destinationPort },
  };
}

function nameOf({ address, port }: UdpEnd): string {
  return `${formatIpAddress(address)} ${port}`;
}
