/**
 * Which policies of the SPD a peer means by the traffic that it names: an inbound one, and the outbound
 * one that belongs to it; and those to make where there are none and the peer may have its way.
 *
 * @module
 */
import { DEFAULT_PRIORITY, type Policy, type Template } from '../ipsec/policy.ts';
import {
  type Direction,
  includesAddresses,
  type Selector,
  selectorKey,
} from '../ipsec/selector.ts';
import { isAnyPort, type PortRange } from '../net/port-range.ts';
import { type Prefix, prefixOctets } from '../net/prefix.ts';
import type { Bundle } from './bundle.ts';
import { bundleOf } from './bundle.ts';
import type { Ends } from './path.ts';

export interface ResponderPolicies {
  readonly kind: 'found';
  readonly inbound: Policy;
  /** `null` when the peer's traffic has no way back. */
  readonly outbound: Policy | null;
  readonly bundle: Bundle;
}

/** What of a policy is not what the peer wants. */
export type SpdPoint = 'addresses' | 'protocol' | 'ports' | 'action' | 'ends';

/** No inbound policy is for what the peer wants. */
export interface NoInboundPolicy {
  readonly kind: 'no-inbound-policy';
  readonly wanted: Selector;
  /** All that the SPD has inbound, and for each the first point that kept it from being the one. */
  readonly nearMisses: readonly { readonly policy: Policy; readonly differs: SpdPoint }[];
}

/**
 * Finds the policies for `wanted`, traffic with the peer between `ends`: exactly for it, or else the first
 * that covers it.
 */
export function findResponderPolicies(
  policies: readonly Policy[],
  wanted: Selector,
  ends: Ends,
): ResponderPolicies | NoInboundPolicy {
  const inbound = byPrecedence(policies, 'inbound', wanted);
  const outbound = byPrecedence(policies, 'outbound', wanted).find(
    (policy) => differenceOf(policy, wanted, ends) === null,
  );
  const nearMisses: { readonly policy: Policy; readonly differs: SpdPoint }[] = [];
  for (const policy of inbound) {
    const differs = differenceOf(policy, wanted, ends);
    if (differs === null) {
      const bundle = bundleOf(policy, outbound ?? null, ends);
      return { kind: 'found', inbound: policy, outbound: outbound ?? null, bundle };
    }
    nearMisses.push({ policy, differs });
  }
  return { kind: 'no-inbound-policy', wanted, nearMisses };
}

/** Those of `direction`: the one exactly for `wanted`, then in the order in which packets meet them. */
function byPrecedence(
  policies: readonly Policy[],
  direction: Direction,
  wanted: Selector,
): readonly Policy[] {
  const key = selectorKey(masked(wanted));
  const isExact = ({ selector }: Policy) =>
    // To make a key takes long, and where there are many policies nearly all differ here.
    includesAddresses(selector, wanted) && selectorKey(masked(selector)) === key;
  const inOrder = policies
    .filter((policy) => policy.direction === direction)
    .sort((a, b) => a.priority - b.priority);
  const exact = inOrder.filter(isExact);
  return exact.length === 0 ? inOrder : [...exact, ...inOrder.filter((it) => !exact.includes(it))];
}

function differenceOf(policy: Policy, wanted: Selector, ends: Ends): SpdPoint | null {
  const { selector, action } = policy;
  if (!includesAddresses(selector, wanted)) return 'addresses';
  const { nextLayerProtocol } = selector;
  if (nextLayerProtocol !== 'any' && nextLayerProtocol !== wanted.nextLayerProtocol) {
    return 'protocol';
  }
  if (
    !meets(selector.localPort, wanted.localPort) ||
    !meets(selector.remotePort, wanted.remotePort)
  ) {
    return 'ports';
  }
  if (action.kind !== 'protect') return 'action';
  // Layers that are for another peer could never be negotiated with this one.
  return bundleOf(policy, null, ends).length === action.templates.length ? null : 'ends';
}

/** Not RFC: those that cannot say a port, or do not, say any. */
function meets(own: PortRange, wanted: PortRange): boolean {
  if (isAnyPort(own) || isAnyPort(wanted)) return true;
  return own.first <= wanted.first && wanted.last <= own.last;
}

/** Without host bits, which mean nothing. */
function masked(selector: Selector): Selector {
  const mask = ({ address, length }: Prefix): Prefix => ({
    address: { ...address, octets: prefixOctets({ address, length }) },
    length,
  });
  return {
    ...selector,
    localAddress: mask(selector.localAddress),
    remoteAddress: mask(selector.remoteAddress),
  };
}

/**
 * The policies for `selector` that a peer is given which may have its way (`generate_policy`): in, out,
 * and in tunnels for what passes through. Their templates have the reqids of `bundle`.
 */
export function generatedPolicies(selector: Selector, bundle: Bundle): readonly Policy[] {
  const isTunnel = bundle.some(({ mode }) => mode === 'tunnel');
  const directions = ['inbound', ...(isTunnel ? ['forward' as const] : []), 'outbound'] as const;
  return directions.map((direction) => {
    const templates = bundle.map(
      ({ protocol, mode, local, remote, inboundReqid, outboundReqid }): Template => ({
        protocol,
        mode,
        endpoints: mode === 'tunnel' ? { local, remote } : null,
        level: 'require',
        reqid: direction === 'outbound' ? outboundReqid : inboundReqid,
      }),
    );
    return {
      direction,
      selector,
      action: { kind: 'protect', templates },
      priority: DEFAULT_PRIORITY,
    };
  });
}
