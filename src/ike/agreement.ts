/**
 * What both peers agreed on for some traffic: enough, with keys, to make its SAs.
 *
 * @module
 */
import type { DhGroup } from '../crypto/dh-group.ts';
import type { Lifetime } from '../ipsec/lifetime.ts';
import type { BundleLayer } from './bundle.ts';
import type { Protection } from './protection.ts';

/** What protects one layer, and for how long. */
export interface LayerTerms {
  readonly layer: BundleLayer;
  readonly protection: Protection;
  /** Whether it goes in UDP datagrams (RFC 3948). */
  readonly inUdp: boolean;
  readonly extendedSequenceNumbers: boolean;
  readonly lifetime: Lifetime;
}

export interface AgreedLayer extends LayerTerms {
  /** What we chose, and the peer sends to. */
  readonly inboundSpi: number;
  /** What the peer chose, and we send to. */
  readonly outboundSpi: number;
}

export interface Agreement {
  /** Innermost first. */
  readonly layers: readonly AgreedLayer[];
  /** Of perfect forward secrecy; `null` is without. */
  readonly group: DhGroup | null;
}
