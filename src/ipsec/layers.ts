/**
 * The layers of a policy, and between which addresses each of them is asked for.
 *
 * @module
 */
import { hostPrefix } from '../net/prefix.ts';
import type { Policy, PolicyId, Template } from './policy.ts';

/** One layer of what a policy asks for. */
export interface Layer {
  readonly template: Template;
  /** The packets that get it: those of the policy, with the ends of a tunnel that is further in. */
  readonly packets: PolicyId;
}

/** The layers that `policy` asks for, innermost first; none unless it protects. */
export function layersOf({ action, direction, selector }: Policy): readonly Layer[] {
  if (action.kind !== 'protect') return [];
  let packets: PolicyId = { direction, selector };
  return action.templates.map((template) => {
    const layer = { template, packets };
    if (template.endpoints !== null) {
      const { local, remote } = template.endpoints;
      const ends = { localAddress: hostPrefix(local), remoteAddress: hostPrefix(remote) };
      packets = { direction, selector: { ...packets.selector, ...ends } };
    }
    return layer;
  });
}
