/**
 * Numbers of PF_KEY (RFC 2367; linux/pfkeyv2.h, linux/ipsec.h), under the kernel's names without
 * their prefixes.
 *
 * @module
 */

/** The only version there is. */
export const PF_KEY_V2 = 2;

/** Message types. */
export const SADB = {
  GETSPI: 1,
  UPDATE: 2,
  ADD: 3,
  DELETE: 4,
  GET: 5,
  ACQUIRE: 6,
  REGISTER: 7,
  EXPIRE: 8,
  FLUSH: 9,
  DUMP: 10,
  X_PROMISC: 11,
  X_PCHANGE: 12,
  X_SPDUPDATE: 13,
  X_SPDADD: 14,
  X_SPDDELETE: 15,
  X_SPDGET: 16,
  X_SPDACQUIRE: 17,
  X_SPDDUMP: 18,
  X_SPDFLUSH: 19,
  X_SPDSETIDX: 20,
  X_SPDEXPIRE: 21,
  X_SPDDELETE2: 22,
  X_NAT_T_NEW_MAPPING: 23,
  X_MIGRATE: 24,
} as const;

/** SA types: what a message is about. */
export const SADB_SATYPE = { UNSPEC: 0, AH: 2, ESP: 3, X_IPCOMP: 9 } as const;

/** Compression algorithms, in the place of ciphers. */
export const SADB_X_CALG = { DEFLATE: 2 } as const;

/** ESP in UDP as in RFC 3948 (linux/udp.h, UDP_ENCAP_ESPINUDP). */
export const NAT_T_ESP_IN_UDP = 2;

/** SA states. */
export const SADB_SASTATE = { LARVAL: 0, MATURE: 1, DYING: 2, DEAD: 3 } as const;

/** Extension types. */
export const SADB_EXT = {
  SA: 1,
  LIFETIME_CURRENT: 2,
  LIFETIME_HARD: 3,
  LIFETIME_SOFT: 4,
  ADDRESS_SRC: 5,
  ADDRESS_DST: 6,
  ADDRESS_PROXY: 7,
  KEY_AUTH: 8,
  KEY_ENCRYPT: 9,
  IDENTITY_SRC: 10,
  IDENTITY_DST: 11,
  SENSITIVITY: 12,
  PROPOSAL: 13,
  SUPPORTED_AUTH: 14,
  SUPPORTED_ENCRYPT: 15,
  SPIRANGE: 16,
  X_KMPRIVATE: 17,
  X_POLICY: 18,
  X_SA2: 19,
  X_NAT_T_TYPE: 20,
  X_NAT_T_SPORT: 21,
  X_NAT_T_DPORT: 22,
  X_NAT_T_OA: 23,
  X_SEC_CTX: 24,
  X_KMADDRESS: 25,
  X_FILTER: 26,
} as const;

/** Modes of SAs and requests. */
export const IPSEC_MODE = { ANY: 0, TRANSPORT: 1, TUNNEL: 2, BEET: 3 } as const;

/** Directions of policies. */
export const IPSEC_DIR = { ANY: 0, INBOUND: 1, OUTBOUND: 2, FWD: 3 } as const;

/** What a policy does. */
export const IPSEC_POLICY = { DISCARD: 0, NONE: 1, IPSEC: 2, ENTRUST: 3, BYPASS: 4 } as const;

/** How much a request insists. */
export const IPSEC_LEVEL = { DEFAULT: 0, USE: 1, REQUIRE: 2, UNIQUE: 3 } as const;

/** "Any protocol" of an address that belongs to a selector. */
export const IPSEC_PROTO_ANY = 255;

/** ESP in UDP of RFC 3948, as X_NAT_T_TYPE has it (linux/udp.h). */
export const UDP_ENCAP_ESPINUDP = 2;
