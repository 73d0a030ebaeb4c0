/**
 * An SA that packets were seen of, whether anybody knows its keys or not.
 *
 * @module
 */
import type { IpsecProtocol, Mode } from '../ipsec/policy.ts';
import type { Transform } from '../ipsec/sa.ts';
import type { SaPattern } from '../ipsec/sa-pattern.ts';
import type { WornLayer } from '../ipsec/satisfaction.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { IcvCheck } from './icv-check.ts';
import { SequenceTrack } from './sequence-track.ts';

/** What names it: as packets show it, not as the SAD has it. */
export interface SeenSaId {
  readonly protocol: IpsecProtocol;
  readonly spi: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** What the SAD, or a table, has for it. */
export interface Keyed {
  readonly pattern: SaPattern;
  /** `null` when this machine lacks an algorithm, or a key is not told. */
  readonly transform: Transform | null;
  /** Whether its ICV can be checked. */
  readonly checks: boolean;
}

export class SeenSa {
  readonly id: SeenSaId;
  readonly packetsByIcv: Record<IcvCheck, number> = { ok: 0, bad: 0, unchecked: 0 };
  octets = 0;
  track: SequenceTrack;
  #keyed: Keyed | null;
  #transportLayer: WornLayer | null = null;
  #tunnelLayer: WornLayer | null = null;

  constructor(id: SeenSaId, keyed: Keyed | null) {
    this.id = id;
    this.#keyed = keyed;
    this.track = trackOf(keyed);
  }

  /** `null` when nobody told of it. */
  get keyed(): Keyed | null {
    return this.#keyed;
  }

  /** Somebody told of it, or of something else under its name, or nobody does any more. */
  set keyed(keyed: Keyed | null) {
    if (keyed !== null && keyed !== this.#keyed) this.track = trackOf(keyed, this.track.highest);
    this.#keyed = keyed;
    this.#transportLayer = null;
    this.#tunnelLayer = null;
  }

  /** `false` where it is known that its packets have no ICV, which then cannot be wrong. */
  get hasIcv(): boolean {
    if (this.#keyed === null || this.#keyed.checks) return true;
    return (this.#keyed.pattern.sa.integrity?.icvLength ?? 0) > 0;
  }

  get packets(): number {
    const { ok, bad, unchecked } = this.packetsByIcv;
    return ok + bad + unchecked;
  }

  /** Counts a packet of `octets` octets. */
  count(icv: IcvCheck, octets: number): void {
    this.packetsByIcv[icv] += 1;
    this.octets += octets;
  }

  /** What policies are to be told of a packet that was in `mode`. */
  layerIn(mode: Mode): WornLayer {
    if (mode === 'tunnel') {
      this.#tunnelLayer ??= this.#layer(mode);
      return this.#tunnelLayer;
    }
    this.#transportLayer ??= this.#layer(mode);
    return this.#transportLayer;
  }

  #layer(mode: Mode): WornLayer {
    const { protocol, source, destination } = this.id;
    const pattern = this.#keyed?.pattern;
    const reqid = pattern?.tellsMode ? pattern.sa.reqid : null;
    return { parameters: { protocol, mode, reqid, source, destination } };
  }
}

function trackOf(keyed: Keyed | null, highest = 0): SequenceTrack {
  const extended = keyed?.pattern.sa.extendedSequenceNumbers ?? false;
  return new SequenceTrack(extended, Math.max(highest, keyed?.pattern.sequenceNumber ?? 0));
}
