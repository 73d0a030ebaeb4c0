/**
 * The JSON of libnftables (libnftables-json(5)): what `nft -j` prints and takes. What we do not know of
 * it is kept as it is.
 *
 * @module
 */

/** Anything that JSON can say. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A match, a statement or a verdict: an object of one member that says which. */
export type NftStatement = { readonly [kind: string]: Json };

export interface NftTable {
  readonly family: string;
  readonly name: string;
}

export interface NftChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** These four of a chain that the kernel leads packets to. */
  readonly type?: string;
  readonly hook?: string;
  readonly prio?: number;
  readonly policy?: string;
}

export interface NftRule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly expr: readonly NftStatement[];
  readonly comment?: string;
  /** The kernel's number for it; of a rule that is there. */
  readonly handle?: number;
}

/** What a ruleset consists of, as far as it concerns us. */
export type NftObject =
  | { readonly table: NftTable }
  | { readonly chain: NftChain }
  | { readonly rule: NftRule };

/** What `nft -j -f -` takes. */
export interface NftScript {
  readonly nftables: readonly NftCommand[];
}

export type NftCommand =
  | { readonly add: NftObject }
  | { readonly delete: { readonly table: NftTable } };

/** `left` is `right`, or one of them. */
export function is(left: Json, right: Json): NftStatement {
  return { match: { op: '==', left, right } };
}

/** `meta KEY` */
export function meta(key: string): Json {
  return { meta: { key } };
}

/** A field of a header: `ip saddr` */
export function field(protocol: string, name: string): Json {
  return { payload: { protocol, field: name } };
}

export const ACCEPT: NftStatement = { accept: null };
export const DROP: NftStatement = { drop: null };
export const COUNTER: NftStatement = { counter: null };
