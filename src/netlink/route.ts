/**
 * rtnetlink: routes and the rules that choose a routing table (linux/rtnetlink.h,
 * linux/fib_rules.h).
 *
 * @module
 */
import { setU8 } from '../octets/octets.ts';
import { u32Attribute } from './attribute.ts';
import { ADDRESS_FAMILY } from './link.ts';
import { type NetlinkRequest, NLM_F, netlinkRequest } from './nlmsg.ts';

const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;
const RTM_NEWRULE = 32;
const RTM_DELRULE = 33;

const RTMSG = { FAMILY: 0, PROTOCOL: 5, SCOPE: 6, TYPE: 7, LENGTH: 12 } as const;
const RTPROT_STATIC = 4;
const RT_SCOPE = { UNIVERSE: 0, LINK: 253 } as const;
const RTN = { UNICAST: 1, PROHIBIT: 8 } as const;
const RTA = { OIF: 4, PRIORITY: 6, TABLE: 15 } as const;

/** `struct fib_rule_hdr` has the layout of `struct rtmsg`, its action where the type is. */
const FR_ACT_TO_TBL = 1;
const FRA = { PRIORITY: 6, FWMARK: 10, TABLE: 15, FWMASK: 16 } as const;

/** The route of routing table `table` for every destination that has no better one. */
export type DefaultRoute =
  /** Through interface `index`. */
  | { readonly table: number; readonly metric: number; readonly index: number }
  /** Refused, with an error to the sender. */
  | { readonly table: number; readonly metric: number; readonly index: null };

/** Adds `route`, or puts it in place of the one of the same table and metric. */
export function newDefaultRoute(version: 4 | 6, route: DefaultRoute): NetlinkRequest {
  return routeRequest(RTM_NEWROUTE, NLM_F.CREATE | NLM_F.REPLACE, version, route);
}

/** Removes `route`. */
export function deleteDefaultRoute(version: 4 | 6, route: DefaultRoute): NetlinkRequest {
  return routeRequest(RTM_DELROUTE, 0, version, route);
}

/** Packets whose mark, under `mask`, is `mark` are routed by table `table`. */
export interface MarkRule {
  /** Rules of a lower number are asked first. */
  readonly priority: number;
  readonly mark: number;
  readonly mask: number;
  readonly table: number;
}

/** Adds `rule`; fails with EEXIST when it is there. */
export function newMarkRule(version: 4 | 6, rule: MarkRule): NetlinkRequest {
  return ruleRequest(RTM_NEWRULE, NLM_F.CREATE | NLM_F.EXCL, version, rule);
}

/** Removes `rule`; fails with ENOENT when it is not there. */
export function deleteMarkRule(version: 4 | 6, rule: MarkRule): NetlinkRequest {
  return ruleRequest(RTM_DELRULE, 0, version, rule);
}

function routeRequest(
  type: number,
  flags: number,
  version: 4 | 6,
  route: DefaultRoute,
): NetlinkRequest {
  const header = new Uint8Array(RTMSG.LENGTH);
  setU8(header, RTMSG.FAMILY, ADDRESS_FAMILY[version]);
  setU8(header, RTMSG.PROTOCOL, RTPROT_STATIC);
  setU8(header, RTMSG.SCOPE, route.index === null ? RT_SCOPE.UNIVERSE : RT_SCOPE.LINK);
  setU8(header, RTMSG.TYPE, route.index === null ? RTN.PROHIBIT : RTN.UNICAST);
  return netlinkRequest(type, NLM_F.ACK | flags, [
    header,
    u32Attribute(RTA.TABLE, route.table),
    u32Attribute(RTA.PRIORITY, route.metric),
    ...(route.index === null ? [] : [u32Attribute(RTA.OIF, route.index)]),
  ]);
}

function ruleRequest(type: number, flags: number, version: 4 | 6, rule: MarkRule): NetlinkRequest {
  const header = new Uint8Array(RTMSG.LENGTH);
  setU8(header, RTMSG.FAMILY, ADDRESS_FAMILY[version]);
  setU8(header, RTMSG.TYPE, FR_ACT_TO_TBL);
  return netlinkRequest(type, NLM_F.ACK | flags, [
    header,
    u32Attribute(FRA.PRIORITY, rule.priority),
    u32Attribute(FRA.FWMARK, rule.mark),
    u32Attribute(FRA.FWMASK, rule.mask),
    u32Attribute(FRA.TABLE, rule.table),
  ]);
}
