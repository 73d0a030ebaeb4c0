/**
 * The SAD and the SPD together, and how changes are made to them: all of a commit or none.
 *
 *   databases ──draft──► draft ──apply each change──► adopt    the draft takes the databases' place
 *                              └─ ChangeRefused ────► abandon  nothing happened
 *
 * @module
 */
import { type CryptoProvider, UnsupportedError } from '../crypto/context.ts';
import { RandomPool } from '../crypto/random-pool.ts';
import { u32 } from '../octets/octets.ts';
import { ChangeRefused, type Instant, type PolicyRecord, type SaRecord } from './backend.ts';
import type { Change } from './change.ts';
import { type BackendEvent, withoutKeys } from './events.ts';
import { ExpiryWatch } from './expiry.ts';
import { LarvalSa } from './larval-sa.ts';
import type { Policy, PolicyId } from './policy.ts';
import { Sa } from './sa.ts';
import { type Carriers, formatSaId, type SaId, type SaParameters } from './sa-parameters.ts';
import { Sad, type SadEntry } from './sad.ts';
import { type Direction, formatSelectorAddresses } from './selector.ts';
import { Spd } from './spd.ts';
import { SpdEntry } from './spd-entry.ts';
import {
  larvalParameters,
  type SpiRequest,
  whyInvalidSpiRequest,
  whyNoSpi,
} from './spi-request.ts';
import { whyUnsupported } from './support.ts';
import { whyInvalid } from './validity.ts';

/** Linux numbers policies in steps of 8 and tells the direction in the low bits. */
const INDEX_STEP = 8;
const DIRECTION_INDEX: Readonly<Record<Direction, number>> = {
  inbound: 0,
  outbound: 1,
  forward: 2,
};

/** Is told what happens, while it happens: it must be quick. */
export type Listener = (event: BackendEvent) => void;

export class Databases {
  #sad = new Sad();
  #spd = new Spd();
  #nextIndex = INDEX_STEP;
  #listener: Listener | null = null;
  #expiry = new ExpiryWatch();
  readonly #crypto: CryptoProvider;
  readonly #random = new RandomPool();

  /** SAs are keyed with contexts of `crypto`. */
  constructor(crypto: CryptoProvider) {
    this.#crypto = crypto;
  }

  get sad(): Sad {
    return this.#sad;
  }

  get spd(): Spd {
    return this.#spd;
  }

