/**
 * The SAs that a watcher is told of, and those that packets show.
 *
 *   SAD, tables ──► patterns ──┐
 *                              ├──► SeenSa: one for each protocol, SPI, source and destination
 *   packets ───────────────────┘
 *
 * Keys are made into contexts when the first packet asks for them. Memory is bounded: of more SAs
 * than {@link MOST_SEEN} nothing is remembered, and their packets are opened all the same.
 *
 * @module
 */
import { type CryptoProvider, UnsupportedError } from '../crypto/context.ts';
import type { IpsecProtocol } from '../ipsec/policy.ts';
import { Sa, type Transform } from '../ipsec/sa.ts';
import { isAuthenticated, type SaId, sameSaId } from '../ipsec/sa-parameters.ts';
import { type SaPattern, WHOLE_SPI } from '../ipsec/sa-pattern.ts';
import { addressKey, addressStandsAt, ipAddressAt } from '../net/ip-address.ts';
import { prefixCovers } from '../net/prefix.ts';
import type { IpHeader } from '../wire/ip.ts';
import { type Keyed, SeenSa } from './seen-sa.ts';

/** Implementation constant: SAs that are remembered, with some hundred octets each. */
export const MOST_SEEN = 16_384;

/** A pattern whose contexts are made when they are wanted. */
class KeyedPattern implements Keyed {
  readonly pattern: SaPattern;
  readonly checks: boolean;
  readonly #crypto: CryptoProvider;
  #sa: Sa | null | undefined;

  constructor(pattern: SaPattern, crypto: CryptoProvider) {
    this.pattern = pattern;
    this.checks = isAuthenticated(pattern.sa);
    this.#crypto = crypto;
  }

  get transform(): Transform | null {
    this.#sa ??= this.#make();
    return this.#sa?.transform ?? null;
  }

  #make(): Sa | null {
    if (this.#sa === null) return null;
    try {
      const sa = new Sa(this.pattern.sa, this.#crypto, 0);
      sa.key();
      return sa;
    } catch (error) {
      // An algorithm that is none of ours, or a key that was not told.
      if (error instanceof UnsupportedError || error instanceof RangeError) {
        this.#sa = null;
        return null;
      }
      throw error;
    }
  }

  destroy(): void {
    this.#sa?.destroy();
    this.#sa = null;
  }
}

export class WatchedSas {
  readonly #crypto: CryptoProvider;
  readonly #exact = new Map<number, KeyedPattern[]>();
  /** Those with a wildcard in the SPI. */
  readonly #wide: KeyedPattern[] = [];
  readonly #udpPorts = new Set<number>();
  readonly #seen = new Map<number, SeenSa[]>();
  #count = 0;
  /** Most packets are of the same SA as the one before. */
  #last: SeenSa | null = null;

  constructor(crypto: CryptoProvider, patterns: Iterable<SaPattern> = []) {
    this.#crypto = crypto;
    for (const pattern of patterns) this.add(pattern);
  }

