/**
 * nf_tables over netlink (linux/netfilter/nf_tables.h): tables, chains, rules, named counters.
 *
 * Requests take effect in a batch, all of them or none. What a rule matches and does is built by
 * `nft-expression.ts`.
 *
 * @module
 */
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { setU8, setU16, u32 } from '../octets/octets.ts';
import {
  attributeText,
  be32Attribute,
  nestedAttribute,
  parseAttributes,
  textAttribute,
} from './attribute.ts';
import type { NftExpression } from './nft-expression.ts';
import { type NetlinkMessage, type NetlinkRequest, NLM_F, netlinkRequest } from './nlmsg.ts';

const NFNL_SUBSYS_NFTABLES = 10;
const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;
/** Rules for IPv4 and IPv6 in one table. */
const NFPROTO_INET = 1;
const NFPROTO_UNSPEC = 0;

/** The multicast group that is told of all changes. */
export const NFNLGRP_NFTABLES = 7;

/** Message types. */
export const NFT_MSG = {
  NEWTABLE: 0,
  DELTABLE: 2,
  NEWCHAIN: 3,
  NEWRULE: 6,
  GETRULE: 7,
  DELRULE: 8,
  NEWSET: 9,
  NEWSETELEM: 12,
  NEWOBJ: 18,
  GETOBJ: 19,
} as const;

const NFTA_TABLE_NAME = 1;
const NFTA_CHAIN = { TABLE: 1, NAME: 3, HOOK: 4, POLICY: 5, TYPE: 7 } as const;
const NFTA_HOOK = { HOOKNUM: 1, PRIORITY: 2 } as const;
const NFTA_RULE = { TABLE: 1, CHAIN: 2, EXPRESSIONS: 4 } as const;
const NFTA_LIST_ELEM = 1;
const NFTA_OBJ = { TABLE: 1, NAME: 2, TYPE: 3, DATA: 4 } as const;
const NFTA_COUNTER_PACKETS = 2;
const NFT_OBJECT_COUNTER = 1;
const NF_ACCEPT = 1;

/** Where in the kernel's path a chain looks at packets. */
export const NF_INET_HOOK = {
  PRE_ROUTING: 0,
  LOCAL_IN: 1,
  FORWARD: 2,
  LOCAL_OUT: 3,
  POST_ROUTING: 4,
} as const;

/** A chain that packets pass by themselves. */
export interface BaseChain {
  readonly name: string;
  /** A `route` chain has packets routed again when it changed their mark. */
  readonly type: 'filter' | 'route';
  /** One of {@link NF_INET_HOOK}. */
  readonly hook: number;
  /** Chains of a lower number come first. */
  readonly priority: number;
}

/** `requests` between the marks that make them one transaction. */
export function nftBatch(requests: readonly NetlinkRequest[]): NetlinkRequest[] {
  const mark = (type: number) =>
    netlinkRequest(type, 0, [nfgenmsg(NFPROTO_UNSPEC, NFNL_SUBSYS_NFTABLES)]);
  return [mark(NFNL_MSG_BATCH_BEGIN), ...requests, mark(NFNL_MSG_BATCH_END)];
}

/** Makes a table unless it is there. */
export function newTable(table: string): NetlinkRequest {
  return nftRequest(NFT_MSG.NEWTABLE, NLM_F.CREATE, [textAttribute(NFTA_TABLE_NAME, table)]);
}

/** Removes a table with all that is in it. */
export function deleteTable(table: string): NetlinkRequest {
  return nftRequest(NFT_MSG.DELTABLE, 0, [textAttribute(NFTA_TABLE_NAME, table)]);
}

/** Makes a chain unless it is there; packets that no rule decides pass. */
export function newChain(table: string, chain: BaseChain): NetlinkRequest {
  return nftRequest(NFT_MSG.NEWCHAIN, NLM_F.CREATE, [
    textAttribute(NFTA_CHAIN.TABLE, table),
    textAttribute(NFTA_CHAIN.NAME, chain.name),
    nestedAttribute(NFTA_CHAIN.HOOK, [
      be32Attribute(NFTA_HOOK.HOOKNUM, chain.hook),
      be32Attribute(NFTA_HOOK.PRIORITY, chain.priority),
    ]),
    be32Attribute(NFTA_CHAIN.POLICY, NF_ACCEPT),
    textAttribute(NFTA_CHAIN.TYPE, chain.type),
  ]);
}

