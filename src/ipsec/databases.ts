/**
 * The SAD and the SPD together, and how changes are made to them: all of a commit or none.
 *
 * @module
 */
import type { CryptoProvider } from '../crypto/context.ts';
import { RandomPool } from '../crypto/random-pool.ts';
import { u32 } from '../octets/octets.ts';
import { ChangeRefused, type Instant, type PolicyRecord, type SaRecord } from './backend.ts';
import type { Change } from './change.ts';
import { type BackendEvent, withoutKeys } from './events.ts';
import { ExpiryWatch } from './expiry.ts';
import { Keying } from './keying.ts';
import { LarvalSa } from './larval-sa.ts';
import { Sa } from './sa.ts';
import type { SaId } from './sa-parameters.ts';
import { Sad, type SadEntry } from './sad.ts';
import type { SelectorAddresses } from './selector.ts';
import { Spd } from './spd.ts';
import { SpdEntry } from './spd-entry.ts';
import {
  larvalParameters,
  type SpiRequest,
  whyInvalidSpiRequest,
  whyNoSpi,
} from './spi-request.ts';
import { whyUnsupported } from './support.ts';
import { INDEX_STEP, Transaction } from './transaction.ts';
import type { Update } from './update.ts';

/** Is told what happens, while it happens: it must be quick. */
export type Listener = (event: BackendEvent) => void;

export class Databases {
  readonly sad = new Sad();
  readonly spd = new Spd();
  #nextIndex = INDEX_STEP;
  #listener: Listener | null = null;
  readonly #expiry = new ExpiryWatch(this.sad);
  readonly #crypto: CryptoProvider;
  readonly #keying: Keying;
  readonly #tellCopies: ((update: Update) => void) | null;
  /** What is gone and copies were not told of. */
  readonly #gone: SaId[] = [];
  readonly #random = new RandomPool();

  /**
   * SAs are keyed with contexts of `crypto`. Where other threads have copies, `tellCopies` is told of each commit
   * once it is in force, and has them {@link follow} before it returns.
   */
  constructor(crypto: CryptoProvider, tellCopies: ((update: Update) => void) | null = null) {
    this.#crypto = crypto;
    this.#keying = new Keying(crypto, tellCopies !== null);
    this.#tellCopies = tellCopies;
  }

  /**
   * The SAD as records, newest first, without SAs past their hard lifetime. Which SAs these are is
   * settled now; each record is made when it is taken, with what the SA has counted by then.
   */
  sas(now: Instant): Iterable<SaRecord> {
    return recordsOf([...this.sad.all], now);
  }

  /**
   * The SPD as records, newest first, as {@link sas} gives the SAD; of those alone that have all addresses
   * of `including`, if that is said.
   */
  policies(including?: SelectorAddresses): Iterable<PolicyRecord> {
    const entries = including === undefined ? this.spd.all : this.spd.including(including);
    return entriesOf(entries.sort((a, b) => b.index - a.index));
  }

  /** The SA of that name, unless it is past its hard lifetime. */
  sa(id: SaId, now: Instant): SaRecord | null {
    const record = this.sad.find(id)?.record(now);
    return record === undefined || record.state === 'dead' ? null : record;
  }

  /** Has `listener` told of events from now on, in the place of any other; `null` of none. */
  watch(listener: Listener | null): void {
    this.#listener = listener;
    this.#expiry.hush();
  }

  /** Who is to be told of events; `null` when nobody is. */
  get listener(): Listener | null {
    return this.#listener;
  }

