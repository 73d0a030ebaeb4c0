/**
 * The SAD (RFC 4301 §4.4.2): SAs by SPI for inbound packets, by destination for outbound ones.
 *
 * @module
 */
import { addressKey, addressStandsAt, sameAddress } from '../net/ip-address.ts';
import type { Instant } from './backend.ts';
import type { SaPair } from './change.ts';
import { LarvalSa } from './larval-sa.ts';
import type { IpsecProtocol, Template } from './policy.ts';
import type { Sa } from './sa.ts';
import {
  type Carriers,
  type SaId,
  sameSaId,
  sameUdpEnd,
  type TunnelEnds,
  type UdpEnd,
} from './sa-parameters.ts';

/** An SA at work, or one that waits for its keys. */
export type SadEntry = Sa | LarvalSa;

export class Sad {
  /** Oldest first. */
  readonly #entries = new Set<SadEntry>();
  readonly #larval = new Set<LarvalSa>();
  readonly #byName = new Map<number, SadEntry[]>();
  // Packets meet SAs at work only.
  readonly #bySpi = new Map<number, Sa[]>();
  readonly #byDestination = new Map<number, Sa[]>();
  /** Those that have ESP come in UDP, by address and port. */
  readonly #byUdpEnd = new Map<number, Sa[]>();
  readonly #compressedTunnels = new Set<Sa>();

  constructor(entries: Iterable<SadEntry> = []) {
    for (const entry of entries) this.add(entry);
  }

  /** Every SA, oldest first. */
  get all(): Iterable<SadEntry> {
    return this.#entries;
  }

  /** How many SAs there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** Those that wait for their keys. */
  get larval(): Iterable<LarvalSa> {
    return this.#larval;
  }

