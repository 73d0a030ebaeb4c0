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
  selectorKey,
  selectorMatches,
  selectorMatchesButPorts,
  type Traffic,
} from './selector.ts';

/** An entry with what the SPD itself knows of it. */
export class SpdEntry {
  readonly policy: Policy;
  readonly index: number;
  /** Direction and selector, as a text. */
  readonly name: string;
  readonly #addedAt: Instant;
  #usedAt: Instant | null = null;

  constructor(policy: Policy, index: number, now: Instant) {
    this.policy = policy;
    this.index = index;
    this.name = nameOf(policy);
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

/** The entries of one direction. */
class SpdList {
  /** The oldest first. */
  readonly entries = new Set<SpdEntry>();
  #ordered: readonly SpdEntry[] | null = [];

  add(entry: SpdEntry): void {
    this.entries.add(entry);
    this.#ordered = null;
  }

  remove(entry: SpdEntry): void {
    this.entries.delete(entry);
    this.#ordered = null;
  }

  /** In order of precedence; of one priority the oldest first. Worked out once for many changes. */
  get ordered(): readonly SpdEntry[] {
    this.#ordered ??= [...this.entries].sort((a, b) => a.policy.priority - b.policy.priority);
    return this.#ordered;
  }
}

export class Spd {
  readonly #lists: Readonly<Record<Direction, SpdList>> = {
    outbound: new SpdList(),
    inbound: new SpdList(),
    forward: new SpdList(),
  };
  readonly #byName = new Map<string, SpdEntry>();

  /** `entries` of one priority are given with the oldest first. */
  constructor(entries: Iterable<SpdEntry> = []) {
    for (const entry of entries) this.add(entry);
  }

  /** Every entry: outbound, inbound, forward, and within each in order of precedence. */
  get all(): SpdEntry[] {
    const { outbound, inbound, forward } = this.#lists;
    return [...outbound.ordered, ...inbound.ordered, ...forward.ordered];
  }

  /** Adds an entry behind those of the same priority. */
  add(entry: SpdEntry): void {
    this.#lists[entry.policy.direction].add(entry);
    this.#byName.set(entry.name, entry);
  }

  remove(entry: SpdEntry): void {
    this.#lists[entry.policy.direction].remove(entry);
    if (this.#byName.get(entry.name) === entry) this.#byName.delete(entry.name);
  }

  /** The entry of that direction and selector. */
  find(id: PolicyId): SpdEntry | undefined {
    return this.#byName.get(nameOf(id));
  }

  /**
   * The entry that decides about `traffic`. `hidden` when the packet does not show its ports and an
   * entry that does not let it pass may be about them: such a packet must not slip by (RFC 4301 §7).
   */
  lookup(direction: Direction, traffic: Traffic): SpdEntry | 'hidden' | undefined {
    for (const entry of this.#lists[direction].ordered) {
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

function nameOf({ direction, selector }: PolicyId): string {
  return `${direction} ${selectorKey(selector)}`;
}
