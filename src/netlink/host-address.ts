/**
 * rtnetlink: the addresses that a host has (linux/if_addr.h).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |    family     | prefix length |     flags     |     scope     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       interface index                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Attributes follow.
 *
 * @module
 */
import { type IpAddress, ipAddressAt } from '../net/ip-address.ts';
import { hostU32, setHostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { setU8, u8 } from '../octets/octets.ts';
import { octetsAttribute, parseAttributes } from './attribute.ts';
import { ADDRESS_FAMILY } from './link.ts';
import { type NetlinkMessage, type NetlinkRequest, NLM_F, netlinkRequest } from './nlmsg.ts';

const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;

const IFADDRMSG = {
  FAMILY: 0,
  PREFIX_LENGTH: 1,
  FLAGS: 2,
  SCOPE: 3,
  INDEX: 4,
  LENGTH: 8,
} as const;
const IFA = { ADDRESS: 1, LOCAL: 2, FLAGS: 8 } as const;

/** Others may have the address, or have it indeed (RFC 4862 §5.4): it is of no use yet, or never. */
const IFA_F_DADFAILED = 0x08;
const IFA_F_TENTATIVE = 0x40;

const RT_SCOPE_HOST = 254;

/** Multicast groups that tell of addresses that come and go (RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR). */
export const ADDRESS_GROUPS: readonly number[] = [5, 9];

export interface HostAddress {
  /** Of its interface. */
  readonly index: number;
  readonly address: IpAddress;
  /** Whether packets may come from it now. */
  readonly usable: boolean;
}

/** Asks for all addresses of one IP version; `parseHostAddress` reads each message of the dump. */
export function dumpAddresses(version: 4 | 6): NetlinkRequest {
  const header = new Uint8Array(IFADDRMSG.LENGTH);
  setU8(header, IFADDRMSG.FAMILY, ADDRESS_FAMILY[version]);
  return netlinkRequest(RTM_GETADDR, NLM_F.DUMP, [header]);
}

/** Reads a message that tells of an address; `null` for one of neither IPv4 nor IPv6. */
export function parseHostAddress({ payload }: NetlinkMessage): Parsed<HostAddress | null> {
  if (payload.length < IFADDRMSG.LENGTH) {
    return Malformed.truncated('netlink address', IFADDRMSG.LENGTH, payload.length);
  }
  const attributes = parseAttributes(payload.subarray(IFADDRMSG.LENGTH));
  if (attributes instanceof Malformed) return attributes;
  const family = u8(payload, IFADDRMSG.FAMILY);
  const version = family === ADDRESS_FAMILY[4] ? 4 : 6;
  if (family !== ADDRESS_FAMILY[version]) return null;
  // On a point-to-point link the other one is the peer's.
  const octets = attributes.get(IFA.LOCAL) ?? attributes.get(IFA.ADDRESS);
  if (octets?.length !== (version === 4 ? 4 : 16)) {
    return new Malformed('netlink address', 'has no address');
  }
  const wide = attributes.get(IFA.FLAGS);
  const flags = wide?.length === 4 ? hostU32(wide, 0) : u8(payload, IFADDRMSG.FLAGS);
  const usable = (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) === 0;
  const index = hostU32(payload, IFADDRMSG.INDEX);
  return { index, address: ipAddressAt(version, octets, 0), usable };
}

/**
 * Gives interface `index` an address in a network of `prefixLength` bits. One of scope `host` is
 * never chosen as a source.
 */
export function newAddress(
  index: number,
  address: IpAddress,
  prefixLength: number,
  scope: 'global' | 'host' = 'global',
): NetlinkRequest {
  const header = new Uint8Array(IFADDRMSG.LENGTH);
  setU8(header, IFADDRMSG.FAMILY, ADDRESS_FAMILY[address.version]);
  setU8(header, IFADDRMSG.PREFIX_LENGTH, prefixLength);
  setU8(header, IFADDRMSG.SCOPE, scope === 'host' ? RT_SCOPE_HOST : 0);
  setHostU32(header, IFADDRMSG.INDEX, index);
  return netlinkRequest(RTM_NEWADDR, NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL, [
    header,
    octetsAttribute(IFA.LOCAL, address.octets),
    octetsAttribute(IFA.ADDRESS, address.octets),
  ]);
}