  /** Every SA that was seen, in the order of their first packets. */
  get seen(): readonly SeenSa[] {
    return [...this.#seen.values()].flat();
  }

  /** Whether some SA has ESP come to `port` in UDP. */
  isUdpPort(port: number): boolean {
    return this.#udpPorts.has(port);
  }

  /** Tells of an SA; what was told of the same one before is forgotten. */
  add(pattern: SaPattern): void {
    const keyed = new KeyedPattern(pattern, this.#crypto);
    const { sa, spiMask } = pattern;
    if (sa.encapsulation !== null) this.#udpPorts.add(sa.encapsulation.destinationPort);
    if (spiMask === WHOLE_SPI) {
      this.remove(sa);
      const list = this.#exact.get(sa.spi);
      if (list === undefined) this.#exact.set(sa.spi, [keyed]);
      else list.push(keyed);
    } else {
      this.#wide.push(keyed);
    }
    this.#resolve();
  }

  /** Forgets the SA of that name, and its keys. Packets that are seen of it are not opened. */
  remove(id: SaId): void {
    const list = this.#exact.get(id.spi);
    const place = list?.findIndex(({ pattern }) => isExactly(pattern, id)) ?? -1;
    if (list === undefined || place < 0) return;
    for (const keyed of list.splice(place, 1)) keyed.destroy();
    if (list.length === 0) this.#exact.delete(id.spi);
    this.#resolve();
  }

  /** Forgets all SAs of `protocol`, or all. */
  flush(protocol: IpsecProtocol | null): void {
    const doomed = [...this.#exact.values()].flat().map(({ pattern }) => pattern.sa);
    for (const sa of doomed) if (protocol === null || sa.protocol === protocol) this.remove(sa);
  }

  /** The SA of a packet with `header` in `octets`. */
  see(protocol: IpsecProtocol, spi: number, octets: Uint8Array, header: IpHeader): SeenSa {
    if (this.#last !== null && isOf(this.#last, protocol, spi, octets, header)) return this.#last;
    this.#last = this.#lookUp(protocol, spi, octets, header);
    return this.#last;
  }

  #lookUp(protocol: IpsecProtocol, spi: number, octets: Uint8Array, header: IpHeader): SeenSa {
    const { version, sourceAt, destinationAt } = header;
    const key = spi ^ addressKey(version, octets, destinationAt);
    const list = this.#seen.get(key);
    if (list !== undefined) {
      for (const sa of list) if (isOf(sa, protocol, spi, octets, header)) return sa;
    }
    const source = ipAddressAt(version, octets, sourceAt);
    const destination = ipAddressAt(version, octets, destinationAt);
    const keyed = this.#find(protocol, spi, octets, sourceAt, destinationAt, version);
    const sa = new SeenSa({ protocol, spi, source, destination }, keyed);
    if (this.#count === MOST_SEEN) return sa;
    this.#count += 1;
    if (list === undefined) this.#seen.set(key, [sa]);
    else list.push(sa);
    return sa;
  }

  /** Whether IPComp may go in tunnel mode from one address of `header` to the other. */
  hasCompressedTunnel(octets: Uint8Array, { version, sourceAt, destinationAt }: IpHeader): boolean {
    for (const list of this.#exact.values()) {
      for (const { pattern } of list) {
        if (
          pattern.sa.protocol === 'ipcomp' &&
          pattern.sa.mode === 'tunnel' &&
          meets(pattern.destination, version, octets, destinationAt) &&
          meets(pattern.source, version, octets, sourceAt)
        ) {
          return true;
        }
      }
    }
    return false;
  }

  /** The pattern that fits best: one for the SPI, and of several one that names the source. */
  #find(
    protocol: IpsecProtocol,
    spi: number,
    octets: Uint8Array,
    sourceAt: number,
    destinationAt: number,
    version: 4 | 6,
  ): KeyedPattern | null {
    const candidates = [...(this.#exact.get(spi) ?? []), ...this.#wide].filter(
      ({ pattern: { sa, spiMask, destination } }) =>
        sa.protocol === protocol &&
        ((sa.spi ^ spi) & spiMask) === 0 &&
        meets(destination, version, octets, destinationAt),
    );
    const fromThere = candidates.find(({ pattern }) =>
      meets(pattern.source, version, octets, sourceAt),
    );
    // Behind a NAT the source is another than the SAD has. SPI and destination name an SA
    // (RFC 4301 §4.1); a table that says whom it is about means it.
    return fromThere ?? candidates.find(({ pattern }) => pattern.tellsMode) ?? null;
  }

  /** Asks again what is known of every SA that was seen. */
  #resolve(): void {
    for (const list of this.#seen.values()) {
      for (const sa of list) {
        const { protocol, spi, source, destination } = sa.id;
        const addresses = new Uint8Array([...source.octets, ...destination.octets]);
        sa.keyed = this.#find(protocol, spi, addresses, 0, source.octets.length, source.version);
      }
    }
  }
}

function isExactly({ sa, spiMask, destination }: SaPattern, id: SaId): boolean {
  const isHost = destination.length === destination.address.octets.length * 8;
  return spiMask === WHOLE_SPI && isHost && sameSaId(sa, id);
}

function isOf(
  { id }: SeenSa,
  protocol: IpsecProtocol,
  spi: number,
  octets: Uint8Array,
  { version, sourceAt, destinationAt }: IpHeader,
): boolean {
  return (
    id.spi === spi &&
    id.protocol === protocol &&
    id.destination.version === version &&
    addressStandsAt(id.destination, octets, destinationAt) &&
    addressStandsAt(id.source, octets, sourceAt)
  );
}

function meets(
  prefix: SaPattern['source'],
  version: 4 | 6,
  octets: Uint8Array,
  at: number,
): boolean {
  return prefix.address.version === version && prefixCovers(prefix, octets, at);
}
