/**
 * The SAD (RFC 4301 §4.4.2): SAs by SPI for inbound packets, by destination for outbound ones.
 *
 * @module
 */
import { addressKey, addressStandsAt, sameAddress } from '../net/ip-address.ts';
import type { Instant } from './backend.ts';
import type { SaPair } from './change.ts';
import type { IpsecProtocol, Template } from './policy.ts';
import type { Sa } from './sa.ts';
import { type SaId, sameSaId, sameUdpEnd, type UdpEnd } from './sa-parameters.ts';

export class Sad {
  /** Oldest first. */
  readonly #sas: Set<Sa>;
  readonly #bySpi = new Map<number, Sa[]>();
  readonly #byName = new Map<number, Sa[]>();
  readonly #byDestination = new Map<number, Sa[]>();
  /** Those that have ESP come in UDP, by address and port. */
  readonly #byUdpEnd = new Map<number, Sa[]>();

  constructor(sas: Iterable<Sa> = []) {
    this.#sas = new Set();
    for (const sa of sas) this.add(sa);
  }

  /** Every SA, oldest first. */
  get all(): Iterable<Sa> {
    return this.#sas;
  }

  add(sa: Sa): void {
    this.#sas.add(sa);
    listIn(this.#bySpi, sa.parameters.spi).push(sa);
    listIn(this.#byName, nameKey(sa.parameters)).push(sa);
    listIn(this.#byDestination, destinationKey(sa.parameters)).push(sa);
    const end = udpEndOf(sa);
    if (end !== null) listIn(this.#byUdpEnd, udpEndKey(end)).push(sa);
  }

  remove(sa: Sa): void {
    this.#sas.delete(sa);
    unlist(this.#bySpi, sa.parameters.spi, sa);
    unlist(this.#byName, nameKey(sa.parameters), sa);
    unlist(this.#byDestination, destinationKey(sa.parameters), sa);
    const end = udpEndOf(sa);
    if (end !== null) unlist(this.#byUdpEnd, udpEndKey(end), sa);
  }

  /** Where SAs have ESP come in UDP: to this host, or to the peers. */
  get udpEnds(): UdpEnd[] {
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
  find(id: SaId): Sa | undefined {
    return this.#byName.get(nameKey(id))?.find((sa) => sameSaId(sa.parameters, id));
  }

  /** The SAs of one protocol, or all. */
  ofProtocol(protocol: IpsecProtocol | null): Sa[] {
    return [...this.#sas].filter((sa) => protocol === null || sa.parameters.protocol === protocol);
  }

  /** The SAs from one address to another. */
  between(pair: SaPair): Sa[] {
    const { source, destination, protocol } = pair;
    const candidates = this.#byDestination.get(destinationKey(pair)) ?? [];
    return candidates.filter(
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
      ({ parameters }) =>
        parameters.protocol === 'ipcomp' &&
        parameters.mode === 'tunnel' &&
        parameters.destination.version === version &&
        addressStandsAt(parameters.destination, octets, destinationAt) &&
        addressStandsAt(parameters.source, octets, sourceAt),
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

function listIn(lists: Map<number, Sa[]>, key: number): Sa[] {
  let list = lists.get(key);
  if (list === undefined) {
    list = [];
    lists.set(key, list);
  }
  return list;
}

function unlist(lists: Map<number, Sa[]>, key: number, sa: Sa): void {
  const list = lists.get(key);
  const place = list?.indexOf(sa) ?? -1;
  if (list === undefined || place < 0) return;
  list.splice(place, 1);
  if (list.length === 0) lists.delete(key);
}
