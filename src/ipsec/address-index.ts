/**
 * SPD entries by the addresses that they are for, so that those that include some are found without looking
 * at each.
 *
 *     addresses ──► 32 and 24 bits: hash ──► entries ─┐
 *               ──► 16 and 16 bits: hash ──► entries ─┼──► those that include them
 *               ──► ...                              ─┘
 *
 * What it costs grows with the lengths of prefixes that are in use, which are few, and with what is found.
 *
 * @module
 */
import { mix, mixAddress } from '../net/hash.ts';
import { includesAddresses, type SelectorAddresses } from './selector.ts';
import type { SpdEntry } from './spd-entry.ts';

/** The entries whose prefixes have the same lengths. */
interface Group {
  readonly version: 4 | 6;
  readonly localBits: number;
  readonly remoteBits: number;
  readonly byHash: Map<number, readonly SpdEntry[]>;
}

export class AddressIndex {
  readonly #groups = new Map<number, Group>();

  constructor(entries: Iterable<SpdEntry>) {
    for (const entry of entries) this.add(entry);
  }

  add(entry: SpdEntry): void {
    const { selector } = entry.policy;
    const group = this.#groupOf(selector);
    const hash = hashIn(group, selector);
    const others = group.byHash.get(hash);
    // A spread would leave room for a dozen more.
    group.byHash.set(hash, others === undefined ? [entry] : others.concat([entry]));
  }

  remove(entry: SpdEntry): void {
    const { selector } = entry.policy;
    const { byHash, ...lengths } = this.#groupOf(selector);
    const hash = hashIn(lengths, selector);
    const left = byHash.get(hash)?.filter((each) => each !== entry) ?? [];
    if (left.length > 0) byHash.set(hash, left);
    else byHash.delete(hash);
    if (byHash.size === 0) this.#groups.delete(numberOf(selector));
  }

  /** Those that have all of `addresses`, in no order. */
  including(addresses: SelectorAddresses): SpdEntry[] {
    const { localAddress, remoteAddress } = addresses;
    const found: SpdEntry[] = [];
    for (const group of this.#groups.values()) {
      if (group.version !== localAddress.address.version) continue;
      if (group.localBits > localAddress.length || group.remoteBits > remoteAddress.length)
        continue;
      // Hashes only propose.
      for (const entry of group.byHash.get(hashIn(group, addresses)) ?? []) {
        if (includesAddresses(entry.policy.selector, addresses)) found.push(entry);
      }
    }
    return found;
  }

  #groupOf(addresses: SelectorAddresses): Group {
    const { localAddress, remoteAddress } = addresses;
    const number = numberOf(addresses);
    const known = this.#groups.get(number);
    if (known !== undefined) return known;
    const group = {
      version: localAddress.address.version,
      localBits: localAddress.length,
      remoteBits: remoteAddress.length,
      byHash: new Map(),
    };
    this.#groups.set(number, group);
    return group;
  }
}

/** The same for selectors of the same lengths of prefix. */
function numberOf({ localAddress, remoteAddress }: SelectorAddresses): number {
  return (localAddress.address.version * 129 + localAddress.length) * 129 + remoteAddress.length;
}

/** A hash of the bits of `addresses` that count in a group. */
function hashIn(
  { version, localBits, remoteBits }: Omit<Group, 'byHash'>,
  { localAddress, remoteAddress }: SelectorAddresses,
): number {
  return mix(
    mixAddress(localBits, version, localAddress.address.octets, 0, localBits),
    mixAddress(remoteBits, version, remoteAddress.address.octets, 0, remoteBits),
  );
}
