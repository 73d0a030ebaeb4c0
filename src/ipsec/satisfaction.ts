/**
 * Whether a packet had the protection that a policy asks for (RFC 4301 §5.2, step 4).
 *
 * @module
 */
import { sameAddress } from '../net/ip-address.ts';
import type { Template } from './policy.ts';
import type { Sa } from './sa.ts';
import type { SaStack } from './sa-stack.ts';

/**
 * Whether every layer required is among `layers`, those taken off, in order from the outermost.
 * Further layers of transport mode do no harm. A tunnel that nobody asked for does: the peer at its
 * other end could send packets in the name of everybody.
 */
export function satisfies(layers: Readonly<SaStack>, templates: readonly Template[]): boolean {
  let place = 0;
  for (let k = templates.length - 1; k >= 0; k--) {
    const template = templates[k];
    if (template === undefined) continue;
    const { level, mode, protocol } = template;
    if (level === 'use' && mode === 'transport') continue;
    const found = findLayer(layers, template, place);
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
function findLayer(layers: Readonly<SaStack>, template: Template, place: number): number {
  for (let k = place; k < layers.depth; k++) {
    const sa = layers.at(k);
    if (sa === undefined) break;
    if (serves(sa, template)) return k;
    if (sa.parameters.mode === 'tunnel') break;
  }
  return -1;
}

function serves({ parameters }: Sa, { protocol, mode, reqid, endpoints }: Template): boolean {
  return (
    parameters.protocol === protocol &&
    parameters.mode === mode &&
    (reqid === 0 || reqid === parameters.reqid) &&
    (endpoints === null ||
      (sameAddress(parameters.destination, endpoints.local) &&
        sameAddress(parameters.source, endpoints.remote)))
  );
}
