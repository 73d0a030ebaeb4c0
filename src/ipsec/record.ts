/**
 * SAs and policies as a backend reports them: what they are, and what became of them so far.
 *
 * @module
 */
import type { Policy } from './policy.ts';
import type { SaParameters } from './sa-parameters.ts';

/** Milliseconds since the epoch, as the operator's clock tells them. */
export type Instant = number;

/** Packets discarded, by reason, under the names of `/proc/net/xfrm_stat`. */
export type DiscardCounters = Readonly<Record<string, number>>;

/** What the replay window of an SA has seen (RFC 4303 §3.4.3). */
export interface WindowState {
  /** The highest sequence number accepted; 0 before the first. */
  readonly highest: number;
  /** How many of the numbers that it covers, from 1 on, did not come, or have yet to. */
  readonly missing: number;
}

/** An SA as a backend reports it. */
export interface SaRecord {
  readonly parameters: SaParameters;
  /** RFC 2367 §3.1: `dying` past its soft lifetime, `dead` past its hard one. */
  readonly state: 'larval' | 'mature' | 'dying' | 'dead';
  /** The last sequence number sent; for an inbound SA the highest accepted. */
  readonly sequenceNumber: number;
  readonly addedAt: Instant;
  /** When it last carried a packet; `null` if it never did. */
  readonly usedAt: Instant | null;
  readonly octets: number;
  readonly packets: number;
  /** `null` for an SA that checks no sequence numbers. */
  readonly window: WindowState | null;
  /** Packets that the SA was found for and that were discarded on its account, by reason. */
  readonly discards: DiscardCounters;
}

/** What an SA tells that has seen no packet. */
export const UNUSED: Pick<
  SaRecord,
  'sequenceNumber' | 'usedAt' | 'octets' | 'packets' | 'window' | 'discards'
> = { sequenceNumber: 0, usedAt: null, octets: 0, packets: 0, window: null, discards: {} };

/** A policy as a backend reports it. */
export interface PolicyRecord {
  readonly policy: Policy;
  /** A number of the backend's own, different for every entry. */
  readonly index: number;
  readonly addedAt: Instant;
  /** When a packet last met it; `null` if none ever did. */
  readonly usedAt: Instant | null;
}
