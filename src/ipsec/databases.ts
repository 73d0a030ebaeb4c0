/**
 * The SAD and the SPD together, and how changes are made to them: all of a commit or none.
 *
 *   databases ──draft──► draft ──apply each change──► adopt    the draft takes the databases' place
 *                              └─ ChangeRefused ────► abandon  nothing happened
 *
 * @module
 */
import { type CryptoProvider, UnsupportedError } from '../crypto/context.ts';
import { ChangeRefused, type Instant, type PolicyRecord, type SaRecord } from './backend.ts';
import type { Change } from './change.ts';
import type { Policy, PolicyId } from './policy.ts';
import { Sa } from './sa.ts';
import { formatSaId, type SaParameters, type UdpEnd } from './sa-parameters.ts';
import { Sad } from './sad.ts';
import { type Direction, formatSelectorAddresses } from './selector.ts';
import { Spd, SpdEntry } from './spd.ts';
import { whyUnsupported } from './support.ts';
import { whyInvalid } from './validity.ts';

/** Linux numbers policies in steps of 8 and tells the direction in the low bits. */
const INDEX_STEP = 8;
const DIRECTION_INDEX: Readonly<Record<Direction, number>> = {
  inbound: 0,
  outbound: 1,
  forward: 2,
};

export class Databases {
  #sad = new Sad();
  #spd = new Spd();
  #nextIndex = INDEX_STEP;
  readonly #crypto: CryptoProvider;

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

  /** The SAD as records, newest first, without SAs past their hard lifetime. */
  sas(now: Instant): SaRecord[] {
    return Array.from(this.#sad.all, (sa) => sa.record(now))
      .filter(({ state }) => state !== 'dead')
      .reverse();
  }

  /** The SPD as records, newest first. */
  policies(): PolicyRecord[] {
    return this.#spd.all.map((entry) => entry.record()).sort((a, b) => b.index - a.index);
  }

  /**
   * Makes `changes`, all or none; throws `ChangeRefused` for the first that cannot be made.
   * `beforeAdoption` is told the policies that are about to be in force, in order of precedence, and
   * where ESP in UDP is about to come to; if it throws, nothing happened either.
   */
  commit(
    changes: readonly Change[],
    now: Instant,
    beforeAdoption: (policies: readonly Policy[], ends: readonly UdpEnd[]) => void,
  ): void {
    const draft = new Draft(this.#sad, this.#spd, this.#nextIndex, this.#crypto, now);
    try {
      for (const [index, change] of changes.entries()) draft.apply(change, index);
      beforeAdoption(
        draft.spd.all.map((entry) => entry.policy),
        draft.sad.udpEnds,
      );
    } catch (error) {
      for (const sa of draft.added) sa.destroy();
      throw error;
    }
    this.#sad = draft.sad;
    this.#spd = draft.spd;
    this.#nextIndex = draft.nextIndex;
    for (const sa of draft.removed) sa.destroy();
  }
}

/** Copies of both databases that changes are tried on. */
class Draft {
  readonly sad: Sad;
  readonly spd: Spd;
  readonly added = new Set<Sa>();
  readonly removed = new Set<Sa>();
  nextIndex: number;
  readonly #crypto: CryptoProvider;
  readonly #now: Instant;

  constructor(sad: Sad, spd: Spd, nextIndex: number, crypto: CryptoProvider, now: Instant) {
    this.sad = new Sad(sad.all);
    this.spd = new Spd(spd.all);
    this.nextIndex = nextIndex;
    this.#crypto = crypto;
    this.#now = now;
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
        this.#removeSa(sa);
        return;
      }
      case 'delete-sas-between':
        for (const sa of this.sad.between(change.pair)) this.#removeSa(sa);
        return;
      case 'flush-sas':
        for (const sa of this.sad.ofProtocol(change.protocol)) this.#removeSa(sa);
        return;
      case 'add-policy':
        if (this.spd.find(change.policy) !== undefined) {
          throw new ChangeRefused(index, 'exists', `there is a policy ${name(change.policy)}`);
        }
        this.#addPolicy(change.policy);
        return;
      case 'update-policy': {
        const old = this.spd.find(change.policy);
        if (old !== undefined) this.spd.remove(old);
        this.#addPolicy(change.policy);
        return;
      }
      case 'delete-policy': {
        const entry = this.spd.find(change.policy);
        if (entry === undefined) {
          throw new ChangeRefused(index, 'missing', `there is no policy ${name(change.policy)}`);
        }
        this.spd.remove(entry);
        return;
      }
      case 'flush-policies':
        for (const entry of this.spd.all) this.spd.remove(entry);
        return;
    }
  }

  #addSa(parameters: SaParameters, index: number): void {
    if (this.sad.find(parameters) !== undefined) {
      throw new ChangeRefused(index, 'exists', `there is an SA ${formatSaId(parameters)}`);
    }
    const sa = this.#keyed(parameters, index);
    this.added.add(sa);
    this.sad.add(sa);
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

  #removeSa(sa: Sa): void {
    this.sad.remove(sa);
    if (!this.added.delete(sa)) this.removed.add(sa);
    else sa.destroy();
  }

  #addPolicy(policy: Policy): void {
    const index = this.nextIndex + DIRECTION_INDEX[policy.direction];
    this.nextIndex += INDEX_STEP;
    this.spd.add(new SpdEntry(policy, index, this.#now));
  }
}

function name({ selector, direction }: PolicyId): string {
  return `${direction} ${formatSelectorAddresses(selector, direction)}`;
}
