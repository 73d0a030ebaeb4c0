/**
 * The protocol of racoon's admin socket: one JSON object a line, a request and then its response, as often
 * as wanted on one connection. Not the original's, whose structs depend on the compiler.
 *
 *   {"op":"command","command":{"kind":"flush-phase1"}}
 *   {"ok":true,"result":null}
 *   {"op":"flush-sas","protocol":"esp"}
 *   {"ok":false,"message":"..."}
 *
 * As in the control protocol of `ipseald`, what may be long comes in parts, all but the last of which say
 * that there are more; and the response to `events` begins with an empty part and has no last one.
 *
 * @module
 */
import * as v from 'valibot';
import { Secret } from '../../../crypto/secret.ts';
import { AddressSchema, SaIdSchema, SaRecordSchema, SelectorSchema } from '../../control/values.ts';
import { EVENT_KINDS } from '../event-text.ts';

/** A request longer than this ends the connection. */
export const LONGEST_REQUEST = 1 << 16;
/** A part of a response is never longer: 64 SAs. */
export const LONGEST_RESPONSE: number = 4 << 20;

const End = v.strictObject({ address: AddressSchema, port: v.number() });
const Password = v.pipe(
  v.string(),
  v.transform((text) => new Secret(Buffer.from(text))),
);
const Login = v.strictObject({ user: v.string(), password: Password });
const Role = v.picklist(['initiator', 'responder']);

const CommandSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('establish-phase1'),
    local: End,
    remote: End,
    name: v.nullable(v.string()),
    login: v.nullable(Login),
  }),
  v.strictObject({ kind: v.literal('establish-phase2'), selector: SelectorSchema }),
  v.strictObject({ kind: v.literal('delete-phase1'), local: v.nullable(End), remote: End }),
  v.strictObject({ kind: v.literal('flush-phase1') }),
]);

export const RequestSchema = v.variant('op', [
  v.strictObject({ op: v.literal('status') }),
  v.strictObject({ op: v.literal('schedule') }),
  v.strictObject({ op: v.literal('events') }),
  v.strictObject({ op: v.literal('reload') }),
  v.strictObject({ op: v.literal('command'), command: CommandSchema }),
  v.strictObject({ op: v.literal('sas') }),
  v.strictObject({
    op: v.literal('flush-sas'),
    protocol: v.nullable(v.picklist(['esp', 'ah'])),
  }),
  v.strictObject({ op: v.literal('certificate'), local: AddressSchema, remote: AddressSchema }),
  v.strictObject({ op: v.literal('log-out'), user: v.string() }),
]);

const Phase2Schema = v.strictObject({
  messageId: v.number(),
  role: Role,
  state: v.picklist(['negotiating', 'established']),
  sas: v.array(SaIdSchema),
});

const Phase1Schema = v.strictObject({
  local: End,
  remote: End,
  role: Role,
  mode: v.picklist(['main', 'aggressive', 'base']),
  /** As the log writes them. */
  cookies: v.string(),
  /** Of the `remote` in the configuration; `null` before it is known which. */
  name: v.nullable(v.string()),
  state: v.picklist(['negotiating', 'established', 'dying', 'expired']),
  sent: v.number(),
  received: v.number(),
  /** Milliseconds since the epoch. */
  establishedAt: v.nullable(v.number()),
  expiresAt: v.nullable(v.number()),
  remoteIdentity: v.nullable(v.string()),
  user: v.nullable(v.string()),
  phase2: v.array(Phase2Schema),
});

const TaskSchema = v.strictObject({
  index: v.number(),
  /** How long after it was planned it is to be done. */
  delaySeconds: v.number(),
  /** Seconds from the start of racoon to then. */
  dueSeconds: v.number(),
  /** Milliseconds since the epoch. */
  createdAt: v.number(),
});

const EventSchema = v.strictObject({
  what: v.picklist(EVENT_KINDS),
  /** Milliseconds since the epoch. */
  at: v.number(),
  local: v.nullable(End),
  remote: v.nullable(End),
  /** What SAs were wanted for, of phase 2. */
  selector: v.nullable(SelectorSchema),
});

/** What the result of each operation looks like, or a part of it. */
export const RESULT_SCHEMAS = {
  status: v.array(Phase1Schema),
  schedule: v.array(TaskSchema),
  events: v.array(EventSchema),
  reload: v.string(),
  /** Between whom phase 2 is negotiated; `null` of all other commands. */
  command: v.nullable(v.strictObject({ local: AddressSchema, remote: AddressSchema })),
  sas: v.strictObject({ pid: v.number(), sas: v.array(SaRecordSchema) }),
  'flush-sas': v.null(),
  /** In hexadecimal digits; `null` when none is known. */
  certificate: v.nullable(v.string()),
  /** How many SAs went with it. */
  'log-out': v.number(),
} as const;

export const ResponseSchema = v.variant('ok', [
  v.strictObject({
    ok: v.literal(true),
    /** Whether another part follows. */
    more: v.exactOptional(v.literal(true)),
    result: v.unknown(),
  }),
  v.strictObject({ ok: v.literal(false), message: v.string() }),
]);

/** A request as it is sent. */
export type RequestJson = v.InferInput<typeof RequestSchema>;
/** A request as it was understood. */
export type Request = v.InferOutput<typeof RequestSchema>;
export type Operation = Request['op'];
export type Response = v.InferInput<typeof ResponseSchema>;
/** The result of an operation, or a part of it. */
export type Result<O extends Operation> = v.InferOutput<(typeof RESULT_SCHEMAS)[O]>;
/** As it is sent. */
export type ResultJson<O extends Operation> = v.InferInput<(typeof RESULT_SCHEMAS)[O]>;
export type CommandJson = v.InferInput<typeof CommandSchema>;
export type ShownPhase1 = v.InferOutput<typeof Phase1Schema>;
export type ShownTask = v.InferOutput<typeof TaskSchema>;
export type ToldEvent = v.InferOutput<typeof EventSchema>;
