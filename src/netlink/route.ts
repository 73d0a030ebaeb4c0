/**
 * rtnetlink: routes and the rules that choose a routing table (linux/rtnetlink.h,
 * linux/fib_rules.h).
 *
 * @module
 */
import { type IpAddress, ipAddressAt } from '../net/ip-address.ts';
import type { Prefix } from '../net/prefix.ts';
import { hostU32, setHostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { setU8 } from '../octets/octets.ts';
import { octetsAttribute, parseAttributes, u32Attribute } from './attribute.ts';
import { ADDRESS_FAMILY } from './link.ts';
import { type NetlinkMessage, type NetlinkRequest, NLM_F, netlinkRequest } from './nlmsg.ts';

const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;
const RTM_GETROUTE = 26;
const RTM_NEWRULE = 32;
const RTM_DELRULE = 33;

const RTMSG = {
  FAMILY: 0,
  DESTINATION_LENGTH: 1,
  PROTOCOL: 5,
  SCOPE: 6,
  TYPE: 7,
  FLAGS: 8,
  LENGTH: 12,
} as const;
const RTPROT_BOOT = 3;
const RTPROT_STATIC = 4;
const RT_SCOPE = { UNIVERSE: 0, LINK: 253, NOWHERE: 255 } as const;
const RT_TABLE_MAIN = 254;
const RTN = { UNICAST: 1, PROHIBIT: 8 } as const;
const RTA = {
  DST: 1,
  OIF: 4,
  GATEWAY: 5,
  PRIORITY: 6,
  PREFSRC: 7,
  METRICS: 8,
  TABLE: 15,
  MARK: 16,
} as const;
const RTAX_MTU = 2;
/** Answer with the route as configured, and not with what was learned about the destination. */
const RTM_F_FIB_MATCH = 0x2000;

/** `struct fib_rule_hdr` has the layout of `struct rtmsg`, its action where the type is. */
const FR_ACT_TO_TBL = 1;
const FRA = { PRIORITY: 6, FWMARK: 10, TABLE: 15, FWMASK: 16 } as const;

/** The route of routing table `table` for every destination that has no better one. */
export type DefaultRoute =
  /** Through interface `index`. */
  | { readonly table: number; readonly metric: number; readonly index: number }
  /** Refused, with an error to the sender. */
  | { readonly table: number; readonly metric: number; readonly index: null };

/** Adds `route`; fails with EEXIST when there is one of the same table and metric. */
export function newDefaultRoute(version: 4 | 6, route: DefaultRoute): NetlinkRequest {
  return routeRequest(RTM_NEWROUTE, NLM_F.CREATE | NLM_F.EXCL, version, route);
}

/** Removes `route`. */
export function deleteDefaultRoute(version: 4 | 6, route: DefaultRoute): NetlinkRequest {
  return routeRequest(RTM_DELROUTE, 0, version, route);
}

/** The multicast groups that are told of changes of such rules: RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE. */
export const RULE_GROUPS: readonly number[] = [8, 19];

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

/** A route of the main table, as `ip route add DESTINATION via GATEWAY src SOURCE` makes it. */
export interface GatewayRoute {
  /** Without bits behind its length. */
  readonly destination: Prefix;
  readonly gateway: IpAddress;
  /** What packets that have no address of their own yet get. */
  readonly source: IpAddress;
}

/** Adds `route`; fails with EEXIST when there is one to the same destination. */
export function newGatewayRoute(route: GatewayRoute): NetlinkRequest {
  return gatewayRouteRequest(RTM_NEWROUTE, NLM_F.CREATE | NLM_F.EXCL, route, {
    protocol: RTPROT_BOOT,
    scope: RT_SCOPE.UNIVERSE,
  });
}

/** Removes `route`, and none that differs; fails with ESRCH when it is not there. */
export function deleteGatewayRoute(route: GatewayRoute): NetlinkRequest {
  return gatewayRouteRequest(RTM_DELROUTE, 0, route, { protocol: 0, scope: RT_SCOPE.NOWHERE });
}

/** Asks how a packet to `destination` would leave; `parseRouteSource` reads the answer. */
export function getRouteSource(destination: IpAddress): NetlinkRequest {
  const header = new Uint8Array(RTMSG.LENGTH);
  setU8(header, RTMSG.FAMILY, ADDRESS_FAMILY[destination.version]);
  setU8(header, RTMSG.DESTINATION_LENGTH, destination.octets.length * 8);
  return netlinkRequest(RTM_GETROUTE, 0, [header, octetsAttribute(RTA.DST, destination.octets)]);
}

/** The source address in an answer to {@link getRouteSource}; `null` when it has none. */
export function parseRouteSource(message: NetlinkMessage): Parsed<IpAddress | null> {
  const attributes = parseAttributes(message.payload.subarray(RTMSG.LENGTH));
  if (attributes instanceof Malformed) return attributes;
  const source = attributes.get(RTA.PREFSRC);
  if (source?.length === 4) return ipAddressAt(4, source, 0);
  return source?.length === 16 ? ipAddressAt(6, source, 0) : null;
}

/** Asks which route a packet to `destination` with `mark` takes; `parseRoute` reads the answer. */
export function getRoute(destination: IpAddress, mark: number): NetlinkRequest {
  const header = new Uint8Array(RTMSG.LENGTH);
  setU8(header, RTMSG.FAMILY, ADDRESS_FAMILY[destination.version]);
  setU8(header, RTMSG.DESTINATION_LENGTH, destination.octets.length * 8);
  setHostU32(header, RTMSG.FLAGS, RTM_F_FIB_MATCH);
  return netlinkRequest(RTM_GETROUTE, 0, [
    header,
    octetsAttribute(RTA.DST, destination.octets),
    u32Attribute(RTA.MARK, mark),
  ]);
}

/** What is asked of a route. */
export interface Route {
  /** The interface it leaves by; `null` when it leaves by none. */
  readonly index: number | null;
  /** The MTU configured for the route itself, in octets; `null` when its interface's counts. */
  readonly mtu: number | null;
}

/** Reads an answer to {@link getRoute}. */
export function parseRoute(message: NetlinkMessage): Parsed<Route> {
  const attributes = parseAttributes(message.payload.subarray(RTMSG.LENGTH));
  if (attributes instanceof Malformed) return attributes;
  const metrics = parseAttributes(attributes.get(RTA.METRICS) ?? new Uint8Array(0));
  if (metrics instanceof Malformed) return metrics;
  return {
    index: integerOf(attributes.get(RTA.OIF)),
    mtu: integerOf(metrics.get(RTAX_MTU)),
  };
}

function integerOf(value: Uint8Array | undefined): number | null {
  return value !== undefined && value.length >= 4 ? hostU32(value, 0) : null;
}

function gatewayRouteRequest(
  type: number,
  flags: number,
  { destination, gateway, source }: GatewayRoute,
  { protocol, scope }: { readonly protocol: number; readonly scope: number },
): NetlinkRequest {
  const header = new Uint8Array(RTMSG.LENGTH);
  setU8(header, RTMSG.FAMILY, ADDRESS_FAMILY[destination.address.version]);
  setU8(header, RTMSG.DESTINATION_LENGTH, destination.length);
  setU8(header, RTMSG.PROTOCOL, protocol);
  setU8(header, RTMSG.SCOPE, scope);
  setU8(header, RTMSG.TYPE, RTN.UNICAST);
  return netlinkRequest(type, NLM_F.ACK | flags, [
    header,
    u32Attribute(RTA.TABLE, RT_TABLE_MAIN),
    octetsAttribute(RTA.DST, destination.address.octets),
    octetsAttribute(RTA.GATEWAY, gateway.octets),
    octetsAttribute(RTA.PREFSRC, source.octets),
  ]);
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
