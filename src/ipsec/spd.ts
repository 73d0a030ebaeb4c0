/**
 * The SPD (RFC 4301 §4.4.1): an ordered list for each direction; the first entry that matches a
 * packet decides.
 *
 * @module
 */
import type { Instant, PolicyRecord } from './backend.ts';
import type { Policy, PolicyId } from './policy.ts';
import {
  type Direction,
  sameSelector,
  selectorMatches,
  selectorMatchesButPorts,
  type Traffic,
} from './selector.ts';

/** An entry with what the SPD itself knows of it. */
export class SpdEntry {
  readonly policy: Policy;
  readonly index: number;
  readonly #addedAt: Instant;
  #usedAt: Instant | null = null;

  constructor(policy: Policy, index: number, now: Instant) {
    this.policy = policy;
    this.index = index;
    this.#addedAt = now;
  }

  /** Notes that a packet met the entry. */
  use(now: Instant): void {
    this.#usedAt = now;
  }

  record(): PolicyRecord {
    return {
      policy: this.policy,
      index: this.index,
      addedAt: this.#addedAt,
      usedAt: this.#usedAt,
    };
  }
}

export class Spd {
  /** In order of precedence, for each direction. */
  readonly #entries: Record<Direction, SpdEntry[]>;

  constructor(entries: Iterable<SpdEntry> = []) {
    this.#entries = { outbound: [], inbound: [], forward: [] };
    for (const entry of entries) this.#entries[entry.policy.direction].push(entry);
  }

  /** Every entry: outbound, inbound, forward, and within each in order of precedence. */
  get all(): SpdEntry[] {
    const { outbound, inbound, forward } = this.#entries;
    return [...outbound, ...inbound, ...forward];
  }

  /** Adds an entry behind those of the same priority. */
  add(entry: SpdEntry): void {
    const list = this.#entries[entry.policy.direction];
    let place = list.length;
    while (place > 0 && (list[place - 1]?.policy.priority ?? 0) > entry.policy.priority) place--;
    list.splice(place, 0, entry);
  }

  remove(entry: SpdEntry): void {
    const list = this.#entries[entry.policy.direction];
    list.splice(list.indexOf(entry), 1);
  }

  /** The entry of that direction and selector. */
  find({ direction, selector }: PolicyId): SpdEntry | undefined {
    return this.#entries[direction].find((entry) => sameSelector(entry.policy.selector, selector));
  }

  /**
   * The entry that decides about `traffic`. `hidden` when the packet does not show its ports and an
   * entry that does not let it pass may be about them: such a packet must not slip by (RFC 4301 §7).
   */
  lookup(direction: Direction, traffic: Traffic): SpdEntry | 'hidden' | undefined {
    for (const entry of this.#entries[direction]) {
      const { selector, action } = entry.policy;
      if (selectorMatches(selector, traffic)) return entry;
      if (
        traffic.hidesPorts &&
        action.kind !== 'bypass' &&
        selectorMatchesButPorts(selector, traffic)
      ) {
        return 'hidden';
      }
    }
    return undefined;
  }
}
