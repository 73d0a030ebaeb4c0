/**
 * Warnings that need the whole file: what it asks for is possible, and hardly what was meant.
 *
 * - `missing-inbound-policy`, `missing-outbound-policy`: one way is protected, and the other not;
 * - `policy-without-sa`: no `add` of a file that has any makes an SA for a rule;
 * - `esp-without-integrity`: packets are enciphered, and nothing shows that they were changed;
 * - `replay-without-integrity`: a replay window that nobody can trust, and so is not used;
 * - `counter-mode-with-static-key`: a key from a file under an algorithm that no IV may meet twice;
 * - `weak-algorithm`: one warning for each algorithm that nobody should choose today.
 *
 * @module
 */
import { isCounterMode } from '../../crypto/algorithm.ts';
import { NULL } from '../../crypto/null.ts';
import type { Policy, PolicyId } from '../../ipsec/policy.ts';
import { isAuthenticated, type SaParameters } from '../../ipsec/sa-parameters.ts';
import { selectorKey } from '../../ipsec/selector.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { Report } from '../diagnostic.ts';
import type { Command, CompiledStatement } from './compile.ts';
import type { CompileContext } from './compile-context.ts';
import { SaIndex } from './sa-index.ts';
import { SelectorIndex } from './selector-index.ts';
import { formatRule, formatSpdadd } from './spdadd-text.ts';
import type { SpdStatement } from './syntax.ts';

/** Looks at a file in which nothing is wrong. */
export function lint(compiled: readonly CompiledStatement[], context: CompileContext): void {
  const { report } = context;
  const entries = spdAfter(compiled);
  lintDirections(entries, report);
  lintSas(entries, compiled, report);
  lintIntegrity(compiled, report);
  lintCounterModes(compiled, report);
  for (const [{ name, weakness }, span] of context.algorithms) {
    if (weakness === null) continue;
    report.warning('weak-algorithm', span, `${name} is weak: ${weakness}`);
  }
}

/** A policy and the statement that made it. */
interface Entry {
  readonly policy: Policy;
  readonly statement: SpdStatement;
}

/** The policies that the file leaves behind, those apart that it deletes itself. */
function spdAfter(compiled: readonly CompiledStatement[]): readonly Entry[] {
  const spd = new Map<string, Entry>();
  for (const { statement, command } of compiled) {
    if (command.kind !== 'change') continue;
    for (const change of command.changes) {
      if (change.kind === 'flush-policies') spd.clear();
      if (change.kind === 'delete-policy') spd.delete(keyOf(change.policy));
      if (change.kind !== 'add-policy' && change.kind !== 'update-policy') continue;
      if ('policy' in statement)
        spd.set(keyOf(change.policy), { policy: change.policy, statement });
    }
  }
  return [...spd.values()];
}

/** Warns of each protected direction whose mirror image is neither protected nor spoken of. */
function lintDirections(entries: readonly Entry[], report: Report): void {
  const guarded = { outbound: new SelectorIndex(), inbound: new SelectorIndex() };
  const spokenOf = new Set<string>();
  for (const { policy } of entries) {
    spokenOf.add(keyOf(policy));
    if (policy.direction === 'forward' || policy.action.kind === 'bypass') continue;
    guarded[policy.direction].add(policy.selector);
  }
  for (const { policy, statement } of entries) {
    if (policy.action.kind !== 'protect' || policy.direction === 'forward') continue;
    const opposite = policy.direction === 'outbound' ? 'inbound' : 'outbound';
    const missing: Policy = { ...policy, direction: opposite };
    if (spokenOf.has(keyOf(missing)) || guarded[opposite].includes(policy.selector)) continue;
    report.warning(`missing-${opposite}-policy`, statement.span, tellMissing(policy), {
      fix: `add the statement ${formatSpdadd(missing)}`,
    });
  }
}

