/**
 * Numbers of the IPsec DOI (RFC 2407 §4.2 to §4.5; IANA "ISAKMP Registry"). Numbers that are not here
 * stay numbers.
 *
 * @module
 */

/** Domains of interpretation. */
export const DOI = { ISAKMP: 0, IPSEC: 1 } as const;

/** §4.2: a bitmap. */
export const SITUATION = { IDENTITY_ONLY: 1, SECRECY: 2, INTEGRITY: 4 } as const;

/** §4.4.1. */
export const PROTOCOL_ID = { ISAKMP: 1, AH: 2, ESP: 3, IPCOMP: 4 } as const;

/** The transforms of each protocol (§4.4.2 to §4.4.5). */
export const TRANSFORM_ID = {
  ISAKMP: { KEY_IKE: 1 },
  AH: {
    MD5: 2,
    SHA: 3,
    DES: 4,
    SHA2_256: 5,
    SHA2_384: 6,
    SHA2_512: 7,
    RIPEMD: 8,
    AES_XCBC_MAC: 9,
    AES_128_GMAC: 11,
    AES_192_GMAC: 12,
    AES_256_GMAC: 13,
  },
  ESP: {
    DES_IV64: 1,
    DES: 2,
    TRIPLE_DES: 3,
    RC5: 4,
    IDEA: 5,
    CAST: 6,
    BLOWFISH: 7,
    TRIPLE_IDEA: 8,
    DES_IV32: 9,
    RC4: 10,
    NULL: 11,
    /** AES-CBC (RFC 3602 §5.2). */
    AES: 12,
    AES_CTR: 13,
    AES_CCM_8: 14,
    AES_CCM_12: 15,
    AES_CCM_16: 16,
    AES_GCM_8: 18,
    AES_GCM_12: 19,
    AES_GCM_16: 20,
    CAMELLIA: 22,
    NULL_AUTH_AES_GMAC: 23,
    /** Of no RFC: the number of a draft that all who speak it share. */
    TWOFISH: 253,
  },
  IPCOMP: { OUI: 1, DEFLATE: 2, LZS: 3, LZJH: 4 },
} as const;

/** §4.5: attributes of the SAs of quick mode. */
export const IPSEC_ATTRIBUTE = {
  SA_LIFE_TYPE: 1,
  SA_LIFE_DURATION: 2,
  GROUP_DESCRIPTION: 3,
  ENCAPSULATION_MODE: 4,
  AUTHENTICATION_ALGORITHM: 5,
  KEY_LENGTH: 6,
  KEY_ROUNDS: 7,
  COMPRESS_DICTIONARY_SIZE: 8,
  COMPRESS_PRIVATE_ALGORITHM: 9,
  ECN_TUNNEL: 10,
  EXTENDED_SEQUENCE_NUMBER: 11,
} as const;

/** Of both phases (§4.5; RFC 2409 Appendix A). */
export const LIFE_TYPE = { SECONDS: 1, KILOBYTES: 2 } as const;

/** §4.5; those in UDP are of RFC 3947 §5.1 and of the drafts before it. */
export const ENCAPSULATION_MODE = {
  TUNNEL: 1,
  TRANSPORT: 2,
  UDP_TUNNEL: 3,
  UDP_TRANSPORT: 4,
  UDP_TUNNEL_DRAFT: 61443,
  UDP_TRANSPORT_DRAFT: 61444,
} as const;

/** §4.5, RFC 4868 §5 and others. */
export const AUTHENTICATION_ALGORITHM = {
  HMAC_MD5: 1,
  HMAC_SHA: 2,
  DES_MAC: 3,
  KPDK: 4,
  HMAC_SHA2_256: 5,
  HMAC_SHA2_384: 6,
  HMAC_SHA2_512: 7,
  HMAC_RIPEMD: 8,
  AES_XCBC_MAC: 9,
  AES_128_GMAC: 11,
  AES_192_GMAC: 12,
  AES_256_GMAC: 13,
} as const;
