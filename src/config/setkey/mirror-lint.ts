/**
 * What of a setkey file has no plain mirror image, told with its place.
 *
 * - `several-peers`: the file is about more than one other host, and has keys that are no business of
 *   the peer;
 * - `own-traffic`: a policy about packets from a host or network to itself;
 * - `translated-address`: an address that a NAT changes is another on each side;
 * - `numbered-forward`: the number of a `fwd` policy is that of SAs which end here.
 *
 * @module
 */
import type { Report } from '../diagnostic.ts';
import { hostsOf } from './statement-hosts.ts';
import type { Statement } from './syntax.ts';

/** Looks at the statements of the file `text` that are to be mirrored. */
export function lintMirror(
  statements: readonly Statement[],
  text: string,
  hasHosts: boolean,
  report: Report,
): void {
  if (!hasHosts) refuseSeveralPeers(statements, text, report);
  for (const statement of statements) {
    warnOfOwnTraffic(statement, text, report);
    warnOfTranslation(statement, report);
    warnOfNumbers(statement, report);
  }
}

/** Each pair of hosts is one peer as seen from here, unless somebody tells better. */
function refuseSeveralPeers(statements: readonly Statement[], text: string, report: Report): void {
  let first: string | null = null;
  for (const statement of statements) {
    if (statement.kind !== 'add') continue;
    const [[source, destination] = ['', '']] = hostsOf(statement, text);
    const pair = [source, destination].sort().join(' and ');
    first ??= pair;
    if (pair === first) continue;
    const message = `this SA is between ${pair}, and those before are between ${first}`;
    report.error('several-peers', statement.span, message, {
      expected: 'one peer, since whoever gets the file gets the keys in it',
      fix: 'name the peer with --host, each of its addresses',
    });
    return;
  }
}

function warnOfOwnTraffic(statement: Statement, text: string, report: Report): void {
  if (!('policy' in statement)) return;
  const { source, destination } = statement.selector;
  const [from, to] = [source, destination].map(({ address: { span } }) =>
    text.slice(span.start, span.end),
  );
  if (from !== to || from === undefined || EVERYBODYS.test(from)) return;
  const span = { start: source.span.start, end: destination.span.end };
  const message = `this is about packets from ${from} to itself, and the peer may need its own`;
  report.warning('own-traffic', span, message);
}

/** Loopback, and all addresses: the same on every host. */
const EVERYBODYS = /^(?:127\.|::1$|0\.0\.0\.0$|::$)/;

function warnOfTranslation(statement: Statement, report: Report): void {
  if (!('protocol' in statement)) return;
  const original = statement.protocol?.originalAddress;
  if (original === null || original === undefined) return;
  const message =
    'an address that a NAT took away: the hosts know each other by different addresses';
  report.warning('translated-address', original.span, message, {
    fix: "write the peer's SAs by hand",
  });
}

function warnOfNumbers(statement: Statement, report: Report): void {
  if (!('policy' in statement) || statement.policy.direction.text !== 'fwd') return;
  for (const { level } of statement.policy.rules) {
    if (!level?.text.startsWith('unique:')) continue;
    const message = `${level.shown} is the number of SAs that end here`;
    report.warning('numbered-forward', level.span, message, {
      fix: 'write the number of the SAs that end at the peer',
    });
  }
}