  /** Tells of SAs that expired, some at a time; returns whether there are more to look at now. */
  tellExpired(now: Instant): boolean {
    if (this.#listener === null) return false;
    return this.#expiry.look(now, this.#listener);
  }

  /** Reserves an SPI by a larval SA; throws `ChangeRefused`. */
  allocateSpi(request: SpiRequest, now: Instant): SaRecord {
    const fault = whyInvalidSpiRequest(request);
    if (fault !== null) throw new ChangeRefused(0, 'invalid', fault);
    const sa = larvalParameters(request, request.least);
    const beyond = whyUnsupported({ kind: 'add-sa', sa });
    if (beyond !== null) throw new ChangeRefused(0, 'unsupported', beyond);
    this.#removeDead(now);
    const larval = new LarvalSa({ ...sa, spi: this.#freeSpi(request) }, now);
    this.sad.add(larval);
    this.#expiry.add(larval, now);
    return larval.record(now);
  }

  /** From a place that nobody can foretell, the next that is free. */
  #freeSpi(request: SpiRequest): number {
    const { destination, protocol, least, most } = request;
    const count = most - least + 1;
    const random = new Uint8Array(4);
    this.#random.fill(random, 0, random.length);
    const first = u32(random, 0) % count;
    // With one more candidate than there are SAs, one is free.
    const tries = Math.min(count, this.sad.size + 1);
    for (let k = 0; k < tries; k++) {
      const spi = least + ((first + k) % count);
      if (this.sad.find({ destination, protocol, spi }) === undefined) return spi;
    }
    throw new ChangeRefused(0, 'exists', whyNoSpi(request));
  }

  /**
   * Makes `changes`, all or none; throws `ChangeRefused` for the first that cannot be made.
   * `beforeForce` is shown both databases as they are about to be in force; if it throws, nothing happened
   * either.
   */
  commit(
    changes: readonly Change[],
    now: Instant,
    beforeForce: (spd: Pick<Spd, 'policies'>, sad: Pick<Sad, 'carriers'>) => void,
  ): void {
    this.#removeDead(now);
    const events: BackendEvent[] = [];
    const listener = this.#listener;
    const note: Listener | null = listener && ((event) => events.push(event));
    const { sad, spd } = this;
    const transaction = new Transaction(sad, spd, this.#nextIndex, this.#keying, now, note);
    try {
      for (const [index, change] of changes.entries()) transaction.apply(change, index);
      beforeForce(spd, sad);
    } catch (error) {
      transaction.takeBack();
      throw error;
    }
    transaction.keep();
    this.#nextIndex = transaction.nextIndex;
    for (const sa of transaction.sas.added) this.#expiry.add(sa, now);
    this.#tellCopies?.(this.#updateOf(transaction, now));
    if (listener !== null) for (const event of events) listener(event);
  }

  /**
   * Has this copy be like those that `update` comes from. `noteUsedUp` is told, while a packet is counted, that an
   * SA has carried as much as one of its lifetimes says; the listener, of SAs that came.
   */
  follow(update: Update, noteUsedUp: (sa: Sa) => void): void {
    const { madeAt, removedSas, addedSas, removedPolicies, addedPolicies } = update;
    for (const id of removedSas) this.#remove(this.sad.find(id));
    for (const id of removedPolicies) {
      const entry = this.spd.find(id);
      if (entry !== undefined) this.spd.remove(entry);
    }
    for (const { parameters, counts } of addedSas) {
      const sa = new Sa(parameters, this.#crypto, madeAt, counts);
      sa.onUsedUp = noteUsedUp;
      this.sad.add(sa);
      this.#listener?.({ kind: 'sa-added', ...withoutKeys(sa.record(madeAt)) });
    }
    for (const { policy, index, usedAt } of addedPolicies) {
      this.spd.add(new SpdEntry(policy, index, madeAt, usedAt));
    }
  }

  /** Takes note that the SA of that name was found to have carried as much as one of its lifetimes says. */
  noteUsedUp(id: SaId): void {
    const sa = this.sad.find(id);
    if (sa !== undefined) this.#expiry.noteUsedUp(sa);
  }

  /** An SA past its hard lifetime is gone for whoever changes the SAD (RFC 2367 §3.1.8). */
  #removeDead(now: Instant): void {
    for (const sa of this.#expiry.takeDead(now, this.#listener)) {
      this.#remove(sa);
      if (this.#tellCopies !== null) this.#gone.push(idOf(sa));
    }
  }

  #remove(sa: SadEntry | undefined): void {
    if (sa === undefined) return;
    this.sad.remove(sa);
    sa.destroy();
  }

  /** Copies know nothing of larval SAs. */
  #updateOf({ sas, policies }: Transaction, now: Instant): Update {
    return {
      madeAt: now,
      removedSas: [...this.#gone.splice(0), ...[...sas.removed].map(idOf)],
      addedSas: [...sas.added].flatMap((sa) =>
        sa instanceof Sa && sa.sharedCounts !== null
          ? [{ parameters: sa.parameters, counts: sa.sharedCounts }]
          : [],
      ),
      removedPolicies: [...policies.removed].map(({ policy }) => policy),
      addedPolicies: [...policies.added].flatMap(({ policy, index, sharedUsedAt }) =>
        sharedUsedAt === null ? [] : [{ policy, index, usedAt: sharedUsedAt }],
      ),
    };
  }
}

function idOf({ parameters: { destination, protocol, spi } }: SadEntry): SaId {
  return { destination, protocol, spi };
}

function* recordsOf(entries: readonly SadEntry[], now: Instant): Generator<SaRecord> {
  for (let place = entries.length - 1; place >= 0; place--) {
    const record = entries[place]?.record(now);
    if (record !== undefined && record.state !== 'dead') yield record;
  }
}

function* entriesOf(entries: readonly SpdEntry[]): Generator<PolicyRecord> {
  for (const entry of entries) yield entry.record();
}
