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
import { dissectPayload } from './dissect-ip.ts';
import type { IcvCheck } from './icv-check.ts';
import { outermostIp } from './json.ts';
import type { Judge } from './judge.ts';
import type { Ipv4Layer, Ipv6Layer, Layer } from './layer.ts';
import { type Observation, observe } from './observation.ts';
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
   * What can be known of the packet whose outermost layer is `layer`. It is good until the next one is
   * observed, for views in it point into the memory that packets are opened in.
   */
  observe(layer: Layer): Observation {
    const unsealer = this.#unsealer;
    const ip = this.#begin(layer);
    if (ip === null) return observe(layer);
    const stages: Stage[] = [{ layer, protections: [] }];
    for (let found = unsealer.next(); found !== null; found = unsealer.next()) {
      stages.at(-1)?.protections.push(found);
      if (!found.opened || found.protocol === 'ah') continue;
      const { octets } = unsealer.memory;
      const { payloadAt: at, payloadLength: length, nextHeader } = found;
      // Before the next layer is taken off, for that changes what is there.
      const inner = dissectPayload(octets, at, length, nextHeader, unsealer.header.version);
      stages.push({ layer: inner, protections: [] });
    }
    const verdict = this.#conclude(ip);
    let observation: Observation | null = null;
    for (let k = stages.length - 1; k >= 0; k--) {
      const stage = stages[k];
      if (stage === undefined) break;
      observation = {
        layer: stage.layer,
        icv: worstOf(stage.protections),
        protections: stage.protections,
        inner: observation,
        verdict: k === 0 ? verdict : null,
      };
    }
    if (observation === null) throw new Error('Bug: a packet without a layer');
    return observation;
  }

  /** As {@link observe}, for those who only want to know what policies say. */
  judge(layer: Layer): Verdict | null {
    const ip = this.#begin(layer);
    if (ip === null) return null;
    while (this.#unsealer.next() !== null);
    return this.#conclude(ip);
  }

  /** The packet's IP header, its copy in the unsealer; `null`, and counted, when there is none. */
  #begin(layer: Layer): Ipv4Layer | Ipv6Layer | null {
    const ip = outermostIp(layer);
    if (ip !== null && this.#unsealer.begin(ip.octets, ip.at, ip.captured)) return ip;
    this.#tally.countOther(layer.length);
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
  readonly protections: Protection[];
}

/** `ok` when every ICV is right, and there is one. */
function worstOf(protections: readonly Protection[]): IcvCheck {
  let worst: IcvCheck | null = null;
  for (const { protocol, icv, sa, opened } of protections) {
    // What was opened and has no ICV is as good as what is around it.
    if (protocol === 'ipcomp' || (opened && sa?.hasIcv === false)) continue;
    if (icv === 'bad') return 'bad';
    if (worst === null || icv === 'unchecked') worst = icv;
  }
  return worst ?? 'unchecked';
}
