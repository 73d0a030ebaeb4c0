/**
 * What went by, added up: by verdict, and by flow. Memory is bounded.
 *
 * @module
 */
import { addressKey, addressStandsAt, type IpAddress, ipAddressAt } from '../net/ip-address.ts';
import type { IpHeader } from '../wire/ip.ts';
import { isProtected, VERDICTS, type VerdictKind } from './verdict.ts';

/** Implementation constant: flows that are told apart, with some hundred octets each. */
export const MOST_FLOWS = 4096;

/** Packets, and their octets from the IP header on as they were on the wire. */
export interface Amount {
  packets: number;
  octets: number;
}

/** Packets of one IP protocol from one address to another, within all protection that was opened. */
export interface Flow {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  readonly all: Amount;
  readonly protected: Amount;
  readonly leaked: Amount;
}

export class Tally {
  readonly all: Amount = nothing();
  /** Packets that are no IP. */
  readonly others: Amount = nothing();
  readonly protected: Amount = nothing();
  readonly byVerdict: Readonly<Record<VerdictKind, Amount>>;
  /** Packets of flows that there was no room for. */
  readonly overflow: Amount = nothing();
  readonly #flows = new Map<number, Flow[]>();
  #count = 0;
  /** Most packets are of the same flow as the one before. */
  #last: Flow | null = null;

  constructor() {
    const kinds = Object.keys(VERDICTS) as VerdictKind[];
    this.byVerdict = Object.fromEntries(kinds.map((kind) => [kind, nothing()])) as Record<
      VerdictKind,
      Amount
    >;
  }

  /** The flows, those with the most octets first. */
  get flows(): readonly Flow[] {
    return [...this.#flows.values()].flat().sort((a, b) => b.all.octets - a.all.octets);
  }

  /** Counts a packet of `length` octets that is no IP. */
  countOther(length: number): void {
    add(this.all, length);
    add(this.others, length);
  }

  /**
   * Counts a packet of `length` octets whose innermost header is `header` in `octets`. `verdict` is
   * `null` where no policy was asked; `isSealed` says whether it had any protection.
   */
  count(
    octets: Uint8Array,
    header: IpHeader,
    length: number,
    isSealed: boolean,
    verdict: VerdictKind | null,
  ): void {
    const sealed = verdict === null ? isSealed : isProtected(verdict);
    const flow = this.#flowOf(octets, header);
    add(this.all, length);
    if (flow === null) add(this.overflow, length);
    else add(flow.all, length);
    if (sealed) {
      add(this.protected, length);
      if (flow !== null) add(flow.protected, length);
    }
    if (verdict === null) return;
    add(this.byVerdict[verdict], length);
    if (verdict === 'leak' && flow !== null) add(flow.leaked, length);
  }

  #flowOf(octets: Uint8Array, header: IpHeader): Flow | null {
    if (this.#last === null || !isOf(this.#last, octets, header)) {
      this.#last = this.#lookUp(octets, header);
    }
    return this.#last;
  }

  #lookUp(octets: Uint8Array, header: IpHeader): Flow | null {
    const { version, sourceAt, destinationAt, nextLayerProtocol: protocol } = header;
    const mixed = Math.imul(addressKey(version, octets, sourceAt), HASH_MULTIPLIER);
    const key = mixed ^ addressKey(version, octets, destinationAt) ^ protocol;
    const list = this.#flows.get(key);
    if (list !== undefined) {
      for (const flow of list) if (isOf(flow, octets, header)) return flow;
    }
    if (this.#count === MOST_FLOWS) return null;
    this.#count += 1;
    const flow: Flow = {
      source: ipAddressAt(version, octets, sourceAt),
      destination: ipAddressAt(version, octets, destinationAt),
      protocol,
      all: nothing(),
      protected: nothing(),
      leaked: nothing(),
    };
    if (list === undefined) this.#flows.set(key, [flow]);
    else list.push(flow);
    return flow;
  }
}

function isOf(
  { source, destination, protocol }: Flow,
  octets: Uint8Array,
  { version, sourceAt, destinationAt, nextLayerProtocol }: IpHeader,
): boolean {
  return (
    protocol === nextLayerProtocol &&
    source.version === version &&
    addressStandsAt(source, octets, sourceAt) &&
    addressStandsAt(destination, octets, destinationAt)
  );
}

function nothing(): Amount {
  return { packets: 0, octets: 0 };
}

function add(amount: Amount, octets: number): void {
  amount.packets += 1;
  amount.octets += octets;
}

/** Odd, and near 2^32 divided by the golden ratio: neighbouring addresses are spread out. */
const HASH_MULTIPLIER = 0x9e3779b1;
