/**
 * rtnetlink: interfaces and their addresses (linux/rtnetlink.h, linux/if_link.h).
 *
 * @module
 */
import type { IpAddress } from '../net/ip-address.ts';
import { setHostU32 } from '../octets/host.ts';
import { setU8 } from '../octets/octets.ts';
import { nestedAttribute, octetsAttribute, textAttribute, u32Attribute } from './attribute.ts';
import { type NetlinkRequest, NLM_F, netlinkRequest } from './nlmsg.ts';

const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;

const IFINFOMSG = { INDEX: 4, FLAGS: 8, CHANGE: 12, LENGTH: 16 } as const;
const IFADDRMSG = { FAMILY: 0, PREFIX_LENGTH: 1, INDEX: 4, LENGTH: 8 } as const;

const IFLA = { IFNAME: 3, MTU: 4, LINKINFO: 18, NET_NS_PID: 19 } as const;
const IFLA_INFO = { KIND: 1, DATA: 2 } as const;
const VETH_INFO_PEER = 1;
const IFA = { ADDRESS: 1, LOCAL: 2 } as const;

const IFF_UP = 1;

/** AF_INET and AF_INET6 as Linux numbers them. */
export const ADDRESS_FAMILY = { 4: 2, 6: 10 } as const;

/** Brings interface `index` up, with an MTU in octets where one is given. */
export function linkUp(index: number, mtu?: number): NetlinkRequest {
  const attributes = mtu === undefined ? [] : [u32Attribute(IFLA.MTU, mtu)];
  return netlinkRequest(RTM_NEWLINK, NLM_F.ACK, [ifinfomsg(index, IFF_UP), ...attributes]);
}

/** Makes a veth pair: `name` here, `peerName` in the network namespace of process `peerPid`. */
export function newVethPair(name: string, peerName: string, peerPid: number): NetlinkRequest {
  const peer = octetsAttribute(
    VETH_INFO_PEER,
    netlinkRequest(0, 0, [
      ifinfomsg(0, 0),
      textAttribute(IFLA.IFNAME, peerName),
      u32Attribute(IFLA.NET_NS_PID, peerPid),
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

/** Gives interface `index` an address in a network of `prefixLength` bits. */
export function newAddress(
  index: number,
  address: IpAddress,
  prefixLength: number,
): NetlinkRequest {
  const header = new Uint8Array(IFADDRMSG.LENGTH);
  setU8(header, IFADDRMSG.FAMILY, ADDRESS_FAMILY[address.version]);
  setU8(header, IFADDRMSG.PREFIX_LENGTH, prefixLength);
  setHostU32(header, IFADDRMSG.INDEX, index);
  return netlinkRequest(RTM_NEWADDR, NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL, [
    header,
    octetsAttribute(IFA.LOCAL, address.octets),
    octetsAttribute(IFA.ADDRESS, address.octets),
  ]);
}

function ifinfomsg(index: number, flags: number): Uint8Array {
  const header = new Uint8Array(IFINFOMSG.LENGTH);
  setHostU32(header, IFINFOMSG.INDEX, index);
  setHostU32(header, IFINFOMSG.FLAGS, flags);
  setHostU32(header, IFINFOMSG.CHANGE, flags);
  return header;
}
