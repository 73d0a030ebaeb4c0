/**
 * What the SAD and the SPD hold, as values: what changes would leave there, worked out without
 * either.
 *
 * @module
 */
import { sameAddress } from '../net/ip-address.ts';
import { toHex } from '../octets/hex.ts';
import { ChangeRefused } from './backend.ts';
import type { Change } from './change.ts';
import type { Policy, PolicyId } from './policy.ts';
import type { PolicyRecord, SaRecord } from './record.ts';
import { formatSaId, type SaId, type SaParameters } from './sa-parameters.ts';
import { formatSelectorAddresses, selectorKey } from './selector.ts';

/** Both oldest first. Names are unique, as in the databases. */
export interface Contents {
  readonly sas: readonly SaParameters[];
  readonly policies: readonly Policy[];
}

/** What names the entries of both. */
export interface Names {
  readonly sas: readonly SaId[];
  readonly policies: readonly PolicyId[];
}

/** Empty databases. */
export const NOTHING: Contents = { sas: [], policies: [] };

/**
 * What a backend tells of its databases, newest first, as contents. Larval SAs are left out: they are
 * nobody's yet, and go by themselves.
 */
export function contentsOf(sas: readonly SaRecord[], policies: readonly PolicyRecord[]): Contents {
  return {
    sas: sas.flatMap(({ state, parameters }) => (state === 'larval' ? [] : [parameters])).reverse(),
    policies: policies.map(({ policy }) => policy).reverse(),
  };
}

/** A text for hash tables: the same for the same name in the SAD. */
export function saKey({ protocol, spi, destination }: SaId): string {
  return `${protocol} ${spi} ${toHex(destination.octets)}`;
}

/** A text for hash tables: the same for the same name in the SPD. */
export function policyKey({ direction, selector }: PolicyId): string {
  return `${direction} ${selectorKey(selector)}`;
}

/** The names of `contents`, and no key. */
export function namesOf({ sas, policies }: Contents): Names {
  return {
    sas: sas.map(({ destination, protocol, spi }) => ({ destination, protocol, spi })),
    policies: policies.map(({ direction, selector }) => ({ direction, selector })),
  };
}

/** `contents` without the SAs and policies of the names in `others`. */
export function without(contents: Contents, others: Names): Contents {
  const sas = new Set(others.sas.map(saKey));
  const policies = new Set(others.policies.map(policyKey));
  return {
    sas: contents.sas.filter((sa) => !sas.has(saKey(sa))),
    policies: contents.policies.filter((policy) => !policies.has(policyKey(policy))),
  };
}

/** The SAs and policies of `contents` that have the names in `wanted`. */
export function only(contents: Contents, wanted: Names): Contents {
  const sas = new Set(wanted.sas.map(saKey));
  const policies = new Set(wanted.policies.map(policyKey));
  return {
    sas: contents.sas.filter((sa) => sas.has(saKey(sa))),
    policies: contents.policies.filter((policy) => policies.has(policyKey(policy))),
  };
}

/** The names in either. */
export function union(a: Names, b: Names): Names {
  const sas = new Map([...a.sas, ...b.sas].map((id) => [saKey(id), id]));
  const policies = new Map([...a.policies, ...b.policies].map((id) => [policyKey(id), id]));
  return { sas: [...sas.values()], policies: [...policies.values()] };
}

/**
 * What a file of `changes` says that shall be there: what it leaves of nothing. It may delete what is
 * not there, as files do to make room. Throws `ChangeRefused` for what it adds twice.
 */
export function contentsSaid(changes: readonly Change[]): Contents {
  const sas = new Map<string, SaParameters>();
  const policies = new Map<string, Policy>();
  for (const [index, change] of changes.entries()) {
    const makesRoom =
      (change.kind === 'delete-sa' && !sas.has(saKey(change.id))) ||
      (change.kind === 'delete-policy' && !policies.has(policyKey(change.policy)));
    if (!makesRoom) make(change, index, sas, policies, refuse);
  }
  return { sas: [...sas.values()], policies: [...policies.values()] };
}

/**
 * What a file of `changes` leaves, for those who only want to know: where one would be refused, the
 * last word counts.
 */
export function contentsLeft(changes: readonly Change[]): Contents {
  const sas = new Map<string, SaParameters>();
  const policies = new Map<string, Policy>();
  for (const [index, change] of changes.entries()) make(change, index, sas, policies, () => {});
  return { sas: [...sas.values()], policies: [...policies.values()] };
}

/**
 * What `changes`, made in their order, leave of `contents`. Throws `ChangeRefused` for the first that
 * would be refused as `exists` or `missing`; what else may be said against one, a backend knows.
 */
export function outcomeOf(changes: readonly Change[], contents: Contents = NOTHING): Contents {
  const sas = new Map(contents.sas.map((sa) => [saKey(sa), sa]));
  const policies = new Map(contents.policies.map((policy) => [policyKey(policy), policy]));
  for (const [index, change] of changes.entries()) make(change, index, sas, policies, refuse);
  return { sas: [...sas.values()], policies: [...policies.values()] };
}

function make(
  change: Change,
  index: number,
  sas: Map<string, SaParameters>,
  policies: Map<string, Policy>,
  refuse: (index: number, refusal: 'exists' | 'missing', reason: string) => void,
): void {
  switch (change.kind) {
    case 'add-sa': {
      const key = saKey(change.sa);
      if (sas.has(key)) refuse(index, 'exists', `there is an SA ${formatSaId(change.sa)}`);
      sas.set(key, change.sa);
      return;
    }
    case 'delete-sa':
      if (!sas.delete(saKey(change.id))) {
        refuse(index, 'missing', `there is no SA ${formatSaId(change.id)}`);
      }
      return;
    case 'delete-sas-between': {
      const { source, destination, protocol } = change.pair;
      for (const [key, sa] of sas) {
        if (protocol !== null && sa.protocol !== protocol) continue;
        if (!sameAddress(sa.source, source) || !sameAddress(sa.destination, destination)) continue;
        sas.delete(key);
      }
      return;
    }
    case 'flush-sas':
      for (const [key, { protocol }] of sas) {
        if (change.protocol === null || change.protocol === protocol) sas.delete(key);
      }
      return;
    case 'add-policy': {
      const key = policyKey(change.policy);
      if (policies.has(key)) refuse(index, 'exists', `there is a policy ${name(change.policy)}`);
      policies.set(key, change.policy);
      return;
    }
    case 'update-policy': {
      const key = policyKey(change.policy);
      // It comes behind those of its priority.
      policies.delete(key);
      policies.set(key, change.policy);
      return;
    }
    case 'delete-policy':
      if (!policies.delete(policyKey(change.policy))) {
        refuse(index, 'missing', `there is no policy ${name(change.policy)}`);
      }
      return;
    case 'flush-policies':
      policies.clear();
      return;
  }
}

function refuse(index: number, refusal: 'exists' | 'missing', reason: string): never {
  throw new ChangeRefused(index, refusal, reason);
}

function name({ selector, direction }: PolicyId): string {
  return `${direction} ${formatSelectorAddresses(selector, direction)}`;
}
