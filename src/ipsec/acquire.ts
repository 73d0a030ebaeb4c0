/**
 * Acquire events: a policy protects a packet, no SA serves, and whoever negotiates SAs should hear of
 * it (RFC 4301 §4.5.2, §5.1; the ACQUIRE message of RFC 2367 §3.1.6).
 *
 * A sender that tries again and again, or tries every address, must not keep the listener busy: it
 * hears of each policy and pair of addresses once in a while, and of so many in that time at most.
 *
 * @module
 */
import { addressBits } from '../net/prefix.ts';
import { toHex } from '../octets/hex.ts';
import type { Instant } from './backend.ts';
import type { Policy } from './policy.ts';
import type { Traffic } from './selector.ts';
import type { SpdEntry } from './spd.ts';

/**
 * Hears that no SA serves the template of `policy` at place `template`, counted from 0, for packets
 * like `traffic`, which is valid during the call alone.
 */
export type AcquireListener = (
  policy: Policy,
  template: number,
  traffic: Readonly<Traffic>,
) => void;

/** Between two events about the same policy and addresses. */
const PAUSE_MS = 1000;
/** Events that one pause has room for. */
const MOST_EVENTS = 1024;

export class Acquires {
  readonly #listener: AcquireListener;
  /** When each policy and pair was told of; the oldest first. */
  readonly #told = new Map<string, Instant>();

  constructor(listener: AcquireListener) {
    this.#listener = listener;
  }

  /** Tells the listener, unless it was told lately. */
  tell(entry: SpdEntry, template: number, traffic: Traffic, now: Instant): void {
    this.#forget(now);
    const name = nameOf(entry, traffic);
    if (this.#told.has(name) || this.#told.size === MOST_EVENTS) return;
    this.#told.set(name, now);
    this.#listener(entry.policy, template, traffic);
  }

  /** A clock that was set back ends the pauses, too. */
  #forget(now: Instant): void {
    for (const [name, told] of this.#told) {
      if (told <= now && now - told < PAUSE_MS) break;
      this.#told.delete(name);
    }
  }
}

function nameOf(
  { index }: SpdEntry,
  { version, octets, localAddressAt, remoteAddressAt }: Traffic,
): string {
  const length = addressBits(version) / 8;
  const local = toHex(octets.subarray(localAddressAt, localAddressAt + length));
  const remote = toHex(octets.subarray(remoteAddressAt, remoteAddressAt + length));
  return `${index} ${local} ${remote}`;
}
