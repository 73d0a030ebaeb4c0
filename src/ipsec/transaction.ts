/**
 * Changes that are made in place and can be taken back: what becomes of both databases in a commit.
 *
 *   apply each change ──► keep        it is done
 *        └─ ChangeRefused ─► takeBack   nothing happened
 *
 * A commit costs what its changes cost, however much is in the databases. To take one back that
 * removed something costs more: what was removed goes back to its place among all the others.
 *
 * @module
 */
import { UnsupportedError } from '../crypto/context.ts';
import { ChangeRefused, type Instant } from './backend.ts';
import type { Change } from './change.ts';
import { type BackendEvent, withoutKeys } from './events.ts';
import type { Keying } from './keying.ts';
import { LarvalSa } from './larval-sa.ts';
import type { Policy, PolicyId } from './policy.ts';
import { NO_PROGRESS, type Progress } from './progress.ts';
import { formatSaId, type SaParameters } from './sa-parameters.ts';
import type { Sad, SadEntry } from './sad.ts';
import { type Direction, formatSelectorAddresses } from './selector.ts';
import type { Spd } from './spd.ts';
import type { SpdEntry } from './spd-entry.ts';
import { whyUnsupported } from './support.ts';
import { whyInvalid } from './validity.ts';

/** Linux numbers policies in steps of 8 and tells the direction in the low bits. */
export const INDEX_STEP = 8;
const DIRECTION_INDEX: Readonly<Record<Direction, number>> = {
  inbound: 0,
  outbound: 1,
  forward: 2,
};

export class Transaction {
  readonly #sad: Sad;
  readonly #spd: Spd;
  readonly #sas = new Difference<SadEntry>();
  readonly #policies = new Difference<SpdEntry>();
  #nextIndex: number;
  readonly #keying: Keying;
  readonly #now: Instant;
  readonly #note: ((event: BackendEvent) => void) | null;

  /** `note`, if any, is told what is to be told of once the changes are in force. */
  constructor(
    sad: Sad,
    spd: Spd,
    nextIndex: number,
    keying: Keying,
    now: Instant,
    note: ((event: BackendEvent) => void) | null,
  ) {
    this.#sad = sad;
    this.#spd = spd;
    this.#nextIndex = nextIndex;
    this.#keying = keying;
    this.#now = now;
    this.#note = note;
  }

  /** Of the next policy. */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  /** The SAs that were not there before, oldest first; others are not there any more. */
  get sas(): Readonly<Difference<SadEntry>> {
    return this.#sas;
  }

  /** The policies, likewise. */
  get policies(): Readonly<Difference<SpdEntry>> {
    return this.#policies;
  }

