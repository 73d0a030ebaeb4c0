/**
 * The expressions that nf_tables rules are made of (linux/netfilter/nf_tables.h).
 *
 * A rule runs its expressions in order; a comparison that fails ends the rule. Nearly all of them
 * here go through one register: load something, then compare it or write it back.
 *
 * @module
 */
import { setHostU32 } from '../octets/host.ts';
import { sameOctets, setU16 } from '../octets/octets.ts';
import {
  type Attribute,
  be32Attribute,
  nestedAttribute,
  octetsAttribute,
  textAttribute,
} from './attribute.ts';

/** The name of a set that is known by its number; the kernel puts one in the place of `%d`. */
export const ANONYMOUS_SET = '__set%d';

/** One expression, as the attributes of a list element. */
export type NftExpression = readonly Attribute[];

const NFTA_EXPR = { NAME: 1, DATA: 2 } as const;
const NFTA_META = { DREG: 1, KEY: 2, SREG: 3 } as const;
const NFT_META = { MARK: 3, IIFNAME: 6, OIFNAME: 7, NFPROTO: 15, L4PROTO: 16 } as const;
const NFTA_CMP = { SREG: 1, OP: 2, DATA: 3 } as const;
const NFT_CMP = { EQ: 0, NEQ: 1, LTE: 3, GTE: 5 } as const;
const NFTA_PAYLOAD = { DREG: 1, BASE: 2, OFFSET: 3, LEN: 4 } as const;
const NFT_PAYLOAD = { NETWORK_HEADER: 1, TRANSPORT_HEADER: 2 } as const;
const NFTA_BITWISE = { SREG: 1, DREG: 2, LEN: 3, MASK: 4, XOR: 5 } as const;
const NFTA_IMMEDIATE = { DREG: 1, DATA: 2 } as const;
const NFTA_DATA = { VALUE: 1, VERDICT: 2 } as const;
const NFTA_LOOKUP = { SET: 1, SREG: 2, SET_ID: 4 } as const;
const NFTA_OBJREF = { IMM_TYPE: 1, IMM_NAME: 2 } as const;
const NFT_OBJECT_COUNTER = 1;
const NFT_REG_VERDICT = 0;
const NFT_REG_1 = 1;
/** The first register again, as the first of those of one word each. */
const NFT_REG32_00 = 8;
const WORD = 4;
const NFTA_EXTHDR = { DREG: 1, TYPE: 2, OFFSET: 3, LEN: 4, FLAGS: 5 } as const;
const NFT_EXTHDR_F_PRESENT = 1;
const NFTA_VERDICT = { CODE: 1, CHAIN: 2 } as const;
const NFT_JUMP = 0xfffffffd;
const NF_VERDICT = { drop: 0, accept: 1 } as const;
const IFNAMSIZ = 16;

/** The packet is IP of this version; NFPROTO_IPV4 is 2, NFPROTO_IPV6 is 10. */
export function matchVersion(version: 4 | 6): NftExpression[] {
  return [loadMeta(NFT_META.NFPROTO), compare(NFT_CMP.EQ, Uint8Array.of(version === 4 ? 2 : 10))];
}

/** The packet's next layer is IP protocol `protocol`. */
export function matchProtocol(protocol: number): NftExpression[] {
  return [loadMeta(NFT_META.L4PROTO), compare(NFT_CMP.EQ, Uint8Array.of(protocol))];
}

/** The packet came in by the interface called `name`. */
export function matchInputInterface(name: string): NftExpression[] {
  return [loadMeta(NFT_META.IIFNAME), compare(NFT_CMP.EQ, interfaceName(name))];
}

/** The packet goes out by the interface called `name`. */
export function matchOutputInterface(name: string): NftExpression[] {
  return [loadMeta(NFT_META.OIFNAME), compare(NFT_CMP.EQ, interfaceName(name))];
}

/** The packet's mark, under `mask`, is `mark`. */
export function matchMark(mark: number, mask: number): NftExpression[] {
  return [
    loadMeta(NFT_META.MARK),
    bitwise(hostOrder(mask), hostOrder(0)),
    compare(NFT_CMP.EQ, hostOrder(mark)),
  ];
}

/** Octets of the IP header at `offset`, under `mask`, are (or are not) `wanted`. */
export function matchNetworkHeader(
  offset: number,
  wanted: Uint8Array,
  mask: Uint8Array,
  negated = false,
): NftExpression[] {
  const load = loadPayload(NFT_PAYLOAD.NETWORK_HEADER, offset, wanted.length);
  return [load, ...compareMasked(wanted, mask, negated)];
}

