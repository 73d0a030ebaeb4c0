/**
 * The layers of protection that are to be negotiated with one peer: what the SPD asks for in both
 * directions, and between which addresses.
 *
 * @module
 */

import { type Layer, layersOf } from '../ipsec/layers.ts';
import type { IpsecProtocol, Mode, Policy, Template } from '../ipsec/policy.ts';
import { type IpAddress, sameAddress } from '../net/ip-address.ts';
import { type Prefix, prefixCovers } from '../net/prefix.ts';
import type { Ends } from './path.ts';

/** One layer: an SA of each direction. */
export interface BundleLayer {
  readonly protocol: IpsecProtocol;
  readonly mode: Mode;
  /** Where its SAs end: at the ends of the tunnel, or in transport mode where IKE does. */
  readonly local: IpAddress;
  readonly remote: IpAddress;
  /** What ties its SAs to the templates of either direction; 0 is nothing. */
  readonly outboundReqid: number;
  readonly inboundReqid: number;
}

/** Innermost first, as templates are. */
export type Bundle = readonly BundleLayer[];

/**
 * What `policy` asks for between `ends`; layers that are for other peers are left out. `counterpart` is
 * the policy for the other direction, which SAs may need another reqid for; `null` when there is none.
 */
export function bundleOf(policy: Policy, counterpart: Policy | null, ends: Ends): Bundle {
  const others = counterpart === null ? [] : [...templatesBetween(counterpart, ends)];
  return templatesBetween(policy, ends).map((template) => {
    const { protocol, mode, endpoints, reqid } = template;
    const place = others.findIndex((each) => each.protocol === protocol && each.mode === mode);
    const [other] = place === -1 ? [] : others.splice(place, 1);
    const isOutbound = policy.direction === 'outbound';
    return {
      protocol,
      mode,
      ...(endpoints ?? ends),
      outboundReqid: (isOutbound ? reqid : other?.reqid) ?? 0,
      inboundReqid: (isOutbound ? other?.reqid : reqid) ?? 0,
    };
  });
}

/** Innermost first. */
function templatesBetween(policy: Policy, ends: Ends): readonly Template[] {
  return layersOf(policy)
    .filter((layer) => isBetween(layer, ends))
    .map(({ template }) => template);
}

/** Whether the SAs of `layer` have `ends`. In transport mode they are those of the packets. */
function isBetween({ template: { endpoints }, packets }: Layer, { local, remote }: Ends): boolean {
  if (endpoints !== null) {
    return sameAddress(endpoints.local, local) && sameAddress(endpoints.remote, remote);
  }
  const { localAddress, remoteAddress } = packets.selector;
  return covers(localAddress, local) && covers(remoteAddress, remote);
}

function covers(prefix: Prefix, { version, octets }: IpAddress): boolean {
  return prefix.address.version === version && prefixCovers(prefix, octets, 0);
}

/** Whether no layer of `bundle` is a tunnel. */
export function isTransport(bundle: Bundle): boolean {
  return bundle.every(({ mode }) => mode === 'transport');
}
