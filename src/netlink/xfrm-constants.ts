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
  ALLOCSPI: 0x16,
  ACQUIRE: 0x17,
  EXPIRE: 0x18,
  UPDPOLICY: 0x19,
  UPDSA: 0x1a,
  POLEXPIRE: 0x1b,
  FLUSHSA: 0x1c,
  FLUSHPOLICY: 0x1d,
  NEWAE: 0x1e,
  GETAE: 0x1f,
  REPORT: 0x20,
  MIGRATE: 0x21,
  NEWSADINFO: 0x22,
  GETSADINFO: 0x23,
  NEWSPDINFO: 0x24,
  GETSPDINFO: 0x25,
  MAPPING: 0x26,
  SETDEFAULT: 0x27,
  GETDEFAULT: 0x28,
} as const;

/** Multicast groups, by what their messages tell of. */
export const XFRMNLGRP = {
  ACQUIRE: 1,
  EXPIRE: 2,
  SA: 3,
  POLICY: 4,
  AEVENTS: 5,
  REPORT: 6,
  MIGRATE: 7,
  MAPPING: 8,
} as const;

/** Attributes. */
export const XFRMA = {
  ALG_CRYPT: 2,
  ALG_COMP: 3,
  ENCAP: 4,
  TMPL: 5,
  SA: 6,
  POLICY: 7,
  SEC_CTX: 8,
  LTIME_VAL: 9,
  REPLAY_VAL: 10,
  REPLAY_THRESH: 11,
  ETIMER_THRESH: 12,
  COADDR: 14,
  LASTUSED: 15,
  POLICY_TYPE: 16,
  MIGRATE: 17,
  ALG_AEAD: 18,
  KMADDRESS: 19,
  ALG_AUTH_TRUNC: 20,
  MARK: 21,
  TFCPAD: 22,
  REPLAY_ESN_VAL: 23,
  SA_EXTRA_FLAGS: 24,
  OFFLOAD_DEV: 28,
  SET_MARK: 29,
  SET_MARK_MASK: 30,
  IF_ID: 31,
  MTIMER_THRESH: 32,
  SA_DIR: 33,
  NAT_KEEPALIVE_INTERVAL: 34,
} as const;

/** Directions of policies. From {@link XFRM_POLICY_MAX} on they are those of single sockets. */
export const XFRM_POLICY = { IN: 0, OUT: 1, FWD: 2 } as const;
export const XFRM_POLICY_MAX = 3;

/** Actions of policies. */
export const XFRM_POLICY_ACTION = { ALLOW: 0, BLOCK: 1 } as const;

/** `SUB` policies are Mobile IPv6's own, beside the SPD that everybody else means. */
export const XFRM_POLICY_TYPE = { MAIN: 0, SUB: 1 } as const;

/** Flags of a policy. */
export const XFRM_POLICY_FLAG = {
  /** Programs may have policies of their own for their sockets, in its place. */
  LOCALOK: 1,
  /** It is for ICMP errors about its packets, too. */
  ICMP: 2,
} as const;

/** Modes of SAs and templates; all but the first two and BEET are Mobile IPv6's. */
export const XFRM_MODE = {
  TRANSPORT: 0,
  TUNNEL: 1,
  ROUTEOPTIMIZATION: 2,
  IN_TRIGGER: 3,
  BEET: 4,
} as const;

/** Which packets may share an SA. */
export const XFRM_SHARE = { ANY: 0, SESSION: 1, USER: 2, UNIQUE: 3 } as const;

/** Flags of an SA. */
export const XFRM_STATE = {
  /** ECN is not copied out of a tunnel. */
  NOECN: 1,
  /** DSCP is copied out of a tunnel. */
  DECAP_DSCP: 2,
  /** A tunnel does not copy the inner packet's Don't Fragment. */
  NOPMTUDISC: 4,
  /** Any destination will do, inbound (Mobile IPv6). */
  WILDRECV: 8,
  /** Takes ICMP errors about its packets, too. */
  ICMP: 16,
  /** A tunnel carries packets of either IP version, whichever its ends are of. */
  AF_UNSPEC: 32,
  /** AH under IPv4 is a multiple of 32 bits, as RFC 4302 has it, and not of 64. */
  ALIGN4: 64,
  /** Sequence numbers have 64 bits (RFC 4303 §2.2.1). */
  ESN: 128,
} as const;

/** Flags of an SA that found no room among {@link XFRM_STATE}. */
export const XFRM_SA_XFLAG = {
  /** A tunnel does not copy the inner packet's DSCP. */
  DONT_ENCAP_DSCP: 1,
  /** Sequence numbers begin anew after the last, where no replay check minds. */
  OSEQ_MAY_WRAP: 2,
} as const;

/** Stands for AH, ESP and IPComp where a protocol is asked for (linux/in.h, IPPROTO_RAW). */
export const IPSEC_PROTO_ANY = 255;

/** The widest replay window that needs no bitmap of its own. */
export const XFRM_LEGACY_REPLAY_WINDOW = 32;