/**
 * Octets of the next layer's header at `offset`, under `mask`, are `wanted`. In a later fragment
 * there is none, and nothing matches.
 */
export function matchTransportHeader(
  offset: number,
  wanted: Uint8Array,
  mask: Uint8Array = wanted.map(() => 0xff),
): NftExpression[] {
  const load = loadPayload(NFT_PAYLOAD.TRANSPORT_HEADER, offset, wanted.length);
  return [load, ...compareMasked(wanted, mask, false)];
}

/** The packet, of IPv6, has an extension header of `type`. */
export function matchExtension(type: number): NftExpression[] {
  return [loadExtension(type, 0, 1, NFT_EXTHDR_F_PRESENT), compare(NFT_CMP.EQ, Uint8Array.of(1))];
}

/**
 * The packet, of IPv6, has an extension header of `type` whose octets at `offset`, under `mask`, are
 * (or are not) `wanted`.
 */
export function matchExtensionHeader(
  type: number,
  offset: number,
  wanted: Uint8Array,
  mask: Uint8Array = wanted.map(() => 0xff),
  negated = false,
): NftExpression[] {
  return [loadExtension(type, offset, wanted.length, 0), ...compareMasked(wanted, mask, negated)];
}

/** A part of a packet that a set is asked about, under a mask if there is one. */
export interface KeyPart {
  readonly base: number;
  readonly offset: number;
  readonly length: number;
  readonly mask: Uint8Array | null;
}

/** Octets of the IP header at `offset`. */
export function networkKeyPart(offset: number, length: number, mask: Uint8Array | null): KeyPart {
  return { base: NFT_PAYLOAD.NETWORK_HEADER, offset, length, mask };
}

/** Octets of the next layer's header at `offset`; in a later fragment nothing matches. */
export function transportKeyPart(offset: number, length: number): KeyPart {
  return { base: NFT_PAYLOAD.TRANSPORT_HEADER, offset, length, mask: null };
}

/** The parts of the packet, one behind the other, are in set `id`. */
export function matchInSet(parts: readonly KeyPart[], id: number): NftExpression[] {
  let register = NFT_REG32_00;
  const loads: NftExpression[] = [];
  for (const { base, offset, length, mask } of parts) {
    loads.push(loadPayload(base, offset, length, register));
    if (mask !== null) loads.push(bitwise(mask, new Uint8Array(length), register));
    register += Math.ceil(length / WORD);
  }
  return [
    ...loads,
    expression('lookup', [
      textAttribute(NFTA_LOOKUP.SET, ANONYMOUS_SET),
      be32Attribute(NFTA_LOOKUP.SREG, NFT_REG32_00),
      be32Attribute(NFTA_LOOKUP.SET_ID, id),
    ]),
  ];
}

/** The 16 bits of the next layer's header at `offset` lie from `first` to `last`. */
export function matchPort(offset: number, first: number, last: number): NftExpression[] {
  return matchRange(offset, networkOrder16(first), networkOrder16(last));
}

/** The octet of the next layer's header at `offset` lies from `first` to `last`. */
export function matchOctet(offset: number, first: number, last: number): NftExpression[] {
  return matchRange(offset, Uint8Array.of(first), Uint8Array.of(last));
}

/** Gives the packet the mark `mark` in the bits of `mask`, leaving the others. */
export function setMark(mark: number, mask: number): NftExpression[] {
  return [
    loadMeta(NFT_META.MARK),
    bitwise(hostOrder(~mask >>> 0), hostOrder(mark)),
    expression('meta', [
      be32Attribute(NFTA_META.KEY, NFT_META.MARK),
      be32Attribute(NFTA_META.SREG, NFT_REG_1),
    ]),
  ];
}

/** Counts the packet in a named counter. */
export function countPacket(counter: string): NftExpression[] {
  return [
    expression('objref', [
      be32Attribute(NFTA_OBJREF.IMM_TYPE, NFT_OBJECT_COUNTER),
      textAttribute(NFTA_OBJREF.IMM_NAME, counter),
    ]),
  ];
}

/** Goes on with the rules of chain `chain`, and comes back unless one of them decides. */
export function jump(chain: string): NftExpression[] {
  return [
    immediateVerdict([
      be32Attribute(NFTA_VERDICT.CODE, NFT_JUMP),
      textAttribute(NFTA_VERDICT.CHAIN, chain),
    ]),
  ];
}