  /**
   * The SAD as records, newest first, without SAs past their hard lifetime. Which SAs these are is
   * settled now; each record is made when it is taken, with what the SA has counted by then.
   */
  sas(now: Instant): Iterable<SaRecord> {
    return recordsOf([...this.#sad.all], now);
  }

  /** The SPD as records, newest first, as {@link sas} gives the SAD. */
  policies(): Iterable<PolicyRecord> {
    return entriesOf(this.#spd.all.sort((a, b) => b.index - a.index));
  }

  /** The SA of that name, unless it is past its hard lifetime. */
  sa(id: SaId, now: Instant): SaRecord | null {
    const record = this.#sad.find(id)?.record(now);
    return record === undefined || record.state === 'dead' ? null : record;
  }

  /** Has `listener` told of events from now on, in the place of any other; `null` of none. */
  watch(listener: Listener | null): void {
    this.#listener = listener;
    this.#expiry = new ExpiryWatch();
  }

  /** Who is to be told of events; `null` when nobody is. */
  get listener(): Listener | null {
    return this.#listener;
  }

  /** Tells of SAs that expired, some at a time; returns whether there are more to look at now. */
  tellExpired(now: Instant): boolean {
    if (this.#listener === null) return false;
    return this.#expiry.look(this.#sad, now, this.#listener);
  }

  /** Reserves an SPI by a larval SA; throws `ChangeRefused`. */
  allocateSpi(request: SpiRequest, now: Instant): SaRecord {
    const fault = whyInvalidSpiRequest(request);
    if (fault !== null) throw new ChangeRefused(0, 'invalid', fault);
    const sa = larvalParameters(request, request.least);
    const beyond = whyUnsupported({ kind: 'add-sa', sa });
    if (beyond !== null) throw new ChangeRefused(0, 'unsupported', beyond);
    for (const larval of [...this.#sad.larval]) {
      if (larval.stateAt(now) === 'dead') this.#sad.remove(larval);
    }
    const larval = new LarvalSa({ ...sa, spi: this.#freeSpi(request) }, now);
    this.#sad.add(larval);
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
    const tries = Math.min(count, this.#sad.size + 1);
    for (let k = 0; k < tries; k++) {
      const spi = least + ((first + k) % count);
      if (this.#sad.find({ destination, protocol, spi }) === undefined) return spi;
    }
    throw new ChangeRefused(0, 'exists', whyNoSpi(request));
  }

  /**
   * Makes `changes`, all or none; throws `ChangeRefused` for the first that cannot be made.
   * `beforeAdoption` is told the policies that are about to be in force, in order of precedence, and
   * what SAs are about to have packets come in; if it throws, nothing happened either.
   */
  commit(
    changes: readonly Change[],
    now: Instant,
    beforeAdoption: (policies: readonly Policy[], carriers: Carriers) => void,
  ): void {
    const events: BackendEvent[] = [];
    const listener = this.#listener;
    const note: Listener | null = listener && ((event) => events.push(event));
    const draft = new Draft(this.#sad, this.#spd, this.#nextIndex, this.#crypto, now, note);
    try {
      for (const [index, change] of changes.entries()) draft.apply(change, index);
      beforeAdoption(
        draft.spd.all.map((entry) => entry.policy),
        draft.sad.carriers,
      );
    } catch (error) {
      for (const sa of draft.added) sa.destroy();
      throw error;
    }
    this.#sad = draft.sad;
    this.#spd = draft.spd;
    this.#nextIndex = draft.nextIndex;
    for (const sa of draft.removed) sa.destroy();
    if (listener !== null) for (const event of events) listener(event);
  }
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

/** Copies of both databases that changes are tried on. */
class Draft {
  readonly sad: Sad;
  readonly spd: Spd;
  readonly added = new Set<SadEntry>();
  readonly removed = new Set<SadEntry>();
  nextIndex: number;
  readonly #crypto: CryptoProvider;
  readonly #now: Instant;
  readonly #note: Listener | null;

  /** `note`, if any, is told what the databases will tell of when the draft has become them. */
  constructor(
    sad: Sad,
    spd: Spd,
    nextIndex: number,
    crypto: CryptoProvider,
    now: Instant,
    note: Listener | null,
  ) {
    this.sad = new Sad(sad.all);
    this.spd = new Spd(spd.all);
    this.nextIndex = nextIndex;
    this.#crypto = crypto;
    this.#now = now;
    this.#note = note;
    // An SA past its hard lifetime is gone for whoever changes the SAD (RFC 2367 §3.1.8).
    for (const sa of this.sad.ofProtocol(null)) if (sa.stateAt(now) === 'dead') this.#removeSa(sa);
  }

  apply(change: Change, index: number): void {
    const fault = whyInvalid(change);
    if (fault !== null) throw new ChangeRefused(index, 'invalid', fault);
    const beyond = whyUnsupported(change);
    if (beyond !== null) throw new ChangeRefused(index, 'unsupported', beyond);
    switch (change.kind) {
      case 'add-sa':
        this.#addSa(change.sa, index);
        return;
      case 'delete-sa': {
        const sa = this.sad.find(change.id);
        if (sa === undefined) {
          throw new ChangeRefused(index, 'missing', `there is no SA ${formatSaId(change.id)}`);
        }
        this.#deleteSa(sa);
        return;
      }
      case 'delete-sas-between':
        for (const sa of this.sad.between(change.pair)) this.#deleteSa(sa);
        return;
      case 'flush-sas': {
        const sas = this.sad.ofProtocol(change.protocol);
        for (const sa of sas) this.#removeSa(sa);
        // Linux tells of no flush that found nothing.
        if (sas.length > 0) this.#note?.({ kind: 'sas-flushed', protocol: change.protocol });
        return;
      }
      case 'add-policy':
        if (this.spd.find(change.policy) !== undefined) {
          throw new ChangeRefused(index, 'exists', `there is a policy ${name(change.policy)}`);
        }
        this.#addPolicy(change.policy, 'policy-added');
        return;
      case 'update-policy': {
        const old = this.spd.find(change.policy);
        if (old !== undefined) this.spd.remove(old);
        this.#addPolicy(change.policy, old === undefined ? 'policy-added' : 'policy-updated');
        return;
      }
      case 'delete-policy': {
        const entry = this.spd.find(change.policy);
        if (entry === undefined) {
          throw new ChangeRefused(index, 'missing', `there is no policy ${name(change.policy)}`);
        }
        this.spd.remove(entry);
        this.#note?.({ kind: 'policy-deleted', ...entry.record() });
        return;
      }
      case 'flush-policies': {
        const entries = this.spd.all;
        for (const entry of entries) this.spd.remove(entry);
        if (entries.length > 0) this.#note?.({ kind: 'policies-flushed' });
        return;
      }
    }
  }

  #addSa(parameters: SaParameters, index: number): void {
    const found = this.sad.find(parameters);
    if (found !== undefined && !(found instanceof LarvalSa)) {
      throw new ChangeRefused(index, 'exists', `there is an SA ${formatSaId(parameters)}`);
    }
    const sa = this.#keyed(parameters, index);
    if (found !== undefined) this.#removeSa(found);
    this.added.add(sa);
    this.sad.add(sa);
    this.#noteSa(found ? 'sa-updated' : 'sa-added', sa);
  }

  #keyed(parameters: SaParameters, index: number): Sa {
    try {
      return new Sa(parameters, this.#crypto, this.#now);
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
    this.sad.remove(sa);
    if (!this.added.delete(sa)) this.removed.add(sa);
    else sa.destroy();
  }

  #addPolicy(policy: Policy, kind: 'policy-added' | 'policy-updated'): void {
    const index = this.nextIndex + DIRECTION_INDEX[policy.direction];
    this.nextIndex += INDEX_STEP;
    const entry = new SpdEntry(policy, index, this.#now);
    this.spd.add(entry);
    this.#note?.({ kind, ...entry.record() });
  }
}

function name({ selector, direction }: PolicyId): string {
  return `${direction} ${formatSelectorAddresses(selector, direction)}`;
}
