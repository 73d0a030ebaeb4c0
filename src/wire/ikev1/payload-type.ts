/**
 * The numbers of ISAKMP's payloads: IANA "Next Payload Types" of "Magic Numbers for ISAKMP Protocol", and
 * those that drafts took for themselves.
 *
 * @module
 */

/** Numbers that are not here stay numbers. */
export const IKEV1_PAYLOAD = {
  NONE: 0,
  SA: 1,
  P: 2,
  T: 3,
  KE: 4,
  ID: 5,
  CERT: 6,
  CR: 7,
  HASH: 8,
  SIG: 9,
  NONCE: 10,
  N: 11,
  D: 12,
  VID: 13,
  /** The attributes of mode config and XAuth. */
  ATTRIBUTES: 14,
  /** RFC 3947 §3.2. */
  NAT_D: 20,
  /** RFC 3947 §5.2. */
  NAT_OA: 21,
  /** draft-ietf-ipsec-nat-t-ike-00 to -03. */
  NAT_D_DRAFT: 130,
  NAT_OA_DRAFT: 131,
  /** Of fragments, as Cisco, Microsoft and racoon have them. */
  FRAGMENT: 132,
} as const;
