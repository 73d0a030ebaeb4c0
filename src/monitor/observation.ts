/**
 * A packet and what is known of it: the layers that dissection finds, and what others find out who
 * have keys and policies.
 *
 * @module
 */
import type { CapturedPacket } from '../wire/captured-packet.ts';
import type { Layer } from './layer.ts';

/** What became of the ICV: `unchecked` where there is none, too, or nobody has the key. */
export type IcvCheck = 'ok' | 'bad' | 'unchecked';

export interface Observation {
  /** The outermost layer. */
  readonly layer: Layer;
  readonly icv: IcvCheck;
  /** The packet that was within, opened. */
  readonly inner: Observation | null;
  /** What a policy says of it; `null` where nobody asked one. */
  readonly verdict: string | null;
}

/** Finds out what can be known of `packet`, whose outermost layer is `layer`. */
export type Annotate = (packet: CapturedPacket, layer: Layer) => Observation;

/** Knows nothing beyond the layers. */
export const observe: Annotate = (_packet, layer) => ({
  layer,
  icv: 'unchecked',
  inner: null,
  verdict: null,
});
