/**
 * What a filter expression says: the part of libpcap's language that is built in.
 *
 * @module
 */
import type { IpAddress } from '../../net/ip-address.ts';
import type { Prefix } from '../../net/prefix.ts';

/** Which end of a packet an address or port is compared with. */
export type End = 'src' | 'dst' | 'src or dst' | 'src and dst';

/** Words that stand for a protocol. */
export const PROTOCOL_WORDS = [
  'ip',
  'ip6',
  'arp',
  'icmp',
  'icmp6',
  'tcp',
  'udp',
  'sctp',
  'esp',
  'ah',
  'ipcomp',
  'ike',
] as const;
export type ProtocolWord = (typeof PROTOCOL_WORDS)[number];

export type Filter =
  | { readonly kind: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly of: Filter }
  | { readonly kind: 'protocol'; readonly word: ProtocolWord }
  /** The protocol number of an IP header: of the version that `word` names, if it does. */
  | { readonly kind: 'proto'; readonly word: 'ip' | 'ip6' | null; readonly number: number }
  | { readonly kind: 'host'; readonly end: End; readonly address: IpAddress }
  | { readonly kind: 'net'; readonly end: End; readonly prefix: Prefix }
  | { readonly kind: 'port'; readonly end: End; readonly first: number; readonly last: number };

/** Why a text is no filter, or none of the built-in part. */
export interface FilterProblem {
  /** What is meant of the text: from, and up to without. */
  readonly start: number;
  readonly end: number;
  /** What was found, as a clause. */
  readonly message: string;
  /** What could stand there. */
  readonly expected: readonly string[];
}