  /** Makes `change`; throws `ChangeRefused` with `index` when that cannot be. */
  apply(change: Change, index: number): void {
    const fault = whyInvalid(change);
    if (fault !== null) throw new ChangeRefused(index, 'invalid', fault);
    const beyond = whyUnsupported(change);
    if (beyond !== null) throw new ChangeRefused(index, 'unsupported', beyond);
    switch (change.kind) {
      case 'add-sa':
        this.#addSa(change.sa, change.from ?? NO_PROGRESS, index);
        return;
      case 'delete-sa': {
        const sa = this.#sad.find(change.id);
        if (sa === undefined) {
          throw new ChangeRefused(index, 'missing', `there is no SA ${formatSaId(change.id)}`);
        }
        this.#deleteSa(sa);
        return;
      }
      case 'delete-sas-between':
        for (const sa of this.#sad.between(change.pair)) this.#deleteSa(sa);
        return;
      case 'flush-sas': {
        const sas = this.#sad.ofProtocol(change.protocol);
        for (const sa of sas) this.#removeSa(sa);
        // Linux tells of no flush that found nothing.
        if (sas.length > 0) this.#note?.({ kind: 'sas-flushed', protocol: change.protocol });
        return;
      }
      case 'add-policy':
        if (this.#spd.find(change.policy) !== undefined) {
          throw new ChangeRefused(index, 'exists', `there is a policy ${name(change.policy)}`);
        }
        this.#addPolicy(change.policy, 'policy-added');
        return;
      case 'update-policy': {
        const old = this.#spd.find(change.policy);
        if (old !== undefined) this.#removePolicy(old);
        this.#addPolicy(change.policy, old === undefined ? 'policy-added' : 'policy-updated');
        return;
      }
      case 'delete-policy': {
        const entry = this.#spd.find(change.policy);
        if (entry === undefined) {
          throw new ChangeRefused(index, 'missing', `there is no policy ${name(change.policy)}`);
        }
        this.#removePolicy(entry);
        this.#note?.({ kind: 'policy-deleted', ...entry.record() });
        return;
      }
      case 'flush-policies': {
        const entries = this.#spd.all;
        for (const entry of entries) this.#policies.remove(entry);
        this.#spd.clear();
        if (entries.length > 0) this.#note?.({ kind: 'policies-flushed' });
        return;
      }
    }
  }

  /** Leaves it so: SAs that are gone forget their keys. */
  keep(): void {
    for (const sa of this.#sas.removed) sa.destroy();
  }

  /** Puts both databases back to what they were. */
  takeBack(): void {
    for (const sa of this.#sas.added) this.#sad.remove(sa);
    for (const entry of this.#policies.added) this.#spd.remove(entry);
    if (this.#sas.removed.size > 0) {
      const before = byAge([...this.#sad.all, ...this.#sas.removed]);
      this.#sad.clear();
      for (const sa of before) this.#sad.add(sa);
    }
    if (this.#policies.removed.size > 0) {
      const before = byAge([...this.#spd.all, ...this.#policies.removed]);
      this.#spd.clear();
      for (const entry of before) this.#spd.add(entry);
    }
  }

  #addSa(parameters: SaParameters, from: Progress, index: number): void {
    const found = this.#sad.find(parameters);
    if (found !== undefined && !(found instanceof LarvalSa)) {
      throw new ChangeRefused(index, 'exists', `there is an SA ${formatSaId(parameters)}`);
    }
    this.#requireKeyable(parameters, index);
    if (found !== undefined) this.#removeSa(found);
    const sa = this.#keying.newSa(parameters, from, this.#now);
    this.#sas.add(sa);
    this.#sad.add(sa);
    this.#noteSa(found ? 'sa-updated' : 'sa-added', sa);
  }

  #requireKeyable(parameters: SaParameters, index: number): void {
    try {
      this.#keying.require(parameters);
    } catch (error) {
      if (error instanceof UnsupportedError) {
        throw new ChangeRefused(index, 'unsupported', error.message);
      }
      if (error instanceof RangeError) throw new ChangeRefused(index, 'invalid', error.message);
      throw error;
    }
  }

  #deleteSa(sa: SadEntry): void {
    this.#removeSa(sa);
    this.#noteSa('sa-deleted', sa);
  }

  #noteSa(kind: 'sa-added' | 'sa-updated' | 'sa-deleted', sa: SadEntry): void {
    this.#note?.({ kind, ...withoutKeys(sa.record(this.#now)) });
  }

  #removeSa(sa: SadEntry): void {
    this.#sad.remove(sa);
    this.#sas.remove(sa);
  }

  #addPolicy(policy: Policy, kind: 'policy-added' | 'policy-updated'): void {
    const index = this.#nextIndex + DIRECTION_INDEX[policy.direction];
    this.#nextIndex += INDEX_STEP;
    const entry = this.#keying.newEntry(policy, index, this.#now);
    this.#spd.add(entry);
    this.#policies.add(entry);
    this.#note?.({ kind, ...entry.record() });
  }

  #removePolicy(entry: SpdEntry): void {
    this.#spd.remove(entry);
    this.#policies.remove(entry);
  }
}

/** What was not there before, and what is not there any more; what came and went is neither. */
class Difference<T> {
  readonly added: Set<T> = new Set();
  readonly removed: Set<T> = new Set();

  add(item: T): void {
    this.added.add(item);
  }

  remove(item: T): void {
    if (!this.added.delete(item)) this.removed.add(item);
  }
}

function byAge<T extends { readonly ordinal: number }>(items: T[]): T[] {
  return items.sort((a, b) => a.ordinal - b.ordinal);
}

function name({ selector, direction }: PolicyId): string {
  return `${direction} ${formatSelectorAddresses(selector, direction)}`;
}
