/**
 * Finds out about packets, with keys and policies: what is inside, whether it is authentic, whether
 * it should have been protected. Counts them.
 *
 *   packet ──► Unsealer ──► Judge ──► Tally
 *                 │           │
 *                 └───────────┴──► Observation
 *
 * Never sends and changes nothing: it works on copies.
 *
 * @module
 */
import type { CapturedPacket } from '../wire/captured-packet.ts';
import { dissectPayload } from './dissect-ip.ts';
import type { IcvCheck } from './icv-check.ts';
import type { Judge } from './judge.ts';
import type { Ipv4Layer, Ipv6Layer, Layer } from './layer.ts';
import type { Observation } from './observation.ts';
import type { Protection } from './protection.ts';
import type { Tally } from './tally.ts';
import type { Unsealer } from './unsealer.ts';
import type { Verdict } from './verdict.ts';

export class Watcher {
  readonly #unsealer: Unsealer;
  /** `null` where no policy is asked. */
  readonly #judge: Judge | null;
  readonly #tally: Tally;

  constructor(unsealer: Unsealer, judge: Judge | null, tally: Tally) {
    this.#unsealer = unsealer;
    this.#judge = judge;
    this.#tally = tally;
  }

  /**
   * What can be known of `packet`, whose outermost layer is `layer`. It is good until the next one is
   * observed, for views in it point into the memory that packets are opened in.
   */
  observe(packet: CapturedPacket, layer: Layer): Observation {
    const unsealer = this.#unsealer;
    const ip = this.#begin(packet, layer);
    if (ip === null) return observationOf(layer, packet.packet, NONE, null, null);
    const stages: Stage[] = [{ layer, octets: packet.packet, protections: [] }];
    for (let found = unsealer.next(); found !== null; found = unsealer.next()) {
      stages.at(-1)?.protections.push(found);
      if (!found.opened || found.protocol === 'ah') continue;
      const { octets } = unsealer.memory;
      const { payloadAt: at, payloadLength: length, nextHeader } = found;
      // Before the next layer is taken off, for that changes what is there.
      const inner = dissectPayload(octets, at, length, nextHeader, unsealer.header.version);
      stages.push({ layer: inner, octets, protections: [] });
    }
    const verdict = this.#conclude(ip);
    let observation: Observation | null = null;
    for (let k = stages.length - 1; k >= 0; k--) {
      const stage = stages[k];
      if (stage === undefined) break;
      const said = k === 0 ? verdict : null;
      const { layer: outermost, octets, protections } = stage;
      observation = observationOf(outermost, octets, protections, observation, said);
    }
    if (observation === null) throw new Error('Bug: a packet without a layer');
    return observation;
  }

  /** As {@link observe}, for those who only want to know what policies say. */
  judge(packet: CapturedPacket, layer: Layer): Verdict | null {
    const ip = this.#begin(packet, layer);
    if (ip === null) return null;
    while (this.#unsealer.next() !== null);
    return this.#conclude(ip);
  }

  /** The packet's IP header, its copy in the unsealer; `null`, and counted, when there is none. */
  #begin({ packet, originalLength }: CapturedPacket, layer: Layer): Ipv4Layer | Ipv6Layer | null {
    const ip = ipOf(layer);
    if (ip !== null && this.#unsealer.begin(packet, ip.at, ip.captured)) return ip;
    this.#tally.countOther(originalLength);
    return null;
  }

  #conclude(ip: Ipv4Layer | Ipv6Layer): Verdict | null {
    const { memory, header, count } = this.#unsealer;
    const verdict = this.#judge?.judge(this.#unsealer) ?? null;
    this.#tally.count(memory.octets, header, ip.length, count > 0, verdict?.kind ?? null);
    return verdict;
  }
}

/** A packet, or what was in it. */
interface Stage {
  readonly layer: Layer;
  readonly octets: Uint8Array;
  readonly protections: Protection[];
}

function observationOf(
  layer: Layer,
  octets: Uint8Array,
  protections: readonly Protection[],
  inner: Observation | null,
  verdict: Verdict | null,
): Observation {
  return { layer, octets, icv: worstOf(protections), protections, inner, verdict };
}

/** `ok` when every ICV is right, and there is one. */
function worstOf(protections: readonly Protection[]): IcvCheck {
  let worst: IcvCheck | null = null;
  for (const { protocol, icv } of protections) {
    if (protocol === 'ipcomp') continue;
    if (icv === 'bad') return 'bad';
    if (worst === null || icv === 'unchecked') worst = icv;
  }
  return worst ?? 'unchecked';
}

/** The outermost IP header, if it is whole. */
function ipOf(layer: Layer): Ipv4Layer | Ipv6Layer | null {
  for (let at: Layer = layer; ; at = at.payload) {
    if (at.kind === 'ipv4' || at.kind === 'ipv6') return at;
    if (!('payload' in at)) return null;
  }
}

const NONE: readonly Protection[] = [];
