/**
 * SAs and policies as a backend reports them: what they are, and what became of them so far.
 *
 * @module
 */
import type { Policy } from './policy.ts';
import type { SaParameters } from './sa-parameters.ts';

/** Milliseconds since the epoch, as the operator's clock tells them. */
export type Instant = number;

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
}

/** A policy as a backend reports it. */
export interface PolicyRecord {
  readonly policy: Policy;
  /** A number of the backend's own, different for every entry. */
  readonly index: number;
  readonly addedAt: Instant;
  /** When a packet last met it; `null` if none ever did. */
  readonly usedAt: Instant | null;
}
