/**
 * The one seam between those who decide on SAs and policies and those who carry them out: the
 * kernel, the userspace data plane, or tables in memory. One contract suite runs on each.
 *
 * @module
 */
import type { Change } from './change.ts';
import type { EventStream } from './events.ts';
import type { DiscardCounters, PolicyRecord, SaRecord } from './record.ts';
import type { SaId } from './sa-parameters.ts';
import type { SelectorAddresses } from './selector.ts';
import type { SpiRequest } from './spi-request.ts';

export type { DiscardCounters, Instant, PolicyRecord, SaRecord, WindowState } from './record.ts';

/** What a backend can do on this machine. */
export interface Capabilities {
  readonly backend: 'kernel' | 'userspace' | 'memory';
  /** Names of protocols and algorithms, as the registry has them. */
  readonly protocols: readonly string[];
  readonly ciphers: readonly string[];
  readonly integrity: readonly string[];
  readonly compression: readonly string[];
}

export interface Backend {
  capabilities(): Promise<Capabilities>;
  /**
   * Makes `changes` in their order, all of them or none. Throws {@link ChangeRefused} for the first
   * that cannot be made.
   */
  commit(changes: readonly Change[]): Promise<void>;
  /**
   * The SAD, newest first, read as it is taken. What is there from the first record to the last is
   * told once; what is added meanwhile is not told, what is removed meanwhile may be. Counters are
   * of the moment that the record was made.
   */
  sas(): AsyncIterable<SaRecord>;
  /**
   * The SPD, newest first, as {@link sas} tells the SAD; of those alone that have all addresses of
   * `including`, if that is said.
   */
  policies(including?: SelectorAddresses): AsyncIterable<PolicyRecord>;
  /** The SA of that name; `null` when there is none. */
  sa(id: SaId): Promise<SaRecord | null>;
  /**
   * Reserves an SPI that is not in use, by a larval SA (RFC 2367 §3.1.1). An `add-sa` of the same
   * name completes it; without one it is gone after some seconds. Throws {@link ChangeRefused}.
   */
  allocateSpi(request: SpiRequest): Promise<SaRecord>;
  /** Resolves when all that happens from then on will be told. */
  events(): Promise<EventStream>;
  discards(): Promise<DiscardCounters>;
  /** Lets go of sockets and the like. What was committed stays in force. */
  close(): Promise<void>;
}

/** All of a dump at once, for those who have the room. */
export async function collect<T>(records: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const record of records) all.push(record);
  return all;
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
