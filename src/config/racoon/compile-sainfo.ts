/**
 * `sainfo … { … }`: what is negotiated for some traffic, and whether anybody ever looks at it.
 *
 * @module
 */
import type { Identity, TrafficIdentity } from '../../ike/identity.ts';
import type { QuickModePolicy } from '../../ike/quick-mode-policy.ts';
import { toHex } from '../../octets/hex.ts';
import type { Location } from '../source.ts';
import type { Arguments } from './arguments.ts';
import { LARGEST_NUMBER } from './arguments.ts';
import { readCompression, readEspCipher, readGroup, readIntegrity } from './compile-algorithm.ts';
import { compileStatements, type Readers, statementsOf } from './compile-block.ts';
import type { CompileContext } from './compile-context.ts';
import { readIdentity } from './compile-identifier.ts';
import { readLifetime } from './compile-lifetime.ts';
import { readSainfoName } from './compile-sainfo-name.ts';
import type { Mutable } from './draft.ts';
import type { Statement } from './syntax.ts';

type Lists = 'encryption' | 'integrity' | 'compression';

/** Compiles `statement` into one more of `policies`. */
export function compileSainfo(
  statement: Statement,
  words: Arguments,
  policies: QuickModePolicy[],
  context: CompileContext,
): void {
  const { keyword } = statement;
  const { local, remote } = readSainfoName(words);
  const from = words.takes('from') ? readIdentity(words) : null;
  const group = from === null && words.takes('group') ? words.quoted('a group') : null;
  const isNamed = words.end();
  const values = readBlock(statement, context);
  for (const name of NEEDED) {
    if (values.origins.has(name)) continue;
    context.report.error('missing-algorithms', keyword, `this sainfo has no ${name}`, {
      fix: `add ${EXAMPLES[name]}`,
    });
  }
  const at = context.location(statement.span);
  const policy = { local, remote, from, group, ...values, at };
  if (isNamed) refuseRepetition(policy, statement, policies, context);
  policies.push(policy);
}

function readBlock(
  statement: Statement,
  context: CompileContext,
): Omit<QuickModePolicy, 'local' | 'remote' | 'from' | 'group' | 'at' | 'origins'> & {
  readonly origins: ReadonlyMap<string, Location>;
} {
  const values: Mutable<
    Pick<QuickModePolicy, Lists | 'pfsGroup' | 'lifetimeSeconds' | 'remoteId'>
  > = {
    encryption: [],
    integrity: [],
    compression: [],
    pfsGroup: null,
    lifetimeSeconds: 28_800,
    remoteId: 0,
  };
  const readers: Readers<'sainfo'> = {
    encryption_algorithm: (words) => {
      values.encryption = extended(values.encryption, words, () => readEspCipher(words, context));
    },
    authentication_algorithm: (words) => {
      values.integrity = extended(values.integrity, words, () => readIntegrity(words, context));
    },
    compression_algorithm: (words) => {
      values.compression = extended(values.compression, words, () => readCompression(words));
    },
    lifetime: (words) => {
      values.lifetimeSeconds = readLifetime(words);
    },
    pfs_group: (words) => {
      values.pfsGroup = readGroup(words, context) ?? null;
    },
    remoteid: (words) => {
      values.remoteId = words.number({ what: 'a number', least: 0, most: LARGEST_NUMBER });
    },
  };
  const statements = statementsOf(statement);
  const origins = compileStatements(statements, 'sainfo', readers, NEEDED, context);
  warnOfNoProtection(values, origins, context);
  return { ...values, origins };
}

/** `items`, and behind them what `read` makes of each part of a list. */
function extended<T>(
  items: readonly T[],
  words: Arguments,
  read: () => T | undefined,
): readonly T[] {
  return [...items, ...words.list(read).filter((item) => item !== undefined)];
}

/** Null with null protects nothing (RFC 4303 §3.2), and every pair of the lists is offered. */
function warnOfNoProtection(
  { encryption, integrity }: Pick<QuickModePolicy, Lists>,
  origins: ReadonlyMap<string, Location>,
  { report }: CompileContext,
): void {
  if (encryption.every(({ algorithm }) => algorithm.name !== 'null')) return;
  if (integrity.every(({ name }) => name !== 'null')) return;
  const span = origins.get('authentication_algorithm')?.span;
  if (span === undefined) return;
  report.warning('no-protection', span, 'null_enc with non_auth protects nothing', {
    expected: 'a cipher or an authentication algorithm in every pair',
    fix: 'leave non_auth out',
  });
}

/** Two for the same lookups: the second is never asked. With addresses, the original refused it. */
function refuseRepetition(
  policy: QuickModePolicy,
  { keyword }: Statement,
  policies: readonly QuickModePolicy[],
  { report }: CompileContext,
): void {
  const before = policies.find((each) => meetsSame(each, policy));
  if (before === undefined) return;
  const place = `${before.at.file}:${before.at.line}`;
  const isExplicit = policy.local !== 'anonymous' && before.local !== 'anonymous';
  if (isExplicit) {
    const message = `this sainfo and the one at ${place} are for the same traffic`;
    report.error('repeated-sainfo', keyword, message, { fix: 'leave one of them out' });
  } else if (sainfoKey(policy) === sainfoKey(before)) {
    const message = `nobody comes to this sainfo: the one at ${place} is for all that it is for`;
    report.warning('shadowed-sainfo', keyword, message, { fix: 'leave one of them out' });
  }
}

/** Whether some lookup may find either, which the original took for a mistake. */
function meetsSame(a: QuickModePolicy, b: QuickModePolicy): boolean {
  const meet = (x: string, y: string): boolean => x === y || x === ANY || y === ANY;
  return (
    a.remoteId === b.remoteId &&
    meet(textOf(a.local), textOf(b.local)) &&
    meet(textOf(a.remote), textOf(b.remote)) &&
    meet(identityText(a.from), identityText(b.from))
  );
}

function sainfoKey({ local, remote, from, remoteId }: QuickModePolicy): string {
  return [textOf(local), textOf(remote), identityText(from), remoteId].join('\n');
}

/** Equal for ends that match the same: an address is the network of that address alone. */
function textOf(end: TrafficIdentity | 'anonymous' | 'client-address'): string {
  if (end === 'anonymous') return ANY;
  if (end === 'client-address') return end;
  switch (end.kind) {
    case 'network':
      return `${toHex(end.prefix.address.octets)}/${end.prefix.length} ${end.protocol} ${end.port}`;
    case 'range':
      return `${toHex(end.first.octets)}-${toHex(end.last.octets)} ${end.protocol} ${end.port}`;
    default:
      return `${end.kind} ${end.name}`;
  }
}

function identityText(identity: Identity | null): string {
  if (identity === null) return ANY;
  return JSON.stringify(identity, (_key, value) =>
    value instanceof Uint8Array ? toHex(value) : value,
  );
}

const ANY = '*';

/** Each list must be there, and may be given in several statements. */
const NEEDED = [
  'encryption_algorithm',
  'authentication_algorithm',
  'compression_algorithm',
] as const;
const EXAMPLES: Readonly<Record<(typeof NEEDED)[number], string>> = {
  encryption_algorithm: 'encryption_algorithm aes 256;',
  authentication_algorithm: 'authentication_algorithm hmac_sha256;',
  compression_algorithm: 'compression_algorithm deflate;',
};
