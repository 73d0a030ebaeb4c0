/**
 * The control protocol of `ipseald`: one JSON object a line, a request and then its response, as
 * often as wanted on one connection.
 *
 *   {"op":"commit","changes":[{"kind":"flush-policies"}]}
 *   {"ok":true,"result":null}
 *   {"op":"commit","changes":[{"kind":"delete-sa","id":{...}}]}
 *   {"ok":false,"refusal":"missing","index":0,"message":"there is no SA ..."}
 *
 * What may be long comes in parts, a line each. All but the last say that there are more, and each is
 * made when the one before it has been taken:
 *
 *   {"op":"sas"}
 *   {"ok":true,"more":true,"result":[{...},{...}]}
 *   {"ok":true,"result":[{...}]}
 *
 * Events come in the same form and have no last part: the response to `events` begins with an empty
 * one, goes on as things happen, and ends when the client says no more.
 *
 * @module
 */
import * as v from 'valibot';
import type { Change } from '../../ipsec/change.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { EventSchema } from './event-values.ts';
import {
  PolicyIdSchema,
  PolicyRecordSchema,
  PolicySchema,
  ProgressSchema,
  ProtocolSchema,
  policyIdToJson,
  policyToJson,
  SaIdSchema,
  SaPairSchema,
  SaRecordSchema,
  SaSchema,
  SelectorAddressesSchema,
  SpiRequestSchema,
  saIdToJson,
  saToJson,
} from './values.ts';

/** A line longer than this ends the connection: room for commits of several hundred thousand changes. */
export const LONGEST_LINE: number = 256 << 20;

const ChangeSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('add-sa'),
    sa: SaSchema,
    from: v.exactOptional(ProgressSchema),
  }),
  v.strictObject({ kind: v.literal('delete-sa'), id: SaIdSchema }),
  v.strictObject({ kind: v.literal('delete-sas-between'), pair: SaPairSchema }),
  v.strictObject({
    kind: v.literal('flush-sas'),
    protocol: v.nullable(ProtocolSchema),
  }),
  v.strictObject({ kind: v.literal('add-policy'), policy: PolicySchema }),
  v.strictObject({ kind: v.literal('update-policy'), policy: PolicySchema }),
  v.strictObject({ kind: v.literal('delete-policy'), policy: PolicyIdSchema }),
  v.strictObject({ kind: v.literal('flush-policies') }),
]);

export const RequestSchema = v.variant('op', [
  v.strictObject({ op: v.literal('capabilities') }),
  v.strictObject({ op: v.literal('commit'), changes: v.array(ChangeSchema) }),
  v.strictObject({ op: v.literal('sas') }),
  v.strictObject({
    op: v.literal('policies'),
    /** All addresses that a policy has to have; without it all policies are told. */
    including: v.optional(SelectorAddressesSchema),
  }),
  v.strictObject({ op: v.literal('sa'), id: SaIdSchema }),
  v.strictObject({ op: v.literal('allocate-spi'), request: SpiRequestSchema }),
  v.strictObject({ op: v.literal('events') }),
  v.strictObject({ op: v.literal('discards') }),
]);

/** What the result of each operation looks like, or a part of it. */
export const RESULT_SCHEMAS = {
  capabilities: v.strictObject({
    backend: v.picklist(['kernel', 'userspace', 'memory']),
    protocols: v.array(v.string()),
    ciphers: v.array(v.string()),
    integrity: v.array(v.string()),
    compression: v.optional(v.array(v.string()), []),
  }),
  commit: v.null(),
  sas: v.array(SaRecordSchema),
  policies: v.array(PolicyRecordSchema),
  sa: v.nullable(SaRecordSchema),
  'allocate-spi': SaRecordSchema,
  events: v.array(EventSchema),
  discards: v.record(v.string(), v.number()),
} as const;

export const ResponseSchema = v.variant('ok', [
  v.strictObject({
    ok: v.literal(true),
    /** Whether another part follows. */
    more: v.exactOptional(v.literal(true)),
    result: v.unknown(),
  }),
  v.strictObject({
    ok: v.literal(false),
    refusal: v.picklist(['exists', 'missing', 'unsupported', 'invalid', 'failed']),
    /** Which of the changes, counted from 0; 0 for what is not about a change. */
    index: v.number(),
    message: v.string(),
  }),
]);

/** A request as it is sent. */
export type RequestJson = v.InferInput<typeof RequestSchema>;
/** A request as it was understood. */
export type Request = v.InferOutput<typeof RequestSchema>;
export type Operation = Request['op'];
export type Response = v.InferInput<typeof ResponseSchema>;

/**
 * What is wrong with a value, one clause for each issue: where, and what was expected there. What
 * was found is not told, for it may be a key.
 */
export function describeIssues(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map(describeIssue).join('; ');
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = issue.path?.map(({ key }) => `${key}`) ?? [];
  // The name of a field that should not be there may be anything, too.
  if (issue.expected === 'never') return `${placeOf(path.slice(0, -1))} has a field too many`;
  if (issue.input === undefined) return `${placeOf(path)} is missing`;
  // Where nothing is expected in so many words, the message is one of our schemas' own.
  if (issue.expected === null) return `${placeOf(path)} ${issue.message}`;
  return `${placeOf(path)} must be ${issue.expected}`;
}

function placeOf(path: readonly string[]): string {
  return path.length === 0 ? 'the message' : path.join('.');
}

export function changeToJson(change: Change): v.InferInput<typeof ChangeSchema> {
  switch (change.kind) {
    case 'add-sa':
      return { ...change, sa: saToJson(change.sa) };
    case 'delete-sa':
      return { kind: change.kind, id: saIdToJson(change.id) };
    case 'delete-sas-between': {
      const { source, destination, protocol } = change.pair;
      const pair = {
        source: formatIpAddress(source),
        destination: formatIpAddress(destination),
        protocol,
      };
      return { kind: change.kind, pair };
    }
    case 'add-policy':
    case 'update-policy':
      return { kind: change.kind, policy: policyToJson(change.policy) };
    case 'delete-policy':
      return { kind: change.kind, policy: policyIdToJson(change.policy) };
    case 'flush-sas':
    case 'flush-policies':
      return change;
  }
}
