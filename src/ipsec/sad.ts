/**
 * The SAD (RFC 4301 §4.4.2): SAs by name for inbound packets, by their ends for outbound ones. What a
 * packet costs does not grow with the SAs.
 *
 * @module
 */

import { mix, mixAddress } from '../net/hash.ts';
import { addressStandsAt, sameAddress } from '../net/ip-address.ts';
import { addressBits } from '../net/prefix.ts';
import { AgedIndex } from './aged-index.ts';
import type { Instant } from './backend.ts';
import type { SaPair } from './change.ts';
import { LarvalSa } from './larval-sa.ts';
import { IPSEC_PROTOCOLS, type IpsecProtocol, type Mode, type Template } from './policy.ts';
import type { Sa } from './sa.ts';
import {
  type Carriers,
  type SaId,
  type SaParameters,
  sameSaId,
  type TunnelEnds,
} from './sa-parameters.ts';
import { UdpEnds } from './udp-ends.ts';

/** An SA at work, or one that waits for its keys. */
export type SadEntry = Sa | LarvalSa;

export class Sad {
  /** Oldest first. */
  readonly #entries = new Set<SadEntry>();
  readonly #larval = new Set<LarvalSa>();
  readonly #byName = new AgedIndex<SadEntry>();
  // Packets meet SAs at work only.
  readonly #byEnds = new AgedIndex<Sa>();
  /** Those that have a reqid. */
  readonly #byReqid = new AgedIndex<Sa>();
  readonly #udpEnds = new UdpEnds();
  /** Those that have ESP come in UDP. */
  readonly #inUdp = new Set<Sa>();
  readonly #compressedTunnels = new Set<Sa>();
  #nextOrdinal = 1;

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

  has(entry: SadEntry): boolean {
    return this.#entries.has(entry);
  }

  add(entry: SadEntry): void {
    entry.ordinal = this.#nextOrdinal++;
    this.#entries.add(entry);
    const { parameters } = entry;
    this.#byName.add(nameKey(parameters), entry);
    if (entry instanceof LarvalSa) {
      this.#larval.add(entry);
      return;
    }
    const key = endsKey(parameters);
    this.#byEnds.add(key, entry);
    if (parameters.reqid !== 0) this.#byReqid.add(mix(key, parameters.reqid), entry);
    this.#udpEnds.add(parameters);
    if (parameters.encapsulation !== null) this.#inUdp.add(entry);
    if (isCompressedTunnel(entry)) this.#compressedTunnels.add(entry);
  }

