/**
 * Telling that SAs are wanted, once for each until it is there, or has had its time to come: packets
 * that find none come in floods. Some of them wait for it (`held-packets.ts`).
 *
 * @module
 */
import type { Instant } from '../ipsec/backend.ts';
import type { Listener } from '../ipsec/databases.ts';
import type { DiscardTally } from '../ipsec/discard-reason.ts';
import { type BackendEvent, OVERRUN, type SaOutline } from '../ipsec/events.ts';
import type { Packet } from '../ipsec/packet.ts';
import type { Template } from '../ipsec/policy.ts';
import { type MessageSelector, OPAQUE, type Selector, type Traffic } from '../ipsec/selector.ts';
import type { SpdEntry } from '../ipsec/spd-entry.ts';
import { LARVAL_SECONDS } from '../ipsec/spi-request.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { ANY_PORT, onePort, type PortRange } from '../net/port-range.ts';
import { hostPrefix } from '../net/prefix.ts';
import { toHex } from '../octets/hex.ts';
import type { Offload } from '../wire/virtio-net.ts';
import { HeldPackets } from './held-packets.ts';

/** SAs that are wanted at a time: what an attacker's packets cost in memory. */
const MOST_WANTED = 4096;
const AGAIN_MS = LARVAL_SECONDS * 1000;

export class Acquires {
  /** When each SA was told of; the oldest first. */
  readonly #told = new Map<string, Instant>();
  readonly #held: HeldPackets;
  #listener: Listener | null = null;
  #full = false;
  /** What the last packet wanted; `null` when nobody was told of it. */
  #wanted: string | null = null;

  /** `discards` counts packets that waited for nothing. */
  constructor(discards: DiscardTally) {
    this.#held = new HeldPackets(discards);
  }

  /** The packets that wait for their SAs. */
  get held(): HeldPackets {
    return this.#held;
  }

  /**
   * Has `listener` told from now on, in the place of any other, and of what was told before, too; `null`
   * is nobody, and has nothing wait. Returns who is to be told of all other events.
   */
  watch(listener: Listener | null): Listener | null {
    this.#listener = listener;
    this.#told.clear();
    this.#held.clear();
    this.#full = false;
    if (listener === null) return null;
    return (event) => {
      this.#note(event);
      listener(event);
    };
  }

  /** Has the listener told that `template` of `entry` has no SA from one of `ends` to the other. */
  want(
    entry: SpdEntry,
    template: Template,
    ends: Template['endpoints'],
    traffic: Traffic,
    now: Instant,
  ): void {
    this.#wanted = null;
    const listener = this.#listener;
    if (listener === null) return;
    const local = addressAt(traffic, traffic.localAddressAt);
    const remote = addressAt(traffic, traffic.remoteAddressAt);
    const source = ends?.local ?? local;
    const destination = ends?.remote ?? remote;
    const { protocol, mode, reqid } = template;
    const key = keyOf({ protocol, mode, reqid, source, destination });
    this.#forgetOld(now);
    if (this.#told.has(key)) {
      this.#wanted = key;
      return;
    }
    if (this.#told.size >= MOST_WANTED) {
      if (!this.#full) listener(OVERRUN);
      this.#full = true;
      return;
    }
    this.#full = false;
    this.#told.set(key, now);
    this.#wanted = key;
    const { policy, index } = entry;
    const selector = selectorOf(traffic, local, remote);
    listener({ kind: 'acquire', source, destination, template, selector, policy, index });
  }

  /**
   * Has `packet`, for which an SA was {@link want}ed last, wait for it; `offload` is what the host left to be
   * done on it. `false` when nobody was told, and so nobody will bring it.
   */
  hold(packet: Packet, offload: Readonly<Offload> | null, now: Instant): boolean {
    const key = this.#wanted;
    const told = key === null ? undefined : this.#told.get(key);
    if (key === null || told === undefined) return false;
    this.#held.hold(key, packet, offload, now, told + AGAIN_MS);
    return true;
  }

  /** Takes note that an SA came: when it is gone, another one is wanted. */
  #note(event: BackendEvent): void {
    if (event.kind !== 'sa-added' && event.kind !== 'sa-updated') return;
    const { parameters } = event;
    // It serves those, too, that take any.
    for (const key of [keyOf(parameters), keyOf({ ...parameters, reqid: 0 })]) {
      this.#told.delete(key);
      this.#held.release(key);
    }
  }

  /** Those that had their time, and those of a clock that was set back. */
  #forgetOld(now: Instant): void {
    for (const [key, told] of this.#told) {
      if (told > now - AGAIN_MS && told <= now) return;
      this.#told.delete(key);
    }
  }
}

/** What is asked of an SA. */
function keyOf({ protocol, mode, reqid, source, destination }: Omit<SaOutline, 'spi'>): string {
  const ends = `${toHex(source.octets)} ${toHex(destination.octets)}`;
  return `${protocol} ${mode} ${reqid} ${ends}`;
}

function selectorOf(traffic: Traffic, source: IpAddress, destination: IpAddress): Selector {
  return {
    localAddress: hostPrefix(source),
    remoteAddress: hostPrefix(destination),
    nextLayerProtocol: shown(traffic.nextLayerProtocol) ?? 'any',
    localPort: portOf(traffic.localPort),
    remotePort: portOf(traffic.remotePort),
    message: messageOf(traffic),
    greKey: shown(traffic.greKey),
    securityContext: null,
  };
}

function messageOf({ messageType, messageCode }: Traffic): MessageSelector | null {
  return messageType === OPAQUE ? null : { type: messageType, code: shown(messageCode) };
}

/** `null` for what the packet does not show. */
function shown(value: number): number | null {
  return value === OPAQUE ? null : value;
}

function portOf(port: number): PortRange {
  return port === OPAQUE ? ANY_PORT : onePort(port);
}

function addressAt({ version, octets }: Traffic, at: number): IpAddress {
  return { version, octets: octets.slice(at, at + (version === 4 ? 4 : 16)) };
}