  add(entry: SadEntry): void {
    this.#entries.add(entry);
    listIn(this.#byName, nameKey(entry.parameters)).push(entry);
    if (entry instanceof LarvalSa) {
      this.#larval.add(entry);
      return;
    }
    listIn(this.#bySpi, entry.parameters.spi).push(entry);
    listIn(this.#byDestination, destinationKey(entry.parameters)).push(entry);
    const end = udpEndOf(entry);
    if (end !== null) listIn(this.#byUdpEnd, udpEndKey(end)).push(entry);
    if (isCompressedTunnel(entry)) this.#compressedTunnels.add(entry);
  }

  remove(entry: SadEntry): void {
    this.#entries.delete(entry);
    unlist(this.#byName, nameKey(entry.parameters), entry);
    if (entry instanceof LarvalSa) {
      this.#larval.delete(entry);
      return;
    }
    unlist(this.#bySpi, entry.parameters.spi, entry);
    unlist(this.#byDestination, destinationKey(entry.parameters), entry);
    const end = udpEndOf(entry);
    if (end !== null) unlist(this.#byUdpEnd, udpEndKey(end), entry);
    this.#compressedTunnels.delete(entry);
  }

  /** What the SAs have packets come in. */
  get carriers(): Carriers {
    return { udpEnds: this.#udpEnds(), compressedTunnels: this.#tunnels() };
  }

  #tunnels(): TunnelEnds[] {
    const tunnels: TunnelEnds[] = [];
    for (const { parameters } of this.#compressedTunnels) {
      const { source, destination } = parameters;
      tunnels.push({ source, destination });
    }
    return tunnels;
  }

  /** Each once. */
  #udpEnds(): UdpEnd[] {
    const ends: UdpEnd[] = [];
    for (const sas of this.#byUdpEnd.values()) {
      const alike: UdpEnd[] = [];
      for (const sa of sas) {
        const end = udpEndOf(sa);
        if (end !== null && !alike.some((known) => sameUdpEnd(known, end))) alike.push(end);
      }
      ends.push(...alike);
    }
    return ends;
  }

  /** Those that have ESP come in UDP: to this host, or to the peers. */
  *inUdp(): Generator<Sa, void, undefined> {
    for (const sas of this.#byUdpEnd.values()) yield* sas;
  }

  /** Whether some SA has ESP come in UDP to `port` of the address of `version` at `addressAt`. */
  isUdpEnd(version: 4 | 6, octets: Uint8Array, addressAt: number, port: number): boolean {
    const sas = this.#byUdpEnd.get(addressKey(version, octets, addressAt) ^ port);
    if (sas === undefined) return false;
    return sas.some(
      ({ parameters: { destination, encapsulation } }) =>
        encapsulation?.destinationPort === port &&
        destination.version === version &&
        addressStandsAt(destination, octets, addressAt),
    );
  }

  /** The SA of that name. */
  find(id: SaId): SadEntry | undefined {
    return this.#byName.get(nameKey(id))?.find((entry) => sameSaId(entry.parameters, id));
  }

  /** The SAs of one protocol, or all. */
  ofProtocol(protocol: IpsecProtocol | null): SadEntry[] {
    return [...this.#entries].filter(
      ({ parameters }) => protocol === null || parameters.protocol === protocol,
    );
  }

  /** The SAs from one address to another. */
  between(pair: SaPair): SadEntry[] {
    const { source, destination, protocol } = pair;
    const atWork = this.#byDestination.get(destinationKey(pair)) ?? [];
    return [...atWork, ...this.#larval].filter(
      ({ parameters }) =>
        (protocol === null || parameters.protocol === protocol) &&
        sameAddress(parameters.source, source) &&
        sameAddress(parameters.destination, destination),
    );
  }

  /** The SA of a received packet; its destination address stands in `octets` at `destinationAt`. */
  inbound(
    protocol: IpsecProtocol,
    spi: number,
    octets: Uint8Array,
    destinationAt: number,
    version: 4 | 6,
  ): Sa | undefined {
    const candidates = this.#bySpi.get(spi);
    if (candidates === undefined) return undefined;
    for (const sa of candidates) {
      const { parameters } = sa;
      if (
        parameters.protocol === protocol &&
        parameters.destination.version === version &&
        addressStandsAt(parameters.destination, octets, destinationAt)
      ) {
        return sa;
      }
    }
    return undefined;
  }

  /** The IPComp SA in tunnel mode from one address in `octets` to the other. */
  compressedTunnel(
    version: 4 | 6,
    octets: Uint8Array,
    sourceAt: number,
    destinationAt: number,
  ): Sa | undefined {
    const candidates = this.#byDestination.get(addressKey(version, octets, destinationAt));
    return candidates?.find(
      (sa) =>
        isCompressedTunnel(sa) &&
        sa.parameters.destination.version === version &&
        addressStandsAt(sa.parameters.destination, octets, destinationAt) &&
        addressStandsAt(sa.parameters.source, octets, sourceAt),
    );
  }

  /**
   * The SA to protect an outbound packet with as `template` asks, from the address of `version` that
   * stands in `source` at `sourceAt` to the one in `destination`: one that is not past its soft
   * lifetime if there is any, and of those the newest.
   */
  outbound(
    template: Template,
    version: 4 | 6,
    source: Uint8Array,
    sourceAt: number,
    destination: Uint8Array,
    destinationAt: number,
    now: Instant,
  ): Sa | undefined {
    const candidates = this.#byDestination.get(addressKey(version, destination, destinationAt));
    if (candidates === undefined) return undefined;
    let best: Sa | undefined;
    for (let place = candidates.length - 1; place >= 0; place--) {
      const sa = candidates[place];
      if (sa === undefined) continue;
      const { parameters } = sa;
      if (
        parameters.protocol !== template.protocol ||
        parameters.mode !== template.mode ||
        (template.reqid !== 0 && parameters.reqid !== template.reqid) ||
        parameters.destination.version !== version ||
        !addressStandsAt(parameters.destination, destination, destinationAt) ||
        !addressStandsAt(parameters.source, source, sourceAt)
      ) {
        continue;
      }
      const state = sa.stateAt(now);
      if (state === 'mature') return sa;
      if (best === undefined || best.stateAt(now) === 'dead') best = sa;
    }
    return best;
  }
}

function isCompressedTunnel({ parameters }: Sa): boolean {
  return parameters.protocol === 'ipcomp' && parameters.mode === 'tunnel';
}

function udpEndOf({ parameters }: Sa): UdpEnd | null {
  const { destination: address, encapsulation } = parameters;
  return encapsulation && { address, port: encapsulation.destinationPort };
}

function udpEndKey({ address, port }: UdpEnd): number {
  return addressKey(address.version, address.octets, 0) ^ port;
}

function destinationKey({ destination }: Pick<SaId, 'destination'>): number {
  return addressKey(destination.version, destination.octets, 0);
}

/** SAs of one SPI or of one destination may be many; those of both are two, for AH and for ESP. */
function nameKey(id: SaId): number {
  return (id.spi ^ Math.imul(destinationKey(id), HASH_MULTIPLIER)) >>> 0;
}

/** Odd, and near 2^32 divided by the golden ratio: neighbouring addresses are spread out. */
const HASH_MULTIPLIER = 0x9e3779b1;

function listIn<T>(lists: Map<number, T[]>, key: number): T[] {
  let list = lists.get(key);
  if (list === undefined) {
    list = [];
    lists.set(key, list);
  }
  return list;
}

function unlist<T>(lists: Map<number, T[]>, key: number, item: T): void {
  const list = lists.get(key);
  const place = list?.indexOf(item) ?? -1;
  if (list === undefined || place < 0) return;
  list.splice(place, 1);
  if (list.length === 0) lists.delete(key);
}
