/**
 * The one seam between those who decide on SAs and policies and those who carry them out: the
 * kernel, the userspace data plane, or tables in memory. One contract suite runs on each.
 *
 * @module
 */
import type { Change } from './change.ts';
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

/** What a backend can do on this machine. */
export interface Capabilities {
  readonly backend: 'kernel' | 'userspace' | 'memory';
  /** Names of protocols and algorithms, as the registry has them. */
  readonly protocols: readonly string[];
  readonly ciphers: readonly string[];
  readonly integrity: readonly string[];
  readonly compression: readonly string[];
}

/** Packets discarded, by reason, under the names of `/proc/net/xfrm_stat`. */
export type DiscardCounters = Readonly<Record<string, number>>;

export interface Backend {
  capabilities(): Promise<Capabilities>;
  /**
   * Makes `changes` in their order, all of them or none. Throws {@link ChangeRefused} for the first
   * that cannot be made.
   */
  commit(changes: readonly Change[]): Promise<void>;
  /** The SAD, newest first. */
  sas(): Promise<readonly SaRecord[]>;
  /** The SPD, newest first. */
  policies(): Promise<readonly PolicyRecord[]>;
  discards(): Promise<DiscardCounters>;
  /** Lets go of sockets and the like. What was committed stays in force. */
  close(): Promise<void>;
}

/** Why a change cannot be made. */
export type Refusal = 'exists' | 'missing' | 'unsupported' | 'invalid' | 'failed';

/** A backend would not make a change; none of its commit was made. */
export class ChangeRefused extends Error {
  override readonly name = 'ChangeRefused';
  /** Which of the changes, counted from 0. */
  readonly index: number;
  readonly refusal: Refusal;

  /** `reason` is a clause that stands by itself: `there is an SA esp 0x00000201 to 10.9.0.2`. */
  constructor(index: number, refusal: Refusal, reason: string) {
    super(reason);
    this.index = index;
    this.refusal = refusal;
  }
}
