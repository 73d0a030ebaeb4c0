/**
 * Finding the SPD entry that decides about a packet without looking at each.
 *
 *   packet ──► shape 1: hash of its bits ──► entries ─┐
 *          ──► shape 2: ...                           ├──► the first in order of precedence
 *          ──► ...                                   ─┘
 *
 * Entries of one shape (`selector-shape.ts`) stand in one hash table: what a packet costs grows with
 * the shapes that are in use, which are few, and not with the entries. Asked are only shapes whose
 * lengths of prefix occur with the packet's addresses and ports, in the order of their first entries,
 * and no more of them once none can have an earlier one than was found.
 *
 * Hashes only propose: it is the selector that says whether it matches.
 *
 * @module
 */
import { hasMessages, hasPorts } from '../net/ip-protocol.ts';
import { isAnyPort } from '../net/port-range.ts';
import { AddressPrefixes, PortPrefixes } from './prefix-set.ts';
import {
  OPAQUE,
  type Selector,
  selectorMatches,
  selectorMatchesButDetail,
  type Traffic,
} from './selector.ts';
import {
  outlineOf,
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
  readonly #sides: Sides = {
    local: new AddressPrefixes(),
    remote: new AddressPrefixes(),
    localPort: new PortPrefixes(),
    remotePort: new PortPrefixes(),
  };
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
    for (const shaped of shapesOf(entry.policy.selector)) {
      this.#sides.localPort.add(shaped.localPort, shaped.shape.localPortBits);
      this.#sides.remotePort.add(shaped.remotePort, shaped.shape.remotePortBits);
      this.#entries.add(entry, shaped);
    }
    for (const [detail, shaped] of asked(entry)) this.#asking[detail].add(entry, shaped);
  }

  remove(entry: SpdEntry): void {
    const { localAddress, remoteAddress } = entry.policy.selector;
    this.#sides.local.remove(localAddress);
    this.#sides.remote.remove(remoteAddress);
    for (const shaped of shapesOf(entry.policy.selector)) {
      this.#sides.localPort.remove(shaped.localPort, shaped.shape.localPortBits);
      this.#sides.remotePort.remove(shaped.remotePort, shaped.shape.remotePortBits);
      this.#entries.remove(entry, shaped);
    }
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
    this.#sides.localPort.look(traffic.localPort);
    this.#sides.remotePort.look(traffic.remotePort);
    const entry = this.#entries.first(traffic);
    if (!traffic.hidesDetail) return entry;
    // Those are under their addresses alone.
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

/** What is known of the addresses and ports of the packet at hand. */
interface Sides {
  readonly local: AddressPrefixes;
  readonly remote: AddressPrefixes;
  readonly localPort: PortPrefixes;
  readonly remotePort: PortPrefixes;
}

type Matches = (selector: Selector, traffic: Traffic) => boolean;

/** One table for each shape. */
class Tables {
  readonly #matches: Matches;
  readonly #sides: Sides;
  readonly #byNumber = new Map<number, Table>();
  /** In the order of their first entries, and what each is about as numbers, close together. */
  #ordered: readonly Table[] | null = null;
  #abouts = new Uint16Array(0);

  constructor(matches: Matches, sides: Sides) {
    this.#matches = matches;
    this.#sides = sides;
  }

  add(entry: SpdEntry, { shape, key }: Shaped): void {
    const number = shapeNumber(shape);
    let table = this.#byNumber.get(number);
    if (table === undefined) {
      table = new Table(shape, entry);
      this.#byNumber.set(number, table);
      this.#ordered = null;
    }
    if (table.add(entry, key)) this.#ordered = null;
  }

  remove(entry: SpdEntry, { shape, key }: Shaped): void {
    const number = shapeNumber(shape);
    const table = this.#byNumber.get(number);
    table?.remove(entry, key);
    if (table?.isEmpty !== true) return;
    this.#byNumber.delete(number);
    this.#ordered = null;
  }

  clear(): void {
    this.#byNumber.clear();
    this.#ordered = null;
  }

  /** The first entry, in order of precedence, that matches the packet at hand. */
  first(traffic: Traffic): SpdEntry | undefined {
    this.#ordered ??= this.#order();
    const { local, remote, localPort, remotePort } = this.#sides;
    const abouts = this.#abouts;
    const protocol = traffic.nextLayerProtocol;
    let first: SpdEntry | undefined;
    for (let at = 0; at < abouts.length; at += ABOUT.LENGTH) {
      const localBits = abouts[at + ABOUT.LOCAL_BITS] ?? 0;
      const remoteBits = abouts[at + ABOUT.REMOTE_BITS] ?? 0;
      if (!local.mayCover(localBits) || !remote.mayCover(remoteBits)) continue;
      const wanted = abouts[at + ABOUT.PROTOCOL];
      if (wanted !== ANY_PROTOCOL && wanted !== protocol) continue;
      if (!localPort.mayCover(abouts[at + ABOUT.LOCAL_PORT_BITS] ?? 0)) continue;
      if (!remotePort.mayCover(abouts[at + ABOUT.REMOTE_PORT_BITS] ?? 0)) continue;
      const table = this.#ordered[at / ABOUT.LENGTH];
      if (table === undefined || table.shape.version !== traffic.version) continue;
      if (first !== undefined && inPrecedence(first, table.least) < 0) break;
      const key = trafficKey(table.shape, traffic, local.hash(localBits), remote.hash(remoteBits));
      const found = table.first(key, traffic, this.#matches);
      if (found === undefined) continue;
      if (first === undefined || inPrecedence(found, first) < 0) first = found;
    }
    return first;
  }

  /** Worked out once for many changes. */
  #order(): readonly Table[] {
    const tables = [...this.#byNumber.values()].sort((a, b) => inPrecedence(a.least, b.least));
    this.#abouts = Uint16Array.from(tables.flatMap(({ shape }) => aboutOf(shape)));
    return tables;
  }
}

/** What is asked of a packet before it is looked up in a table. */
const ABOUT = {
  LOCAL_BITS: 0,
  REMOTE_BITS: 1,
  PROTOCOL: 2,
  LOCAL_PORT_BITS: 3,
  REMOTE_PORT_BITS: 4,
  LENGTH: 5,
} as const;
const ANY_PROTOCOL = 0xffff;

function aboutOf(shape: SelectorShape): number[] {
  const { localBits, remoteBits, protocol, localPortBits, remotePortBits } = shape;
  const wanted = protocol === 'any' ? ANY_PROTOCOL : protocol;
  return [localBits, remoteBits, wanted, localPortBits, remotePortBits];
}

/** The entries of one shape. */
class Table {
  readonly shape: SelectorShape;
  /** None of the entries comes before this one, which may be gone itself. */
  least: SpdEntry;
  readonly #byKey = new Map<number, SpdEntry | Bucket>();

  constructor(shape: SelectorShape, least: SpdEntry) {
    this.shape = shape;
    this.least = least;
  }

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  /** Returns whether {@link least} has changed. */
  add(entry: SpdEntry, key: number): boolean {
    const there = this.#byKey.get(key);
    if (there === undefined) this.#byKey.set(key, entry);
    else if (there instanceof Bucket) there.add(entry);
    else this.#byKey.set(key, new Bucket(there, entry));
    if (inPrecedence(entry, this.least) >= 0) return false;
    this.least = entry;
    return true;
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
