/**
 * Finding the SPD entry that decides about a packet without looking at each.
 *
 *   packet ──► shape 1: hash of its bits ──► entries ─┐
 *          ──► shape 2: ...                           ├──► the first in order of precedence
 *          ──► ...                                   ─┘
 *
 * Entries of one shape (`selector-shape.ts`) stand in one hash table: what a packet costs grows with
 * the shapes that are in use, which are few, and not with the entries. Asked are only shapes whose
 * lengths of prefix occur with the packet's addresses, in the order of their first entries, and no more
 * of them once none can have an earlier one than was found.
 *
 * Hashes only propose: it is the selector that says whether it matches.
 *
 * @module
 */
import { hasMessages, hasPorts } from '../net/ip-protocol.ts';
import { isAnyPort } from '../net/port-range.ts';
import { PrefixSet } from './prefix-set.ts';
import {
  OPAQUE,
  type Selector,
  selectorMatches,
  selectorMatchesButDetail,
  type Traffic,
} from './selector.ts';
import {
  outlineOf,
  pairNumber,
  type SelectorShape,
  type Shaped,
  shapeNumber,
  shapesOf,
  trafficKey,
} from './selector-shape.ts';
import { inPrecedence, type SpdEntry } from './spd-entry.ts';

/** What an entry asks for that a packet may not show; `protocol` includes all of the others. */
type Detail = 'protocol' | 'ports' | 'message' | 'greKey';

