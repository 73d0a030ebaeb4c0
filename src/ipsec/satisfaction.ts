/**
 * Whether a packet had the protection that a policy asks for (RFC 4301 §5.2, step 4).
 *
 * @module
 */
import { sameAddress } from '../net/ip-address.ts';
import type { Template } from './policy.ts';
import type { SaParameters } from './sa-parameters.ts';

/** A layer that a packet had: what policies ask of its SA. */
export interface WornLayer {
  readonly parameters: Pick<SaParameters, 'protocol' | 'mode' | 'source' | 'destination'> & {
    /** `null` when that is not known: it counts as the one asked for. */
    readonly reqid: number | null;
  };
}

/** The layers of a packet, counted from the outermost: an `SaStack`. */
export interface WornLayers {
  readonly depth: number;
  at(place: number): WornLayer | undefined;
}

/**
 * Whether every layer required is among `layers`, those taken off, in order from the outermost.
 * Further layers of transport mode do no harm. A tunnel that nobody asked for does: the peer at its
 * other end could send packets in the name of everybody. `sent` says that the packet went the other
 * way, from the host that holds the policy.
 */
export function satisfies(
  layers: WornLayers,
  templates: readonly Template[],
  sent = false,
): boolean {
  let place = 0;
  for (let k = templates.length - 1; k >= 0; k--) {
    const template = templates[k];
    if (template === undefined) continue;
    const { level, mode, protocol } = template;
    if (level === 'use' && mode === 'transport') continue;
    const found = findLayer(layers, template, place, sent);
    if (found >= 0) place = found + 1;
    // IPComp leaves packets as they are that would not get shorter (RFC 3173 §2.2).
    else if (level === 'require' && (protocol !== 'ipcomp' || mode === 'tunnel')) return false;
  }
  for (; place < layers.depth; place++) {
    if (layers.at(place)?.parameters.mode === 'tunnel') return false;
  }
  return true;
}

/** The first layer from `place` on that serves `template`, with no other tunnel before; or -1. */
function findLayer(layers: WornLayers, template: Template, place: number, sent: boolean): number {
  for (let k = place; k < layers.depth; k++) {
    const sa = layers.at(k);
    if (sa === undefined) break;
    if (serves(sa, template, sent)) return k;
    if (sa.parameters.mode === 'tunnel') break;
  }
  return -1;
}

function serves(
  { parameters }: WornLayer,
  { protocol, mode, reqid, endpoints }: Template,
  sent: boolean,
): boolean {
  const { source, destination } = parameters;
  const [local, remote] = sent ? [source, destination] : [destination, source];
  return (
    parameters.protocol === protocol &&
    parameters.mode === mode &&
    (reqid === 0 || parameters.reqid === null || reqid === parameters.reqid) &&
    (endpoints === null ||
      (sameAddress(local, endpoints.local) && sameAddress(remote, endpoints.remote)))
  );
}
