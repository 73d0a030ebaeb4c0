/**
 * Vendor ID payloads (RFC 2408 §3.16): what the sender can do beyond the RFCs of ISAKMP and IKE, said by
 * octets that are most often the MD5 of some text.
 *
 * @module
 */
import { fromHex } from '../../octets/hex.ts';
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { sameOctets } from '../../octets/octets.ts';

export interface VendorId {
  readonly kind: 'vendor-id';
  readonly data: Uint8Array;
}

/** What is known by its octets. */
export interface KnownVendorId {
  readonly name: string;
  /** What the payload begins with; versions and capabilities may follow. */
  readonly octets: Uint8Array;
}

/** Reads the body of a VID payload, which is nothing but the ID: a view. */
export function parseVendorId(body: Uint8Array): Parsed<VendorId> {
  return body.length === 0 ? NOTHING : { kind: 'vendor-id', data: body };
}

/** The body of the VID payload: the ID itself, not copied. */
export function emitVendorId({ data }: VendorId): Uint8Array {
  return data;
}

/** Whose `data` is; `undefined` when nobody here has seen it before. */
export function knownVendorId({ data }: VendorId): KnownVendorId | undefined {
  return Object.values(VENDOR_ID).find(({ octets }) =>
    sameOctets(octets, data.subarray(0, octets.length)),
  );
}

const NOTHING = new Malformed('VID payload', 'is empty');

/** Vendor IDs that mean something to us, or to whoever reads a log. */
export const VENDOR_ID = {
  /** RFC 3947 §3.1. */
  NAT_TRAVERSAL: known('RFC 3947', '4a131c81070358455c5728f20e95452f'),
  NAT_TRAVERSAL_DRAFT_03: known(
    'draft-ietf-ipsec-nat-t-ike-03',
    '7d9419a65310ca6f2c179d9215529d56',
  ),
  NAT_TRAVERSAL_DRAFT_02: known(
    'draft-ietf-ipsec-nat-t-ike-02',
    'cd60464335df21f87cfdb2fc68b6a448',
  ),
  /** The same with a line feed behind it, which is what most senders hashed. */
  NAT_TRAVERSAL_DRAFT_02_LF: known(
    'draft-ietf-ipsec-nat-t-ike-02\\n',
    '90cb80913ebb696e086381b5ec427b1f',
  ),
  NAT_TRAVERSAL_DRAFT_00: known(
    'draft-ietf-ipsec-nat-t-ike-00',
    '4485152d18b6bbcd0be8a8469579ddcc',
  ),
  /** RFC 3706 §5.1; the version, 1.0, follows. */
  DEAD_PEER_DETECTION: known('DPD', 'afcad71368a1f1c96b8696fc7757'),
  /** A bitmap of four octets follows: in which modes. */
  FRAGMENTATION: known('FRAGMENTATION', '4048b7d56ebce88525e7de7f00d6c2d3'),
  /** draft-ietf-ipsec-isakmp-xauth-06. */
  XAUTH: known('draft-ietf-ipsra-isakmp-xauth-06.txt', '09002689dfd6b712'),
  /** draft-ietf-ipsec-isakmp-hybrid-auth-05. */
  HYBRID_AUTHENTICATION: known('hybrid', '8404adf9cda05760b2ca292e4bff537b'),
  CISCO_UNITY: known('CISCO-UNITY', '12f5f28c457168a9702d9fe274cc'),
  KAME: known('KAME/racoon', '7003cbc1097dbe9c2600ba6983bc8b35'),
  STRONGSWAN: known('strongSwan', '882fe56d6fd20dbc2251613b2ebe5beb'),
  MICROSOFT: known('MS NT5 ISAKMPOAKLEY', '1e2b516905991c7d7c96fcbfb587e461'),
} as const satisfies Readonly<Record<string, KnownVendorId>>;

function known(name: string, digits: string): KnownVendorId {
  const octets = fromHex(digits);
  if (octets === undefined) throw new Error(`Bug: the vendor ID of ${name} is not hexadecimal`);
  return { name, octets };
}
