/**
 * The numbers of NETLINK_XFRM (linux/xfrm.h), under the kernel's names.
 *
 * @module
 */

/** Message types. */
export const XFRM_MSG = {
  NEWSA: 0x10,
  DELSA: 0x11,
  GETSA: 0x12,
  NEWPOLICY: 0x13,
  DELPOLICY: 0x14,
  GETPOLICY: 0x15,
  UPDPOLICY: 0x19,
  FLUSHSA: 0x1c,
} as const;

/** Attributes. */
export const XFRMA = {
  ALG_CRYPT: 2,
  TMPL: 5,
  LTIME_VAL: 9,
  REPLAY_VAL: 10,
  LASTUSED: 15,
  POLICY_TYPE: 16,
  ALG_AEAD: 18,
  ALG_AUTH_TRUNC: 20,
  MARK: 21,
  REPLAY_ESN_VAL: 23,
  IF_ID: 31,
} as const;

/** Directions of policies. From {@link XFRM_POLICY_MAX} on they are those of single sockets. */
export const XFRM_POLICY = { IN: 0, OUT: 1, FWD: 2 } as const;
export const XFRM_POLICY_MAX = 3;

/** Actions of policies. */
export const XFRM_POLICY_ACTION = { ALLOW: 0, BLOCK: 1 } as const;

/** `SUB` policies are Mobile IPv6's own, beside the SPD that everybody else means. */
export const XFRM_POLICY_TYPE = { MAIN: 0, SUB: 1 } as const;

/** Modes of SAs and templates. */
export const XFRM_MODE = { TRANSPORT: 0, TUNNEL: 1 } as const;

/** Flags of an SA. */
export const XFRM_STATE = {
  /** A tunnel carries packets of either IP version, whichever its ends are of. */
  AF_UNSPEC: 32,
  /** AH under IPv4 is a multiple of 32 bits, as RFC 4302 has it, and not of 64. */
  ALIGN4: 64,
} as const;

/** Stands for AH, ESP and IPComp where a protocol is asked for (linux/in.h, IPPROTO_RAW). */
export const IPSEC_PROTO_ANY = 255;

/** The widest replay window that needs no bitmap of its own. */
export const XFRM_LEGACY_REPLAY_WINDOW = 32;
