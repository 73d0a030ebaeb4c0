/**
 * rtnetlink: interfaces (linux/rtnetlink.h, linux/if_link.h).
 *
 * @module
 */
import { hostU32, setHostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import {
  nestedAttribute,
  octetsAttribute,
  parseAttributes,
  textAttribute,
  u8Attribute,
  u32Attribute,
} from './attribute.ts';
import { type NetlinkMessage, type NetlinkRequest, NLM_F, netlinkRequest } from './nlmsg.ts';

/** The multicast group that is told of changes of devices. */
export const RTNLGRP_LINK = 1;

const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;

const IFINFOMSG = { INDEX: 4, FLAGS: 8, CHANGE: 12, LENGTH: 16 } as const;

const IFLA = { IFNAME: 3, MTU: 4, LINKINFO: 18, AF_SPEC: 26, NET_NS_FD: 28 } as const;
const IFLA_INFO = { KIND: 1, DATA: 2 } as const;
const VETH_INFO_PEER = 1;
const IFLA_INET_CONF = 1;
const IPV4_DEVCONF_RP_FILTER = 8;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;

const IFF_UP = 1;

/** AF_INET and AF_INET6 as Linux numbers them. */
export const ADDRESS_FAMILY = { 4: 2, 6: 10 } as const;

/** Brings interface `index` up, with an MTU in octets where one is given. */
export function linkUp(index: number, mtu?: number): NetlinkRequest {
  const attributes = mtu === undefined ? [] : [u32Attribute(IFLA.MTU, mtu)];
  return netlinkRequest(RTM_NEWLINK, NLM_F.ACK, [ifinfomsg(index, IFF_UP), ...attributes]);
}

/**
 * Sets how interface `index` looks at IPv4 sources: `loose` takes any that some route leads to.
 * The interface makes no IPv6 address for itself.
 */
export function configureLink(
  index: number,
  reversePathFilter: 'strict' | 'loose',
): NetlinkRequest {
  const filter = reversePathFilter === 'strict' ? 1 : 2;
  return netlinkRequest(RTM_NEWLINK, NLM_F.ACK, [
    ifinfomsg(index, 0),
    nestedAttribute(IFLA.AF_SPEC, [
      nestedAttribute(ADDRESS_FAMILY[4], [
        nestedAttribute(IFLA_INET_CONF, [u32Attribute(IPV4_DEVCONF_RP_FILTER, filter)]),
      ]),
      nestedAttribute(ADDRESS_FAMILY[6], [
        u8Attribute(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE),
      ]),
    ]),
  ]);
}

/** Makes a veth pair: `name` here, `peerName` in the network namespace that a descriptor names. */
export function newVethPair(name: string, peerName: string, peerNamespace: number): NetlinkRequest {
  const peer = octetsAttribute(
    VETH_INFO_PEER,
    netlinkRequest(0, 0, [
      ifinfomsg(0, 0),
      textAttribute(IFLA.IFNAME, peerName),
      u32Attribute(IFLA.NET_NS_FD, peerNamespace),
    ]).payload,
  );
  return netlinkRequest(RTM_NEWLINK, NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL, [
    ifinfomsg(0, 0),
    textAttribute(IFLA.IFNAME, name),
    nestedAttribute(IFLA.LINKINFO, [
      textAttribute(IFLA_INFO.KIND, 'veth'),
      nestedAttribute(IFLA_INFO.DATA, [peer]),
    ]),
  ]);
}

/** Asks about interface `index`; `parseLinkMtu` reads the answer. */
export function getLink(index: number): NetlinkRequest {
  return netlinkRequest(RTM_GETLINK, 0, [ifinfomsg(index, 0)]);
}

/** The MTU, in octets, that an answer to {@link getLink} tells. */
export function parseLinkMtu(message: NetlinkMessage): Parsed<number> {
  const attributes = parseAttributes(message.payload.subarray(IFINFOMSG.LENGTH));
  if (attributes instanceof Malformed) return attributes;
  const mtu = attributes.get(IFLA.MTU);
  if (mtu === undefined || mtu.length < 4) return new Malformed('netlink link', 'has no MTU');
  return hostU32(mtu, 0);
}

function ifinfomsg(index: number, flags: number): Uint8Array {
  const header = new Uint8Array(IFINFOMSG.LENGTH);
  setHostU32(header, IFINFOMSG.INDEX, index);
  setHostU32(header, IFINFOMSG.FLAGS, flags);
  setHostU32(header, IFINFOMSG.CHANGE, flags);
  return header;
}