/** The entries of one direction. */
export class SpdIndex {
  readonly #sides: Sides = { local: new PrefixSet(), remote: new PrefixSet() };
  readonly #entries = new Tables(selectorMatches, this.#sides);
  /** Entries that do not let packets pass, by what they ask for and without it. */
  readonly #asking: Readonly<Record<Detail, Tables>> = {
    protocol: new Tables(selectorMatchesButDetail, this.#sides),
    ports: new Tables(selectorMatchesButDetail, this.#sides),
    message: new Tables(selectorMatchesButDetail, this.#sides),
    greKey: new Tables(selectorMatchesButDetail, this.#sides),
  };

  add(entry: SpdEntry): void {
    const { localAddress, remoteAddress } = entry.policy.selector;
    this.#sides.local.add(localAddress);
    this.#sides.remote.add(remoteAddress);
    for (const shaped of shapesOf(entry.policy.selector)) this.#entries.add(entry, shaped);
    for (const [detail, shaped] of asked(entry)) this.#asking[detail].add(entry, shaped);
  }

  remove(entry: SpdEntry): void {
    const { localAddress, remoteAddress } = entry.policy.selector;
    this.#sides.local.remove(localAddress);
    this.#sides.remote.remove(remoteAddress);
    for (const shaped of shapesOf(entry.policy.selector)) this.#entries.remove(entry, shaped);
    for (const [detail, shaped] of asked(entry)) this.#asking[detail].remove(entry, shaped);
  }

  clear(): void {
    for (const side of Object.values(this.#sides)) side.clear();
    this.#entries.clear();
    for (const tables of Object.values(this.#asking)) tables.clear();
  }

  /**
   * The entry that decides about `traffic`. `hidden` when the packet does not show its protocol, ports,
   * message type or key, and an entry that does not let it pass may be about them: such a packet must
   * not slip by (RFC 4301 §7).
   */
  lookup(traffic: Traffic): SpdEntry | 'hidden' | undefined {
    const { version, octets } = traffic;
    this.#sides.local.look(version, octets, traffic.localAddressAt);
    this.#sides.remote.look(version, octets, traffic.remoteAddressAt);
    const entry = this.#entries.first(traffic);
    if (!traffic.hidesDetail) return entry;
    const asking = this.#asking[hiddenBy(traffic.nextLayerProtocol)].first(traffic);
    if (asking === undefined) return entry;
    return entry === undefined || inPrecedence(asking, entry) < 0 ? 'hidden' : entry;
  }
}

/** What packets of `protocol` may hide. */
function hiddenBy(protocol: number): Detail {
  if (protocol === OPAQUE) return 'protocol';
  if (hasPorts(protocol)) return 'ports';
  return hasMessages(protocol) ? 'message' : 'greKey';
}

function* asked({ policy: { selector, action } }: SpdEntry): Generator<[Detail, Shaped]> {
  if (action.kind === 'bypass') return;
  yield ['protocol', outlineOf(selector, false)];
  const outline = outlineOf(selector, true);
  if (asksForPorts(selector)) yield ['ports', outline];
  if (selector.message !== null) yield ['message', outline];
  if (selector.greKey !== null) yield ['greKey', outline];
}

function asksForPorts({ localPort, remotePort }: Selector): boolean {
  return !isAnyPort(localPort) || !isAnyPort(remotePort);
}

/** What is known of the addresses of the packet at hand. */
interface Sides {
  readonly local: PrefixSet;
  readonly remote: PrefixSet;
}

type Matches = (selector: Selector, traffic: Traffic) => boolean;

/** Entries by their shapes. */
class Tables {
  readonly #matches: Matches;
  readonly #sides: Sides;
  readonly #byPair = new Ordered<PairTables>();

  constructor(matches: Matches, sides: Sides) {
    this.#matches = matches;
    this.#sides = sides;
  }

  add(entry: SpdEntry, { shape, key }: Shaped): void {
    const number = pairNumber(shape);
    const pair = this.#byPair.get(number) ?? this.#byPair.add(number, new PairTables(shape, entry));
    this.#byPair.mayBegin(pair, entry);
    const shapeOf = shapeNumber(shape);
    const table = pair.tables.get(shapeOf) ?? pair.tables.add(shapeOf, new Table(shape, entry));
    pair.tables.mayBegin(table, entry);
    table.add(entry, key);
  }

  remove(entry: SpdEntry, { shape, key }: Shaped): void {
    const pair = this.#byPair.get(pairNumber(shape));
    const table = pair?.tables.get(shapeNumber(shape));
    table?.remove(entry, key);
    if (table?.isEmpty === true) pair?.tables.delete(shapeNumber(shape));
    if (pair?.tables.isEmpty === true) this.#byPair.delete(pairNumber(shape));
  }

  clear(): void {
    this.#byPair.clear();
  }

  /** The first entry, in order of precedence, that matches the packet at hand. */
  first(traffic: Traffic): SpdEntry | undefined {
    const { local, remote } = this.#sides;
    let first: SpdEntry | undefined;
    for (const { version, localBits, remoteBits, least, tables } of this.#byPair.inOrder) {
      if (first !== undefined && inPrecedence(first, least) < 0) break;
      if (version !== traffic.version) continue;
      if (!local.mayCover(localBits) || !remote.mayCover(remoteBits)) continue;
      for (const table of tables.inOrder) {
        if (first !== undefined && inPrecedence(first, table.least) < 0) break;
        const { shape } = table;
        const key = trafficKey(shape, traffic, local.hash(localBits), remote.hash(remoteBits));
        const found = table.first(key, traffic, this.#matches);
        if (found === undefined) continue;
        if (first === undefined || inPrecedence(found, first) < 0) first = found;
      }
    }
    return first;
  }
}

/** None of the entries below it comes before `least`, which may be gone itself. */
interface Begun {
  least: SpdEntry;
}

/** By number, and in the order of their first entries. */
class Ordered<T extends Begun> {
  readonly #byNumber = new Map<number, T>();
  /** Worked out once for many changes. */
  #inOrder: readonly T[] | null = null;

  get inOrder(): readonly T[] {
    this.#inOrder ??= [...this.#byNumber.values()].sort((a, b) => inPrecedence(a.least, b.least));
    return this.#inOrder;
  }

  get isEmpty(): boolean {
    return this.#byNumber.size === 0;
  }

  get(number: number): T | undefined {
    return this.#byNumber.get(number);
  }

  add(number: number, item: T): T {
    this.#byNumber.set(number, item);
    this.#inOrder = null;
    return item;
  }

  /** Takes note of an entry that is about to be added below `item`. */
  mayBegin(item: T, entry: SpdEntry): void {
    if (inPrecedence(entry, item.least) >= 0) return;
    item.least = entry;
    this.#inOrder = null;
  }

  delete(number: number): void {
    this.#byNumber.delete(number);
    this.#inOrder = null;
  }

  clear(): void {
    this.#byNumber.clear();
    this.#inOrder = null;
  }
}

/** The shapes with prefixes of two lengths. */
class PairTables implements Begun {
  readonly version: 4 | 6;
  readonly localBits: number;
  readonly remoteBits: number;
  least: SpdEntry;
  /** By {@link shapeNumber}. */
  readonly tables = new Ordered<Table>();

  constructor({ version, localBits, remoteBits }: SelectorShape, least: SpdEntry) {
    this.version = version;
    this.localBits = localBits;
    this.remoteBits = remoteBits;
    this.least = least;
  }
}

/** The entries of one shape. */
class Table implements Begun {
  readonly shape: SelectorShape;
  least: SpdEntry;
  readonly #byKey = new Map<number, SpdEntry | Bucket>();

  constructor(shape: SelectorShape, least: SpdEntry) {
    this.shape = shape;
    this.least = least;
  }

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  add(entry: SpdEntry, key: number): void {
    const there = this.#byKey.get(key);
    if (there === undefined) this.#byKey.set(key, entry);
    else if (there instanceof Bucket) there.add(entry);
    else this.#byKey.set(key, new Bucket(there, entry));
  }

  remove(entry: SpdEntry, key: number): void {
    const there = this.#byKey.get(key);
    if (there === entry) this.#byKey.delete(key);
    else if (there instanceof Bucket && there.remove(entry)) this.#byKey.delete(key);
  }

  first(key: number, traffic: Traffic, matches: Matches): SpdEntry | undefined {
    const there = this.#byKey.get(key);
    if (there === undefined) return undefined;
    if (there instanceof Bucket) return there.first(traffic, matches);
    return matches(there.policy.selector, traffic) ? there : undefined;
  }
}

/** Entries that share a key: alike but for what a shape does not tell, or by chance. */
class Bucket {
  readonly #entries: Set<SpdEntry>;
  /** Worked out once for many changes. */
  #ordered: readonly SpdEntry[] | null = null;

  constructor(...entries: SpdEntry[]) {
    this.#entries = new Set(entries);
  }

  add(entry: SpdEntry): void {
    this.#entries.add(entry);
    this.#ordered = null;
  }

  /** Returns whether nothing is left. */
  remove(entry: SpdEntry): boolean {
    this.#entries.delete(entry);
    this.#ordered = null;
    return this.#entries.size === 0;
  }

  first(traffic: Traffic, matches: Matches): SpdEntry | undefined {
    this.#ordered ??= [...this.#entries].sort(inPrecedence);
    for (const entry of this.#ordered) if (matches(entry.policy.selector, traffic)) return entry;
    return undefined;
  }
}
