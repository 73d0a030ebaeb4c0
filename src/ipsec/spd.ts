/**
 * The SPD (RFC 4301 §4.4.1): an ordered list for each direction; the first entry that matches a
 * packet decides.
 *
 * @module
 */
import { addressKey } from '../net/ip-address.ts';
import { hasMessages, hasPorts } from '../net/ip-protocol.ts';
import { isAnyPort } from '../net/port-range.ts';
import type { Instant, PolicyRecord } from './backend.ts';
import { runsOf } from './host-pairs.ts';
import type { Policy, PolicyId } from './policy.ts';
import {
  type Direction,
  OPAQUE,
  type Selector,
  selectorKey,
  selectorMatches,
  selectorMatchesButDetail,
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

/** Entries to be looked at one after the other; of host pairs those that a packet may be about. */
type Row =
  | { readonly kind: 'list'; readonly entries: readonly SpdEntry[] }
  | { readonly kind: 'pairs'; readonly entries: ReadonlyMap<number, readonly SpdEntry[]> };

/** The entries of one direction. */
class SpdList {
  /** The oldest first. */
  readonly #entries = new Set<SpdEntry>();
  #ordered: readonly SpdEntry[] | null = null;
  #rows: readonly Row[] | null = null;

  add(entry: SpdEntry): void {
    this.#entries.add(entry);
    this.#forget();
  }

  remove(entry: SpdEntry): void {
    this.#entries.delete(entry);
    this.#forget();
  }

  /** In order of precedence; of one priority the oldest first. Worked out once for many changes. */
  get ordered(): readonly SpdEntry[] {
    this.#ordered ??= [...this.#entries].sort((a, b) => a.policy.priority - b.policy.priority);
    return this.#ordered;
  }

  /** {@link ordered}, made ready for packets. */
  get rows(): readonly Row[] {
    this.#rows ??= runsOf(this.ordered, ({ policy }) => policy.selector).map(({ pairs, items }) =>
      pairs ? { kind: 'pairs', entries: byPair(items) } : { kind: 'list', entries: items },
    );
    return this.#rows;
  }

  #forget(): void {
    this.#ordered = null;
    this.#rows = null;
  }
}

function byPair(entries: readonly SpdEntry[]): Map<number, SpdEntry[]> {
  const lists = new Map<number, SpdEntry[]>();
  for (const entry of entries) {
    const { localAddress, remoteAddress } = entry.policy.selector;
    const { version, octets: local } = localAddress.address;
    const key = pairKey(version, local, 0, remoteAddress.address.octets, 0);
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [entry]);
    else list.push(entry);
  }
  return lists;
}

/** Different pairs may share one. A small integer, which costs no memory. */
function pairKey(
  version: 4 | 6,
  local: Uint8Array,
  localAt: number,
  remote: Uint8Array,
  remoteAt: number,
): number {
  const mixed = Math.imul(addressKey(version, remote, remoteAt), HASH_MULTIPLIER);
  return addressKey(version, local, localAt) ^ mixed;
}

/** Odd, and near 2^32 divided by the golden ratio: neighbouring addresses are spread out. */
const HASH_MULTIPLIER = 0x9e3779b1;

const NONE: readonly SpdEntry[] = [];

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
   * The entry that decides about `traffic`. `hidden` when the packet does not show its protocol, ports,
   * message type or key, and an entry that does not let it pass may be about them: such a packet must not slip
   * by (RFC 4301 §7).
   */
  lookup(direction: Direction, traffic: Traffic): SpdEntry | 'hidden' | undefined {
    for (const row of this.#lists[direction].rows) {
      const entries = row.kind === 'list' ? row.entries : candidates(row.entries, traffic);
      for (const entry of entries) {
        const { selector, action } = entry.policy;
        if (selectorMatches(selector, traffic)) return entry;
        if (
          traffic.hidesDetail &&
          action.kind !== 'bypass' &&
          asksForHidden(selector, traffic.nextLayerProtocol) &&
          selectorMatchesButDetail(selector, traffic)
        ) {
          return 'hidden';
        }
      }
    }
    return undefined;
  }
}

/** Whether `selector` is about what packets of `protocol` may hide, or may be of one that is hidden. */
function asksForHidden(selector: Selector, protocol: number): boolean {
  if (protocol === OPAQUE) return true;
  if (hasPorts(protocol)) return !isAnyPort(selector.localPort) || !isAnyPort(selector.remotePort);
  return hasMessages(protocol) ? selector.message !== null : selector.greKey !== null;
}

function candidates(
  pairs: ReadonlyMap<number, readonly SpdEntry[]>,
  { version, octets, localAddressAt, remoteAddressAt }: Traffic,
): readonly SpdEntry[] {
  return pairs.get(pairKey(version, octets, localAddressAt, octets, remoteAddressAt)) ?? NONE;
}

function nameOf({ direction, selector }: PolicyId): string {
  return `${direction} ${selectorKey(selector)}`;
}