/** A rule asks for an SA that only an `add` can make, unless a daemon negotiates it. */
function lintSas(
  entries: readonly Entry[],
  compiled: readonly CompiledStatement[],
  report: Report,
): void {
  const sas = new SaIndex(compiled.flatMap(({ command }) => addedBy(command)));
  if (sas.isEmpty) return;
  for (const { policy, statement } of entries) {
    if (policy.action.kind !== 'protect' || policy.direction === 'forward') continue;
    for (const [place, template] of policy.action.templates.entries()) {
      if (sas.serves(template, policy)) continue;
      const rule = statement.policy.rules[place];
      const fate = template.level === 'use' ? 'go unprotected' : 'be discarded';
      const which = template.reqid === 0 ? '' : ` with -u ${template.reqid}`;
      const message = `no add in this file makes an SA for ${formatRule(template, policy)}`;
      report.warning('policy-without-sa', rule?.span ?? statement.span, message, {
        expected: `an ${template.protocol} SA in ${template.mode} mode ${sas.ends(template, policy)}${which}`,
        fix: `add it, or have a daemon negotiate it: until then the packets ${fate}`,
      });
    }
  }
}

/** ESP that only enciphers, with no AH between the same hosts to go around it (RFC 8221 §4). */
function lintIntegrity(compiled: readonly CompiledStatement[], report: Report): void {
  const added = compiled.flatMap(({ statement, command }) =>
    addedBy(command).map((sa) => ({ sa, statement })),
  );
  const pairOf = ({ source, destination }: SaParameters) =>
    `${formatIpAddress(source)} ${formatIpAddress(destination)}`;
  const withAh = new Set(
    added.filter(({ sa }) => sa.protocol === 'ah').map(({ sa }) => pairOf(sa)),
  );
  for (const { sa, statement } of added) {
    if (sa.protocol !== 'esp' || isAuthenticated(sa)) continue;
    if (sa.encryption?.algorithm !== NULL && !withAh.has(pairOf(sa))) {
      report.warning('esp-without-integrity', statement.span, ESP_WITHOUT_INTEGRITY, {
        fix: 'add -A hmac-sha256 and a key of 256 bits, on both hosts',
      });
    }
    if (sa.replayWindow > 0) {
      report.warning('replay-without-integrity', statement.span, REPLAY_WITHOUT_INTEGRITY, {
        fix: 'add -A, or put -r on the AH SA that goes around this one',
      });
    }
  }
}

const ESP_WITHOUT_INTEGRITY =
  'ESP without -A hides packets and does not protect them: whoever is on the way can change them';
const REPLAY_WITHOUT_INTEGRITY =
  '-r needs -A: without it sequence numbers can be forged, so the window is not used (RFC 4303 §3.4.3)';

/** Manual keys come back with every restart, and counters with them (RFC 8221 §3, RFC 4106 §2). */
function lintCounterModes(compiled: readonly CompiledStatement[], report: Report): void {
  for (const { statement, command } of compiled) {
    for (const { encryption } of addedBy(command)) {
      if (encryption === null || !isCounterMode(encryption.algorithm)) continue;
      const { name } = encryption.algorithm;
      const message = `${name} with a key from a file: after a restart, IVs may repeat under it, and then whoever listens can read and forge packets`;
      report.warning('counter-mode-with-static-key', statement.span, message, {
        expected: 'a key that a daemon negotiates anew each time (RFC 8221 §3)',
        fix: 'write -E aes-cbc and -A hmac-sha256, with a key each, on both hosts',
      });
    }
  }
}

function addedBy(command: Command): readonly SaParameters[] {
  if (command.kind !== 'change') return [];
  return command.changes.flatMap((change) => (change.kind === 'add-sa' ? [change.sa] : []));
}

function tellMissing({ direction, selector }: Policy): string {
  const remote = formatPrefix(selector.remoteAddress);
  return direction === 'outbound'
    ? `packets to ${remote} are protected, and no policy asks the same of those from ${remote}: they are accepted in the clear, from anybody`
    : `packets from ${remote} must be protected, and no policy protects those to ${remote}: they leave in the clear`;
}

function keyOf({ direction, selector }: PolicyId): string {
  return `${direction} ${selectorKey(selector)}`;
}
