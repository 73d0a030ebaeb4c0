/**
 * The SPD (RFC 4301 §4.4.1): an ordered list for each direction; the first entry that matches a
 * packet decides.
 *
 * @module
 */
import { AddressIndex } from './address-index.ts';
import { AgedIndex } from './aged-index.ts';
import { FlowCache, type SpdAnswer, UNKNOWN_FLOW } from './flow-cache.ts';
import type { Policy, PolicyId } from './policy.ts';
import { type Direction, type SelectorAddresses, selectorKey, type Traffic } from './selector.ts';
import { selectorHash } from './selector-shape.ts';
import { inPrecedence, type SpdEntry } from './spd-entry.ts';
import { SpdIndex } from './spd-index.ts';

/** The entries of one direction. */
class SpdList {
  readonly entries = new Set<SpdEntry>();
  readonly index = new SpdIndex();
  #ordered: readonly SpdEntry[] | null = null;

  add(entry: SpdEntry): void {
    this.entries.add(entry);
    this.index.add(entry);
    this.#ordered = null;
  }

  remove(entry: SpdEntry): void {
    this.entries.delete(entry);
    this.index.remove(entry);
    this.#ordered = null;
  }

  clear(): void {
    this.entries.clear();
    this.index.clear();
    this.#ordered = null;
  }

  /** In order of precedence. Worked out once for many changes. */
  get ordered(): readonly SpdEntry[] {
    this.#ordered ??= [...this.entries].sort(inPrecedence);
    return this.#ordered;
  }
}

export class Spd {
  readonly #lists: Readonly<Record<Direction, SpdList>> = {
    outbound: new SpdList(),
    inbound: new SpdList(),
    forward: new SpdList(),
  };
  /** Those of one selector; of one direction there is one. */
  readonly #bySelector = new AgedIndex<SpdEntry>();
  readonly #flows = new FlowCache();
  /** By their addresses; `null` until somebody asks. */
  #byAddresses: AddressIndex | null = null;
  #nextOrdinal = 1;
  #policies: readonly Policy[] | null = null;

  /** `entries` of one priority are given with the oldest first. */
  constructor(entries: Iterable<SpdEntry> = []) {
    for (const entry of entries) this.add(entry);
  }

  /** Every entry: outbound, inbound, forward, and within each in order of precedence. */
  get all(): SpdEntry[] {
    const { outbound, inbound, forward } = this.#lists;
    return [...outbound.ordered, ...inbound.ordered, ...forward.ordered];
  }

  /** The policies of {@link all}; the same array as long as nothing changes. */
  get policies(): readonly Policy[] {
    this.#policies ??= this.all.map(({ policy }) => policy);
    return this.#policies;
  }

  /** Adds an entry behind those of the same priority. */
  add(entry: SpdEntry): void {
    entry.ordinal = this.#nextOrdinal++;
    this.#lists[entry.policy.direction].add(entry);
    this.#bySelector.add(selectorHash(entry.policy.selector), entry);
    this.#byAddresses?.add(entry);
    this.#changed();
  }

  remove(entry: SpdEntry): void {
    this.#lists[entry.policy.direction].remove(entry);
    this.#bySelector.remove(selectorHash(entry.policy.selector), entry);
    this.#byAddresses?.remove(entry);
    this.#changed();
  }

  /** Removes every entry. */
  clear(): void {
    for (const list of Object.values(this.#lists)) list.clear();
    this.#bySelector.clear();
    this.#byAddresses = null;
    this.#changed();
  }

  /** The entry of that direction and selector. */
  find({ direction, selector }: PolicyId): SpdEntry | undefined {
    const key = selectorHash(selector);
    let entry = this.#bySelector.newest(key);
    for (; entry !== undefined; entry = this.#bySelector.newest(key, entry.ordinal)) {
      if (entry.policy.direction !== direction) continue;
      if (selectorKey(entry.policy.selector) === selectorKey(selector)) return entry;
    }
    return undefined;
  }

  /** The entries of any direction that have all of `addresses`, in no order. */
  including(addresses: SelectorAddresses): SpdEntry[] {
    this.#byAddresses ??= new AddressIndex(this.all);
    return this.#byAddresses.including(addresses);
  }

  /**
   * The entry that decides about `traffic`. `hidden` when the packet does not show its protocol, ports,
   * message type or key, and an entry that does not let it pass may be about them: such a packet must not slip
   * by (RFC 4301 §7).
   */
  lookup(direction: Direction, traffic: Traffic): SpdAnswer {
    const known = this.#flows.recall(direction, traffic);
    if (known !== UNKNOWN_FLOW) return known;
    const answer = this.#lists[direction].index.lookup(traffic);
    this.#flows.keep(answer);
    return answer;
  }

  #changed(): void {
    this.#flows.forget();
    this.#policies = null;
  }
}