/** Makes a chain, unless it is there, that packets pass only when a rule says so. */
export function newOwnChain(table: string, name: string): NetlinkRequest {
  return nftRequest(NFT_MSG.NEWCHAIN, NLM_F.CREATE, [
    textAttribute(NFTA_CHAIN.TABLE, table),
    textAttribute(NFTA_CHAIN.NAME, name),
  ]);
}

/** Makes a counter unless it is there, in which case it goes on counting. */
export function newCounter(table: string, name: string): NetlinkRequest {
  return nftRequest(NFT_MSG.NEWOBJ, NLM_F.CREATE, [
    textAttribute(NFTA_OBJ.TABLE, table),
    textAttribute(NFTA_OBJ.NAME, name),
    be32Attribute(NFTA_OBJ.TYPE, NFT_OBJECT_COUNTER),
    nestedAttribute(NFTA_OBJ.DATA, []),
  ]);
}

/** Removes all rules of a chain. */
export function flushChain(table: string, chain: string): NetlinkRequest {
  return nftRequest(NFT_MSG.DELRULE, 0, [
    textAttribute(NFTA_RULE.TABLE, table),
    textAttribute(NFTA_RULE.CHAIN, chain),
  ]);
}

/** Adds a rule after those that the chain has. */
export function newRule(
  table: string,
  chain: string,
  expressions: readonly NftExpression[],
): NetlinkRequest {
  return nftRequest(NFT_MSG.NEWRULE, NLM_F.CREATE | NLM_F.APPEND, [
    textAttribute(NFTA_RULE.TABLE, table),
    textAttribute(NFTA_RULE.CHAIN, chain),
    nestedAttribute(
      NFTA_RULE.EXPRESSIONS,
      expressions.map((expression) => nestedAttribute(NFTA_LIST_ELEM, expression)),
    ),
  ]);
}

/** Whether `request` is a {@link newRule}. */
export function isNewRule({ type }: NetlinkRequest): boolean {
  return type === ((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG.NEWRULE);
}

/** Asks for all rules of a table: a message each. */
export function dumpRules(table: string): NetlinkRequest {
  return nftRequest(NFT_MSG.GETRULE, NLM_F.DUMP, [textAttribute(NFTA_RULE.TABLE, table)]);
}

/** Asks for all counters of a table; `parseCounter` reads the answers. */
export function dumpCounters(table: string): NetlinkRequest {
  return nftRequest(NFT_MSG.GETOBJ, NLM_F.DUMP, [
    textAttribute(NFTA_OBJ.TABLE, table),
    be32Attribute(NFTA_OBJ.TYPE, NFT_OBJECT_COUNTER),
  ]);
}

/** A named counter as the kernel reports it. */
export interface NftCounter {
  readonly name: string;
  readonly packets: number;
}

/** Reads one answer to {@link dumpCounters}. */
export function parseCounter(message: NetlinkMessage): Parsed<NftCounter> {
  const attributes = parseAttributes(message.payload.subarray(NFGENMSG_LENGTH));
  if (attributes instanceof Malformed) return attributes;
  const name = attributes.get(NFTA_OBJ.NAME);
  const data = parseAttributes(attributes.get(NFTA_OBJ.DATA) ?? new Uint8Array(0));
  if (data instanceof Malformed) return data;
  const packets = data.get(NFTA_COUNTER_PACKETS);
  if (name === undefined || packets === undefined || packets.length < 8) {
    return new Malformed('nf_tables counter', 'has no name or no value');
  }
  return { name: attributeText(name), packets: u32(packets, 0) * 2 ** 32 + u32(packets, 4) };
}

const NFGENMSG_LENGTH = 4;

/** A request about table, chain, rule, set or counter. */
export function nftRequest(
  message: number,
  flags: number,
  attributes: readonly Uint8Array[],
): NetlinkRequest {
  const type = (NFNL_SUBSYS_NFTABLES << 8) | message;
  return netlinkRequest(type, flags, [nfgenmsg(NFPROTO_INET, 0), ...attributes]);
}

/** `struct nfgenmsg`: family, version 0, a resource in network order. */
function nfgenmsg(family: number, resource: number): Uint8Array {
  const header = new Uint8Array(NFGENMSG_LENGTH);
  setU8(header, 0, family);
  setU16(header, 2, resource);
  return header;
}
