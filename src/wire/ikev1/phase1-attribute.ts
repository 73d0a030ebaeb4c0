/**
 * The attributes of phase 1 and their values (RFC 2409 Appendix A; IANA "Internet Key Exchange (IKE)
 * Attributes"). Numbers that are not here stay numbers.
 *
 * @module
 */

export const PHASE1_ATTRIBUTE = {
  ENCRYPTION_ALGORITHM: 1,
  HASH_ALGORITHM: 2,
  AUTHENTICATION_METHOD: 3,
  GROUP_DESCRIPTION: 4,
  GROUP_TYPE: 5,
  GROUP_PRIME: 6,
  GROUP_GENERATOR_ONE: 7,
  GROUP_GENERATOR_TWO: 8,
  GROUP_CURVE_A: 9,
  GROUP_CURVE_B: 10,
  LIFE_TYPE: 11,
  LIFE_DURATION: 12,
  PRF: 13,
  KEY_LENGTH: 14,
  FIELD_SIZE: 15,
  GROUP_ORDER: 16,
} as const;

/** In CBC mode, all of them. Hash algorithms and groups have their numbers in `crypto`. */
export const PHASE1_ENCRYPTION = {
  DES: 1,
  IDEA: 2,
  BLOWFISH: 3,
  RC5: 4,
  TRIPLE_DES: 5,
  CAST: 6,
  AES: 7,
  CAMELLIA: 8,
  /** Of no RFC. */
  TWOFISH: 65005,
} as const;

/** Those of XAuth and hybrid authentication are of drafts, and not IANA's. */
export const PHASE1_AUTHENTICATION = {
  PRE_SHARED_KEY: 1,
  DSS_SIGNATURES: 2,
  RSA_SIGNATURES: 3,
  RSA_ENCRYPTION: 4,
  REVISED_RSA_ENCRYPTION: 5,
  ECDSA_SHA256_P256: 9,
  ECDSA_SHA384_P384: 10,
  ECDSA_SHA512_P521: 11,
  HYBRID_INIT_RSA: 64221,
  HYBRID_RESP_RSA: 64222,
  HYBRID_INIT_DSS: 64223,
  HYBRID_RESP_DSS: 64224,
  XAUTH_INIT_PRE_SHARED: 65001,
  XAUTH_RESP_PRE_SHARED: 65002,
  XAUTH_INIT_DSS: 65003,
  XAUTH_RESP_DSS: 65004,
  XAUTH_INIT_RSA: 65005,
  XAUTH_RESP_RSA: 65006,
} as const;
