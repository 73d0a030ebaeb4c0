/**
 * Telling that SAs are wanted, once for each while one may be on its way: packets that find none come
 * in floods.
 *
 * @module
 */
import type { Instant } from '../ipsec/backend.ts';
import type { Listener } from '../ipsec/databases.ts';
import { OVERRUN } from '../ipsec/events.ts';
import type { Template } from '../ipsec/policy.ts';
import { type MessageSelector, OPAQUE, type Selector, type Traffic } from '../ipsec/selector.ts';
import type { SpdEntry } from '../ipsec/spd-entry.ts';
import { LARVAL_SECONDS } from '../ipsec/spi-request.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { ANY_PORT, onePort, type PortRange } from '../net/port-range.ts';
import { hostPrefix } from '../net/prefix.ts';
import { toHex } from '../octets/hex.ts';

/** Pairs of hosts that SAs are wanted for at a time: what an attacker's packets cost in memory. */
const MOST_WANTED = 4096;
const AGAIN_MS = LARVAL_SECONDS * 1000;

export class Acquires {
  /** When each was told; the oldest first. */
  readonly #told = new Map<string, Instant>();
  #full = false;

  /** Has `listener` told that `template` of `entry` has no SA for `traffic`. */
  want(
    entry: SpdEntry,
    template: Template,
    traffic: Traffic,
    now: Instant,
    listener: Listener,
  ): void {
    const source = addressAt(traffic, traffic.localAddressAt);
    const destination = addressAt(traffic, traffic.remoteAddressAt);
    const { protocol, mode, reqid } = template;
    const ends = `${toHex(source.octets)} ${toHex(destination.octets)}`;
    const key = `${entry.index} ${protocol} ${mode} ${reqid} ${ends}`;
    this.#forgetBefore(now - AGAIN_MS);
    if (this.#told.has(key)) return;
    if (this.#told.size >= MOST_WANTED) {
      if (!this.#full) listener(OVERRUN);
      this.#full = true;
      return;
    }
    this.#full = false;
    this.#told.set(key, now);
    const { policy, index } = entry;
    listener({
      kind: 'acquire',
      source: template.endpoints?.local ?? source,
      destination: template.endpoints?.remote ?? destination,
      template,
      selector: selectorOf(traffic, source, destination),
      policy,
      index,
    });
  }

  #forgetBefore(instant: Instant): void {
    for (const [key, told] of this.#told) {
      if (told > instant) return;
      this.#told.delete(key);
    }
  }
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
