/**
 * A packet and what is known of it: the layers that dissection finds, and what others find out who
 * have keys and policies.
 *
 * @module
 */
import type { IcvCheck } from './icv-check.ts';
import type { Layer } from './layer.ts';
import type { Protection } from './protection.ts';
import type { Verdict } from './verdict.ts';

export interface Observation {
  /** The outermost layer. */
  readonly layer: Layer;
  readonly icv: IcvCheck;
  /** The packet that was within, opened. */
  readonly inner: Observation | null;
  /** The AH, ESP and IPComp of `layer`, outermost first; the last may be what `inner` was in. */
  readonly protections: readonly Protection[];
  /** What policies say of it; `null` where nobody asked any, and for `inner`. */
  readonly verdict: Verdict | null;
}

/** What can be known of a packet, whose outermost layer is `layer`, without keys and policies. */
export function observe(layer: Layer): Observation {
  return { layer, icv: 'unchecked', inner: null, protections: [], verdict: null };
}
