/**
 * What is remembered between one command and the next, as JSON: what is owned, what awaits
 * confirmation and how to come back from it, what a panic removed.
 *
 * @module
 */
import * as v from 'valibot';
import type { Contents, Names } from '../../../ipsec/contents.ts';
import {
  LifetimeSchema,
  PolicyIdSchema,
  PolicySchema,
  policyIdToJson,
  policyToJson,
  SaIdSchema,
  SaProgressSchema,
  SaSchema,
  saIdToJson,
  saProgressToJson,
  saToJson,
} from '../../control/values.ts';

const NamesSchema = v.strictObject({
  sas: v.array(SaIdSchema),
  policies: v.array(PolicyIdSchema),
});

/** An ipseal that knew of no lifetimes in packets wrote none down. */
const KeptLifetimeSchema = v.strictObject({
  ...LifetimeSchema.entries,
  packets: v.optional(LifetimeSchema.entries.packets, 0),
});

const KeptSaSchema = v.strictObject({
  ...SaSchema.entries,
  softLifetime: KeptLifetimeSchema,
  hardLifetime: KeptLifetimeSchema,
});

/** With keys. */
const ContentsSchema = v.strictObject({
  sas: v.array(KeptSaSchema),
  policies: v.array(PolicySchema),
});

const ProcessSchema = v.strictObject({ pid: v.number(), startedAt: v.string() });

/** Where and when something was noted: what is of another boot, or another daemon, means nothing. */
const Origin = { version: v.literal(1), boot: v.string(), instance: v.string() };

/** What `ipseal apply` brought. No key is in it. */
export const OwnedSchema = v.strictObject({ ...Origin, names: NamesSchema });

/** A change that awaits confirmation. */
export const PendingSchema = v.strictObject({
  ...Origin,
  /** Different for every change. */
  id: v.string(),
  files: v.array(v.string()),
  /** Milliseconds since the epoch. */
  appliedAt: v.number(),
  confirmBy: v.number(),
  guard: v.nullable(ProcessSchema),
  /** What was owned before. */
  owned: NamesSchema,
  touched: NamesSchema,
  before: ContentsSchema,
  /** How far the SAs had counted that may come back. */
  progress: v.optional(v.array(SaProgressSchema), []),
  /** All that there was, where a daemon may come back with nothing. */
  all: v.nullable(ContentsSchema),
});

/** How the last change that had to be confirmed ended. */
export const EndedSchema = v.strictObject({
  ...Origin,
  files: v.array(v.string()),
  appliedAt: v.number(),
  endedAt: v.number(),
  how: v.picklist(['confirmed', 'rolled-back', 'removed']),
  /** Why it was rolled back. */
  why: v.string(),
});

/** What a panic removed. */
export const RemovedSchema = v.strictObject({
  ...Origin,
  removedAt: v.number(),
  owned: NamesSchema,
  /** How far the SAs had counted. */
  progress: v.optional(v.array(SaProgressSchema), []),
  contents: ContentsSchema,
});

type Told<S extends v.GenericSchema, N extends string, C extends string = never> = Readonly<
  Omit<v.InferOutput<S>, N | C> & Record<N, Names> & Record<C, Contents>
>;

export type Owned = Told<typeof OwnedSchema, 'names'>;
export type Pending = Omit<Told<typeof PendingSchema, 'owned' | 'touched', 'before'>, 'all'> & {
  readonly all: Contents | null;
};
export type Ended = Readonly<v.InferOutput<typeof EndedSchema>>;
export type Removed = Told<typeof RemovedSchema, 'owned', 'contents'>;

function namesToJson({ sas, policies }: Names): v.InferInput<typeof NamesSchema> {
  return { sas: sas.map(saIdToJson), policies: policies.map(policyIdToJson) };
}

/** Shows keys. */
function contentsToJson({ sas, policies }: Contents): v.InferInput<typeof ContentsSchema> {
  return { sas: sas.map(saToJson), policies: policies.map(policyToJson) };
}

export function ownedToJson(owned: Owned): v.InferInput<typeof OwnedSchema> {
  return { ...owned, names: namesToJson(owned.names) };
}

/** Shows keys. */
export function pendingToJson(pending: Pending): v.InferInput<typeof PendingSchema> {
  return {
    ...pending,
    owned: namesToJson(pending.owned),
    touched: namesToJson(pending.touched),
    before: contentsToJson(pending.before),
    progress: pending.progress.map(saProgressToJson),
    all: pending.all && contentsToJson(pending.all),
  };
}

/** Shows keys. */
export function removedToJson(removed: Removed): v.InferInput<typeof RemovedSchema> {
  return {
    ...removed,
    owned: namesToJson(removed.owned),
    contents: contentsToJson(removed.contents),
    progress: removed.progress.map(saProgressToJson),
  };
}
