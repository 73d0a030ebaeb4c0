/**
 * A packet and what is known of it: the layers that dissection finds, and what others find out who
 * have keys and policies.
 *
 * @module
 */
import type { CapturedPacket } from '../wire/captured-packet.ts';
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

/** Finds out what can be known of `packet`, whose outermost layer is `layer`. */
export type Annotate = (packet: CapturedPacket, layer: Layer) => Observation;

/** Knows nothing beyond the layers. */
export const observe: Annotate = (_packet, layer) => ({
  layer,
  icv: 'unchecked',
  inner: null,
  protections: [],
  verdict: null,
});
