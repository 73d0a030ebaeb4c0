/**
 * A policy as the host at the other end has it.
 *
 * @module
 */
import type { Action, Policy } from '../../ipsec/policy.ts';
import type { Direction, Selector } from '../../ipsec/selector.ts';

/** The mirror image of `policy`: what is local here is remote there, what is sent here comes there. */
export function mirrored({ direction, selector, action, priority }: Policy): Policy {
  return {
    direction: OPPOSITE[direction],
    selector: mirroredSelector(selector),
    action: mirroredAction(action),
    priority,
  };
}

function mirroredSelector(selector: Selector): Selector {
  return {
    ...selector,
    localAddress: selector.remoteAddress,
    remoteAddress: selector.localAddress,
    localPort: selector.remotePort,
    remotePort: selector.localPort,
  };
}

function mirroredAction(action: Action): Action {
  if (action.kind !== 'protect') return action;
  const templates = action.templates.map((template) => {
    const { endpoints } = template;
    if (endpoints === null) return template;
    return { ...template, endpoints: { local: endpoints.remote, remote: endpoints.local } };
  });
  return { kind: 'protect', templates };
}

/** What passes through one host leaves the other. */
const OPPOSITE: Readonly<Record<Direction, Direction>> = {
  outbound: 'inbound',
  inbound: 'outbound',
  forward: 'outbound',
};