  remove(entry: SadEntry): void {
    if (!this.#entries.delete(entry)) return;
    const { parameters } = entry;
    this.#byName.remove(nameKey(parameters), entry);
    if (entry instanceof LarvalSa) {
      this.#larval.delete(entry);
      return;
    }
    const key = endsKey(parameters);
    this.#byEnds.remove(key, entry);
    if (parameters.reqid !== 0) this.#byReqid.remove(mix(key, parameters.reqid), entry);
    this.#udpEnds.remove(parameters);
    this.#inUdp.delete(entry);
    this.#compressedTunnels.delete(entry);
  }

  /** Removes every SA. */
  clear(): void {
    for (const entry of [...this.#entries]) this.remove(entry);
  }

  /** What the SAs have packets come in. */
  get carriers(): Carriers {
    const compressedTunnels: TunnelEnds[] = [];
    for (const { parameters } of this.#compressedTunnels) {
      const { source, destination } = parameters;
      compressedTunnels.push({ source, destination });
    }
    return { udpEnds: this.#udpEnds.all, compressedTunnels };
  }

  /** Those that have ESP come in UDP: to this host, or to the peers. */
  *inUdp(): Generator<Sa, void, undefined> {
    yield* this.#inUdp;
  }

  /** Whether some SA has ESP come in UDP to `port` of the address of `version` at `addressAt`. */
  isUdpEnd(version: 4 | 6, octets: Uint8Array, addressAt: number, port: number): boolean {
    return this.#udpEnds.has(version, octets, addressAt, port);
  }

  /** The SA of that name. */
  find(id: SaId): SadEntry | undefined {
    const key = nameKey(id);
    let entry = this.#byName.newest(key);
    while (entry !== undefined && !sameSaId(entry.parameters, id)) {
      entry = this.#byName.newest(key, entry.ordinal);
    }
    return entry;
  }

  /** The SAs of one protocol, or all; oldest first. */
  ofProtocol(protocol: IpsecProtocol | null): SadEntry[] {
    return [...this.#entries].filter(
      ({ parameters }) => protocol === null || parameters.protocol === protocol,
    );
  }

  /** The SAs from one address to another, oldest first. */
  between({ source, destination, protocol }: SaPair): SadEntry[] {
    const found: SadEntry[] = [];
    const take = (entry: SadEntry): void => {
      const { parameters } = entry;
      if (
        (protocol === null || parameters.protocol === protocol) &&
        sameAddress(parameters.source, source) &&
        sameAddress(parameters.destination, destination)
      ) {
        found.push(entry);
      }
    };
    for (const each of protocol === null ? IPSEC_PROTOCOLS : [protocol]) {
      for (const mode of MODES) {
        const key = endsKey({ source, destination, protocol: each, mode });
        for (let sa = this.#byEnds.newest(key); sa; sa = this.#byEnds.newest(key, sa.ordinal)) {
          if (sa.parameters.protocol === each && sa.parameters.mode === mode) take(sa);
        }
      }
    }
    for (const larval of this.#larval) take(larval);
    return found.sort((a, b) => a.ordinal - b.ordinal);
  }

  /** The SA of a received packet; its destination address stands in `octets` at `destinationAt`. */
  inbound(
    protocol: IpsecProtocol,
    spi: number,
    octets: Uint8Array,
    destinationAt: number,
    version: 4 | 6,
  ): Sa | undefined {
    const key = mixAddress(spi | 0, version, octets, destinationAt, addressBits(version));
    let entry = this.#byName.newest(key);
    for (; entry !== undefined; entry = this.#byName.newest(key, entry.ordinal)) {
      const { parameters } = entry;
      if (
        parameters.spi === spi &&
        parameters.protocol === protocol &&
        parameters.destination.version === version &&
        addressStandsAt(parameters.destination, octets, destinationAt)
      ) {
        return entry instanceof LarvalSa ? undefined : entry;
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
    const key = endsKeyAt('ipcomp', 'tunnel', version, octets, sourceAt, octets, destinationAt);
    let sa = this.#byEnds.newest(key);
    while (sa !== undefined) {
      const { parameters } = sa;
      if (
        isCompressedTunnel(sa) &&
        parameters.destination.version === version &&
        addressStandsAt(parameters.destination, octets, destinationAt) &&
        addressStandsAt(parameters.source, octets, sourceAt)
      ) {
        return sa;
      }
      sa = this.#byEnds.newest(key, sa.ordinal);
    }
    return undefined;
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
    const { protocol, mode, reqid } = template;
    const ends = endsKeyAt(protocol, mode, version, source, sourceAt, destination, destinationAt);
    const index = reqid === 0 ? this.#byEnds : this.#byReqid;
    const key = reqid === 0 ? ends : mix(ends, reqid);
    let best: Sa | undefined;
    for (let sa = index.newest(key); sa !== undefined; sa = index.newest(key, sa.ordinal)) {
      const { parameters } = sa;
      if (
        parameters.protocol !== protocol ||
        parameters.mode !== mode ||
        (reqid !== 0 && parameters.reqid !== reqid) ||
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

const MODES: readonly Mode[] = ['transport', 'tunnel'];

/** Of two SAs at most: one of AH, one of ESP, or one of IPComp. */
function nameKey({ spi, destination: { version, octets } }: SaId): number {
  return mixAddress(spi | 0, version, octets, 0, addressBits(version));
}

function endsKey({
  protocol,
  mode,
  source,
  destination,
}: Pick<SaParameters, 'protocol' | 'mode' | 'source' | 'destination'>): number {
  const { version, octets } = destination;
  return endsKeyAt(protocol, mode, version, source.octets, 0, octets, 0);
}

function endsKeyAt(
  protocol: IpsecProtocol,
  mode: Mode,
  version: 4 | 6,
  source: Uint8Array,
  sourceAt: number,
  destination: Uint8Array,
  destinationAt: number,
): number {
  const bits = addressBits(version);
  const kind = (mode === 'tunnel' ? 4 : 0) + PROTOCOL_NUMBER[protocol];
  const begun = mixAddress(kind, version, source, sourceAt, bits);
  return mixAddress(begun, version, destination, destinationAt, bits);
}

const PROTOCOL_NUMBER: Readonly<Record<IpsecProtocol, number>> = { esp: 1, ah: 2, ipcomp: 3 };
