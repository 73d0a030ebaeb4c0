/**
 * SPD entries (RFC 4301 §4.4.1): what to do with the packets that a selector picks.
 *
 * @module
 */
import type { IpAddress } from '../net/ip-address.ts';
import type { Direction, Selector } from './selector.ts';

/** The protocols that a template can ask for, and that SAs are of. */
export const IPSEC_PROTOCOLS = ['esp', 'ah', 'ipcomp'] as const;
export type IpsecProtocol = (typeof IPSEC_PROTOCOLS)[number];

export type Mode = 'transport' | 'tunnel';

/**
 * One layer of the protection that a policy asks for; Linux calls it a template. RFC 4301 §4.4.1.2
 * calls it the processing info.
 */
export interface Template {
  readonly protocol: IpsecProtocol;
  readonly mode: Mode;
  /** The tunnel's ends. `null` in transport mode, where the packet's own addresses are the ends. */
  readonly endpoints: { readonly local: IpAddress; readonly remote: IpAddress } | null;
  /** `use` lets a packet pass without the layer when there is no SA for it; `require` never does. */
  readonly level: 'use' | 'require';
  /** Only SAs of this number serve the layer; 0 takes any. */
  readonly reqid: number;
}

/** DISCARD, BYPASS and PROTECT of RFC 4301 §4.4.1. */
export type Action =
  | { readonly kind: 'discard' }
  | { readonly kind: 'bypass' }
  /** Innermost layer first: the order in which an outbound packet gets them. */
  | { readonly kind: 'protect'; readonly templates: readonly Template[] };

/** An SPD entry. Direction and selector name it: the SPD has one of each, as Linux's does. */
export interface Policy {
  readonly direction: Direction;
  readonly selector: Selector;
  readonly action: Action;
  /** The lower number is looked at first; {@link DEFAULT_PRIORITY} when nothing was said. */
  readonly priority: number;
}

/** What names an SPD entry. */
export type PolicyId = Pick<Policy, 'direction' | 'selector'>;

/** The middle of the range, 2^31, as setkey and racoon give it on Linux. */
export const DEFAULT_PRIORITY = 0x80000000;
