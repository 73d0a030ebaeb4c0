/**
 * Rules put together, so that a packet meets one for many of them.
 *
 *   10.1.0.0/16 to 10.2.1.0/24 ─┐
 *   10.1.0.0/16 to 10.2.2.0/24 ─┼─► the addresses, under masks of 16 and 24 bits, are in a set
 *   10.3.0.0/16 to 10.2.7.0/24 ─┘
 *
 * The first rule that matches decides, so not any two can go together. A rule may go to an earlier
 * place only past rules that end the same way, or that no packet of its own can match. Whether there
 * is such a packet is looked up, too: among the rules of a group, cut down to the bits that both have.
 * Where it cannot be told, there is one. What cannot be moved stands where it stood: policies that
 * stop and let pass by turns, over the same addresses, remain rules one after the other.
 *
 * @module
 */
import { mix, mixAddress } from '../../net/hash.ts';
import type { PortRange } from '../../net/port-range.ts';
import type { Prefix } from '../../net/prefix.ts';
import { toHex } from '../../octets/hex.ts';
import {
  asksForNextHeader,
  type PacketMatch,
  setKey,
  setShape,
  versionOf,
} from './packet-match.ts';

/** What becomes of a packet; a name for one way to end a rule. */
export interface Rule<Outcome extends string> {
  readonly match: PacketMatch;
  readonly outcome: Outcome;
}

/** Rules of one outcome and one {@link setShape}: whichever a packet matches, the same happens. */
export interface RuleGroup<Outcome extends string> {
  readonly outcome: Outcome;
  readonly matches: readonly PacketMatch[];
}

/** How many groups a rule is tried to be moved past: what a rule costs to be placed. */
const MOST_PASSED = 64;

/** `rules` in groups: the first of which a match has a packet decides, as the first rule does. */
export function groupRules<Outcome extends string>(
  rules: Iterable<Rule<Outcome>>,
): RuleGroup<Outcome>[] {
  const groups: Group<Outcome>[] = [];
  for (const { match, outcome } of rules) {
    const shape = setShape(match);
    let group = placeFor(groups, match, outcome, shape);
    if (group === undefined) {
      group = new Group(outcome, shape, match);
      groups.push(group);
    }
    group.add(match);
  }
  return groups;
}

/** The last group that `match` can go into; `undefined` when it has to stand behind them all. */
function placeFor<Outcome extends string>(
  groups: readonly Group<Outcome>[],
  match: PacketMatch,
  outcome: Outcome,
  shape: string,
): Group<Outcome> | undefined {
  const last = groups.length - 1;
  for (let place = last; place >= 0 && last - place < MOST_PASSED; place--) {
    const group = groups[place];
    if (group === undefined) break;
    if (group.outcome !== outcome) {
      if (group.mayMeet(match)) break;
    } else if (group.shape === shape) {
      return group;
    }
  }
  return undefined;
}

class Group<Outcome extends string> implements RuleGroup<Outcome> {
  readonly outcome: Outcome;
  readonly shape: string;
  readonly #first: PacketMatch;
  readonly #byKey = new Map<string, PacketMatch>();
  /** What the matches look at, cut down to fewer bits, as hashes; by which bits. */
  readonly #outlines = new Map<number, { readonly cut: Cut; readonly hashes: Set<number> }>();

  constructor(outcome: Outcome, shape: string, first: PacketMatch) {
    this.outcome = outcome;
    this.shape = shape;
    this.#first = first;
  }

  get matches(): readonly PacketMatch[] {
    return [...this.#byKey.values()];
  }

  /** Adds `match`, which has the shape of the group; again is harmless. */
  add(match: PacketMatch): void {
    const key = toHex(setKey(match));
    if (this.#byKey.has(key)) return;
    this.#byKey.set(key, match);
    for (const { cut, hashes } of this.#outlines.values()) hashes.add(outlineHash(match, cut));
  }

  /** Whether a packet may match both `match` and one of the group. */
  mayMeet(match: PacketMatch): boolean {
    const ours = this.#first;
    if (versionOf(ours) !== versionOf(match)) return false;
    if (ours.later && asksForNextHeader(match)) return false;
    if (match.later && asksForNextHeader(ours)) return false;
    if (ours.protocol !== null && match.protocol !== null && ours.protocol !== match.protocol) {
      return false;
    }
    const cut = commonCut(ours, match);
    const number = cutNumber(cut);
    let outline = this.#outlines.get(number);
    if (outline === undefined) {
      const hashes = new Set([...this.#byKey.values()].map((each) => outlineHash(each, cut)));
      outline = { cut, hashes };
      this.#outlines.set(number, outline);
    }
    return outline.hashes.has(outlineHash(match, cut));
  }
}

/** What two shapes both look at. */
interface Cut {
  readonly sourceBits: number;
  readonly destinationBits: number;
  readonly sourcePort: boolean;
  readonly destinationPort: boolean;
}

function commonCut(a: PacketMatch, b: PacketMatch): Cut {
  return {
    sourceBits: Math.min(a.source.length, b.source.length),
    destinationBits: Math.min(a.destination.length, b.destination.length),
    sourcePort: isSingle(a.sourcePort) && isSingle(b.sourcePort),
    destinationPort: isSingle(a.destinationPort) && isSingle(b.destinationPort),
  };
}

function cutNumber({ sourceBits, destinationBits, sourcePort, destinationPort }: Cut): number {
  const ports = (sourcePort ? 2 : 0) + (destinationPort ? 1 : 0);
  return (sourceBits * 129 + destinationBits) * 4 + ports;
}

/** Matches that a packet can meet together have the same; a few others do, too. */
function outlineHash(match: PacketMatch, cut: Cut): number {
  let hash = mixPrefix(0, match.source, cut.sourceBits);
  hash = mixPrefix(hash, match.destination, cut.destinationBits);
  if (cut.sourcePort) hash = mix(hash, match.sourcePort?.first ?? 0);
  return cut.destinationPort ? mix(hash, match.destinationPort?.first ?? 0) : hash;
}

function mixPrefix(hash: number, { address: { version, octets } }: Prefix, bits: number): number {
  return mixAddress(hash, version, octets, 0, bits);
}

function isSingle(range: PortRange | null): boolean {
  return range !== null && range.first === range.last;
}