/** Ends the chain with a verdict. */
export function verdict(kind: keyof typeof NF_VERDICT): NftExpression[] {
  return [immediateVerdict([be32Attribute(NFTA_VERDICT.CODE, NF_VERDICT[kind])])];
}

function immediateVerdict(attributes: readonly Attribute[]): NftExpression {
  return expression('immediate', [
    be32Attribute(NFTA_IMMEDIATE.DREG, NFT_REG_VERDICT),
    nestedAttribute(NFTA_IMMEDIATE.DATA, [nestedAttribute(NFTA_DATA.VERDICT, attributes)]),
  ]);
}

function loadMeta(key: number): NftExpression {
  return expression('meta', [
    be32Attribute(NFTA_META.KEY, key),
    be32Attribute(NFTA_META.DREG, NFT_REG_1),
  ]);
}

function loadPayload(
  base: number,
  offset: number,
  length: number,
  register: number = NFT_REG_1,
): NftExpression {
  return expression('payload', [
    be32Attribute(NFTA_PAYLOAD.DREG, register),
    be32Attribute(NFTA_PAYLOAD.BASE, base),
    be32Attribute(NFTA_PAYLOAD.OFFSET, offset),
    be32Attribute(NFTA_PAYLOAD.LEN, length),
  ]);
}

function matchRange(offset: number, first: Uint8Array, last: Uint8Array): NftExpression[] {
  const load = loadPayload(NFT_PAYLOAD.TRANSPORT_HEADER, offset, first.length);
  if (sameOctets(first, last)) return [load, compare(NFT_CMP.EQ, first)];
  return [load, compare(NFT_CMP.GTE, first), compare(NFT_CMP.LTE, last)];
}

function loadExtension(type: number, offset: number, length: number, flags: number): NftExpression {
  return expression('exthdr', [
    be32Attribute(NFTA_EXTHDR.DREG, NFT_REG_1),
    octetsAttribute(NFTA_EXTHDR.TYPE, Uint8Array.of(type)),
    be32Attribute(NFTA_EXTHDR.OFFSET, offset),
    be32Attribute(NFTA_EXTHDR.LEN, length),
    be32Attribute(NFTA_EXTHDR.FLAGS, flags),
  ]);
}

function compareMasked(wanted: Uint8Array, mask: Uint8Array, negated: boolean): NftExpression[] {
  const masked = wanted.map((octet, at) => octet & (mask[at] ?? 0));
  return [
    ...(mask.every((octet) => octet === 0xff)
      ? []
      : [bitwise(mask, new Uint8Array(wanted.length))]),
    compare(negated ? NFT_CMP.NEQ : NFT_CMP.EQ, masked),
  ];
}

function compare(operation: number, wanted: Uint8Array): NftExpression {
  return expression('cmp', [
    be32Attribute(NFTA_CMP.SREG, NFT_REG_1),
    be32Attribute(NFTA_CMP.OP, operation),
    dataAttribute(NFTA_CMP.DATA, wanted),
  ]);
}

/** Register = (register AND `mask`) XOR `xor`. */
function bitwise(mask: Uint8Array, xor: Uint8Array, register: number = NFT_REG_1): NftExpression {
  return expression('bitwise', [
    be32Attribute(NFTA_BITWISE.SREG, register),
    be32Attribute(NFTA_BITWISE.DREG, register),
    be32Attribute(NFTA_BITWISE.LEN, mask.length),
    dataAttribute(NFTA_BITWISE.MASK, mask),
    dataAttribute(NFTA_BITWISE.XOR, xor),
  ]);
}

function dataAttribute(type: number, value: Uint8Array): Attribute {
  return nestedAttribute(type, [octetsAttribute(NFTA_DATA.VALUE, value)]);
}

function expression(name: string, data: readonly Attribute[]): NftExpression {
  return [textAttribute(NFTA_EXPR.NAME, name), nestedAttribute(NFTA_EXPR.DATA, data)];
}

function interfaceName(name: string): Uint8Array {
  const octets = new Uint8Array(IFNAMSIZ);
  octets.set(new TextEncoder().encode(name).subarray(0, IFNAMSIZ - 1));
  return octets;
}

function hostOrder(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  setHostU32(octets, 0, value);
  return octets;
}

function networkOrder16(value: number): Uint8Array {
  const octets = new Uint8Array(2);
  setU16(octets, 0, value);
  return octets;
}
