/**
 * How large SAD and SPD are (linux/xfrm.h): 32 bits of flags and attributes. Integers of 32 bits in
 * host order, but for the thresholds, which are octets:
 *
 *      XFRM_MSG_NEWSADINFO                    XFRM_MSG_NEWSPDINFO
 *   1  SAs                                    policies in, out, forward, the same of sockets
 *   2  hash buckets, the most there may be    hash buckets, the most there may be
 *   3                                         IPv4: prefix lengths, local and remote
 *   4                                         IPv6: prefix lengths, local and remote
 *
 * @module
 */
import { hostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { u8 } from '../octets/octets.ts';
import { parseAttributes } from './attribute.ts';
import { type NetlinkRequest, netlinkRequest } from './nlmsg.ts';
import { XFRM_MSG } from './xfrm-constants.ts';

const FLAGS_LENGTH = 4;

const XFRMA_SAD_CNT = 1;
const XFRMA_SAD_HINFO = 2;
const XFRMA_SPD_INFO = 1;
const XFRMA_SPD_HINFO = 2;
const XFRMA_SPD_IPV4_HTHRESH = 3;
const XFRMA_SPD_IPV6_HTHRESH = 4;

/** The octets that these attributes have at least. */
const SAD_LENGTHS = [
  [XFRMA_SAD_CNT, 4],
  [XFRMA_SAD_HINFO, 8],
] as const;
const SPD_LENGTHS = [
  [XFRMA_SPD_INFO, 24],
  [XFRMA_SPD_HINFO, 8],
  [XFRMA_SPD_IPV4_HTHRESH, 2],
  [XFRMA_SPD_IPV6_HTHRESH, 2],
] as const;

/** A table that grows. */
export interface XfrmHashTable {
  readonly buckets: number;
  readonly mostBuckets: number;
}

export interface XfrmSadInfo {
  readonly sas: number;
  readonly hash: XfrmHashTable;
}

export interface XfrmPolicyCounts {
  readonly inbound: number;
  readonly outbound: number;
  readonly forward: number;
}

/** Policies whose prefixes are at least so long are found by hash. */
export interface XfrmHashThreshold {
  readonly local: number;
  readonly remote: number;
}

export interface XfrmSpdInfo {
  readonly policies: XfrmPolicyCounts;
  readonly socketPolicies: XfrmPolicyCounts;
  readonly hash: XfrmHashTable;
  readonly ipv4Threshold: XfrmHashThreshold;
  readonly ipv6Threshold: XfrmHashThreshold;
}

/** Asks how large the SAD is. */
export function queryXfrmSadInfo(): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.GETSADINFO, 0, [new Uint8Array(FLAGS_LENGTH)]);
}

/** Asks how large the SPD is. */
export function queryXfrmSpdInfo(): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.GETSPDINFO, 0, [new Uint8Array(FLAGS_LENGTH)]);
}

/** Reads the payload of an XFRM_MSG_NEWSADINFO. */
export function parseXfrmSadInfo(payload: Uint8Array): Parsed<XfrmSadInfo> {
  const value = parseValues('xfrm SAD info', payload, SAD_LENGTHS);
  if (value instanceof Malformed) return value;
  return { sas: hostU32(value(XFRMA_SAD_CNT), 0), hash: hashTable(value(XFRMA_SAD_HINFO)) };
}

/** Reads the payload of an XFRM_MSG_NEWSPDINFO. */
export function parseXfrmSpdInfo(payload: Uint8Array): Parsed<XfrmSpdInfo> {
  const value = parseValues('xfrm SPD info', payload, SPD_LENGTHS);
  if (value instanceof Malformed) return value;
  return {
    policies: policyCounts(value(XFRMA_SPD_INFO), 0),
    socketPolicies: policyCounts(value(XFRMA_SPD_INFO), 12),
    hash: hashTable(value(XFRMA_SPD_HINFO)),
    ipv4Threshold: threshold(value(XFRMA_SPD_IPV4_HTHRESH)),
    ipv6Threshold: threshold(value(XFRMA_SPD_IPV6_HTHRESH)),
  };
}

/** The value of an attribute, by type: each of `lengths` is there and whole. */
function parseValues(
  what: string,
  payload: Uint8Array,
  lengths: readonly (readonly [type: number, length: number])[],
): Parsed<(type: number) => Uint8Array> {
  const attributes = parseAttributes(payload.subarray(FLAGS_LENGTH));
  if (attributes instanceof Malformed) return attributes;
  const valueAt = (type: number) => attributes.get(type) ?? new Uint8Array(0);
  for (const [type, needed] of lengths) {
    const got = valueAt(type).length;
    if (got < needed) return Malformed.truncated(what, needed, got);
  }
  return valueAt;
}

function hashTable(octets: Uint8Array): XfrmHashTable {
  return { buckets: hostU32(octets, 0), mostBuckets: hostU32(octets, 4) };
}

function policyCounts(octets: Uint8Array, at: number): XfrmPolicyCounts {
  return {
    inbound: hostU32(octets, at),
    outbound: hostU32(octets, at + 4),
    forward: hostU32(octets, at + 8),
  };
}

function threshold(octets: Uint8Array): XfrmHashThreshold {
  return { local: u8(octets, 0), remote: u8(octets, 1) };
}
