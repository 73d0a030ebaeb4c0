/**
 * Going from layer to layer, from the outside in.
 *
 * @module
 */
import type { Ipv4Layer, Ipv6Layer, Layer } from './layer.ts';

/** The first IP header from the outside, if there is one. */
export function outermostIp(layer: Layer): Ipv4Layer | Ipv6Layer | null {
  for (let at: Layer | null = layer; at !== null; at = payloadOf(at)) {
    if (at.kind === 'ipv4' || at.kind === 'ipv6') return at;
  }
  return null;
}

/** The layer within, if `layer` has one. */
export function payloadOf(layer: Layer): Layer | null {
  return 'payload' in layer ? layer.payload : null;
}
