/**
 * The attributes of NETLINK_XFRM (linux/xfrm.h), each as long as what stands in it.
 *
 * @module
 */
import { hostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { u8 } from '../octets/octets.ts';
import { parseAttributes } from './attribute.ts';
import { XFRM_ADDRESS_LENGTH } from './xfrm-address.ts';
import { XFRMA } from './xfrm-constants.ts';
import { XFRM_USAGE_LENGTH } from './xfrm-lifetime.ts';

/** Values by type of attribute, as views. */
export type XfrmAttributes = ReadonlyMap<number, Uint8Array>;

/** Octets of the attributes with one fixed structure; what has more behind it checks itself. */
const LENGTHS: readonly (readonly [type: number, length: number])[] = [
  [XFRMA.ENCAP, 24],
  [XFRMA.SA, 224],
  [XFRMA.POLICY, 168],
  [XFRMA.LTIME_VAL, XFRM_USAGE_LENGTH],
  [XFRMA.REPLAY_THRESH, 4],
  [XFRMA.ETIMER_THRESH, 4],
  [XFRMA.COADDR, XFRM_ADDRESS_LENGTH],
  [XFRMA.LASTUSED, 8],
  [XFRMA.POLICY_TYPE, 6],
  [XFRMA.KMADDRESS, 40],
  [XFRMA.MARK, 8],
  [XFRMA.TFCPAD, 4],
  [XFRMA.SA_EXTRA_FLAGS, 4],
  [XFRMA.OFFLOAD_DEV, 8],
  [XFRMA.SET_MARK, 4],
  [XFRMA.SET_MARK_MASK, 4],
  [XFRMA.IF_ID, 4],
  [XFRMA.MTIMER_THRESH, 4],
  [XFRMA.SA_DIR, 1],
  [XFRMA.NAT_KEEPALIVE_INTERVAL, 4],
];

/** Reads the attributes in `octets`; types that nobody here knows are kept, too. */
export function parseXfrmAttributes(octets: Uint8Array): Parsed<XfrmAttributes> {
  const attributes = parseAttributes(octets);
  if (attributes instanceof Malformed) return attributes;
  for (const [type, needed] of LENGTHS) {
    const got = attributes.get(type)?.length ?? needed;
    if (got < needed) return Malformed.truncated(`xfrm attribute ${type}`, needed, got);
  }
  return attributes;
}

/** The octet in attribute `type`, or 0 when it is missing. */
export function xfrmU8(attributes: XfrmAttributes, type: number): number {
  const value = attributes.get(type);
  return value === undefined ? 0 : u8(value, 0);
}

/** The 32 bits in attribute `type`, or `otherwise` when it is missing. */
export function xfrmU32<T>(attributes: XfrmAttributes, type: number, otherwise: T): number | T {
  const value = attributes.get(type);
  return value === undefined ? otherwise : hostU32(value, 0);
}

/** What `parse` makes of attribute `type`, or `null` when it is missing. */
export function xfrmOptional<T>(
  attributes: XfrmAttributes,
  type: number,
  parse: (octets: Uint8Array) => T,
): T | null {
  const value = attributes.get(type);
  return value === undefined ? null : parse(value);
}
