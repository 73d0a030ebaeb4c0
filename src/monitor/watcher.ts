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
import type { Judge } from './judge.ts';
import type { Ipv4Layer, Ipv6Layer, Layer } from './layer.ts';
import { outermostIp } from './layer-chain.ts';
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
    const ip = this.#begin(layer);
    if (ip === null) return observe(layer);
    const protections: Protection[] = [];
    const inner = this.#lookInto(protections);
    return {
      layer,
      icv: worstOf(protections),
      protections,
      inner,
      verdict: this.#conclude(ip),
    };
  }

  /** As {@link observe}, for those who only want to know what policies say. */
  judge(layer: Layer): Verdict | null {
    const ip = this.#begin(layer);
    if (ip === null) return null;
    while (this.#unsealer.next() !== null);
    return this.#conclude(ip);
  }

  /** What is inside of the next layer that hides something; notes that and those before it. */
  #lookInto(protections: Protection[]): Observation | null {
    const unsealer = this.#unsealer;
    for (let found = unsealer.next(); found !== null; found = unsealer.next()) {
      protections.push(found);
      if (!found.opened || found.protocol === 'ah') continue;
      const { payloadAt, payloadLength, nextHeader } = found;
      const { octets } = unsealer.copy.memory;
      const { version } = unsealer.copy.header;
      // Before the next layer is taken off, for that changes what is there.
      const layer = dissectPayload(octets, payloadAt, payloadLength, nextHeader, version);
      const further: Protection[] = [];
      const inner = this.#lookInto(further);
      return { layer, icv: worstOf(further), protections: further, inner, verdict: null };
    }
    return null;
  }

  /** The packet's IP header, its copy in the unsealer; `null`, and counted, when there is none. */
  #begin(layer: Layer): Ipv4Layer | Ipv6Layer | null {
    const ip = outermostIp(layer);
    if (ip !== null && this.#unsealer.begin(ip.octets, ip.at, ip.captured)) return ip;
    this.#tally.countOther(layer.length);
    return null;
  }

  #conclude(ip: Ipv4Layer | Ipv6Layer): Verdict | null {
    const { count, copy } = this.#unsealer;
    const verdict = this.#judge?.judge(this.#unsealer) ?? null;
    this.#tally.count(copy.memory.octets, copy.header, ip.length, count > 0, verdict?.kind ?? null);
    return verdict;
  }
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
