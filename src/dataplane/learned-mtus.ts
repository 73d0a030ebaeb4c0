/**
 * Path MTUs that routers told (RFC 1191, RFC 8201): to which destinations the way is narrower than
 * its first link, and since when that is known.
 *
 * What is learned only lowers, never below what every path must carry, and is forgotten after a
 * while: the way may have become wider.
 *
 * @module
 */

import type { Instant } from '../ipsec/backend.ts';
import { addressKey, addressStandsAt, type IpAddress, ipAddressAt } from '../net/ip-address.ts';
import { IPV6_LEAST_MTU } from '../wire/ipv6.ts';

/** When to try again what was too large once (RFC 1191 §6.3, RFC 8201 §4). */
const AGE_MS = 10 * 60 * 1000;
/** A bound on remembered destinations: the one that was learned first makes room. */
const MOST_PATHS = 10_000;
/**
 * What every host takes (RFC 791 §3.1): whoever forges an error shall not make packets tiny
 * (RFC 4301 §8.2).
 */
const IPV4_LEAST_MTU = 576;
/** Where nothing was learned. */
const UNBOUNDED = 0xffff;

interface LearnedPath {
  readonly destination: IpAddress;
  readonly mtu: number;
  /** When it is to be forgotten. */
  readonly until: Instant;
}

export class LearnedMtus {
  /** By a number that several destinations may share: the last one stays. Oldest first. */
  readonly #paths = new Map<number, LearnedPath>();

  /** How many destinations something was learned about. */
  get size(): number {
    return this.#paths.size;
  }

  /**
   * Notes that packets to the address of `version` at `destinationAt` must not be longer than `mtu`
   * octets. What is longer than known says nothing new.
   */
  learn(
    version: 4 | 6,
    octets: Uint8Array,
    destinationAt: number,
    mtu: number,
    now: Instant,
  ): void {
    const paths = this.#paths;
    // No link of IPv6 is so narrow (RFC 8201 §4).
    if (version === 6 && mtu < IPV6_LEAST_MTU) return;
    const told = Math.max(mtu, IPV4_LEAST_MTU);
    if (told > this.towards(version, octets, destinationAt, now)) return;
    const key = addressKey(version, octets, destinationAt);
    paths.delete(key);
    if (paths.size >= MOST_PATHS) {
      for (const oldest of paths.keys()) {
        paths.delete(oldest);
        break;
      }
    }
    const destination = ipAddressAt(version, octets, destinationAt);
    paths.set(key, { destination, mtu: told, until: now + AGE_MS });
  }

  /** The longest packet, in octets, that got there as far as is known; 65535 where nothing is. */
  towards(version: 4 | 6, octets: Uint8Array, destinationAt: number, now: Instant): number {
    if (this.#paths.size === 0) return UNBOUNDED;
    const key = addressKey(version, octets, destinationAt);
    const path = this.#paths.get(key);
    if (
      path === undefined ||
      path.destination.version !== version ||
      !addressStandsAt(path.destination, octets, destinationAt)
    ) {
      return UNBOUNDED;
    }
    if (now < path.until) return path.mtu;
    this.#paths.delete(key);
    return UNBOUNDED;
  }
}
