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
import type { Change } from '../../ipsec/change.ts';
import type { Policy } from '../../ipsec/policy.ts';
import { SaIndex } from '../../ipsec/sa-index.ts';
import { isAuthenticated, type SaParameters } from '../../ipsec/sa-parameters.ts';
import { selectorKey } from '../../ipsec/selector.ts';
import { SelectorIndex } from '../../ipsec/selector-index.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { Report } from '../diagnostic.ts';
import type { Span } from '../source.ts';
import type { Step } from './compile.ts';
import type { CompileContext } from './compile-context.ts';
import { formatRule, formatSpdadd } from './statement-text.ts';

/** Looks at a file in which nothing is wrong. */
export function lint(steps: readonly Step[], context: CompileContext): void {
  const { report } = context;
  const spd = spdAfter(steps);
  const added = addedBy(steps);
  lintDirection('outbound', 'inbound', spd, report);
  lintDirection('inbound', 'outbound', spd, report);
  const sas = new SaIndex(added.map(({ sa }) => sa));
  if (!sas.isEmpty) {
    lintRules(spd.outbound.values(), sas, context);
    lintRules(spd.inbound.values(), sas, context);
  }
  lintIntegrity(added, report);
  lintCounterModes(added, report);
  for (const [{ name, weakness }, span] of context.algorithms) {
    if (weakness === null) continue;
    report.warning('weak-algorithm', span, `${name} is weak: ${weakness}`);
  }
}

/** A policy and where the statement stands that made it. */
interface Entry {
  readonly policy: Policy;
  readonly span: Span;
}

/** The entries by selector; nothing is said of forward policies. */
type Spd = Readonly<Record<'outbound' | 'inbound', Map<string, Entry>>>;

/** The policies that the file leaves behind, those apart that it deletes itself. */
function spdAfter(steps: readonly Step[]): Spd {
  const spd: Spd = { outbound: new Map(), inbound: new Map() };
  for (const step of steps) {
    for (const change of changesOf(step)) {
      if (change.kind === 'flush-policies')
        for (const entries of Object.values(spd)) entries.clear();
      if (!('policy' in change) || change.policy.direction === 'forward') continue;
      const entries = spd[change.policy.direction];
      const key = selectorKey(change.policy.selector);
      if (change.kind === 'delete-policy') entries.delete(key);
      else entries.set(key, { policy: change.policy, span: step.at.span });
    }
  }
  return spd;
}

/** Warns of each protected `direction` whose mirror image is neither protected nor spoken of. */
function lintDirection(
  direction: 'outbound' | 'inbound',
  opposite: 'outbound' | 'inbound',
  spd: Spd,
  report: Report,
): void {
  let guarded: SelectorIndex | null = null;
  for (const [key, { policy, span }] of spd[direction]) {
    if (policy.action.kind !== 'protect' || spd[opposite].has(key)) continue;
    guarded ??= indexGuarded(spd[opposite].values());
    if (guarded.includes(policy.selector)) continue;
    const { selector, action, priority } = policy;
    const missing = { direction: opposite, selector, action, priority };
    report.warning(`missing-${opposite}-policy`, span, tellMissing(policy), {
      fix: `add the statement ${formatSpdadd(missing)}`,
    });
  }
}

/** The selectors of policies that let nothing pass unprotected. */
function indexGuarded(entries: Iterable<Entry>): SelectorIndex {
  const guarded = new SelectorIndex();
  for (const { policy } of entries) {
    if (policy.action.kind !== 'bypass') guarded.add(policy.selector);
  }
  return guarded;
}

/** A rule asks for an SA that only an `add` can make, unless a daemon negotiates it. */
function lintRules(entries: Iterable<Entry>, sas: SaIndex, context: CompileContext): void {
  const { report, rules } = context;
  for (const { policy, span } of entries) {
    if (policy.action.kind !== 'protect') continue;
    for (const template of policy.action.templates) {
      if (sas.serves(template, policy)) continue;
      const fate = template.level === 'use' ? 'go unprotected' : 'be discarded';
      const which = template.reqid === 0 ? '' : ` with -u ${template.reqid}`;
      const message = `no add in this file makes an SA for ${formatRule(template, policy)}`;
      report.warning('policy-without-sa', rules.get(template) ?? span, message, {
        expected: `an ${template.protocol} SA in ${template.mode} mode ${sas.ends(template, policy)}${which}`,
        fix: `add it, or have a daemon negotiate it: until then the packets ${fate}`,
      });
    }
  }
}

/** ESP that only enciphers, with no AH between the same hosts to go around it (RFC 8221 §4). */
function lintIntegrity(added: readonly Added[], report: Report): void {
  const pairOf = ({ source, destination }: SaParameters) =>
    `${formatIpAddress(source)} ${formatIpAddress(destination)}`;
  const withAh = new Set(
    added.filter(({ sa }) => sa.protocol === 'ah').map(({ sa }) => pairOf(sa)),
  );
  for (const { sa, span } of added) {
    if (sa.protocol !== 'esp' || isAuthenticated(sa)) continue;
    if (sa.encryption?.algorithm !== NULL && !withAh.has(pairOf(sa))) {
      report.warning('esp-without-integrity', span, ESP_WITHOUT_INTEGRITY, {
        fix: 'add -A hmac-sha256 and a key of 256 bits, on both hosts',
      });
    }
    if (sa.replayWindow > 0) {
      report.warning('replay-without-integrity', span, REPLAY_WITHOUT_INTEGRITY, {
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
function lintCounterModes(added: readonly Added[], report: Report): void {
  for (const { sa, span } of added) {
    if (sa.encryption === null || !isCounterMode(sa.encryption.algorithm)) continue;
    const { name } = sa.encryption.algorithm;
    const message = `${name} with a key from a file: after a restart, IVs may repeat under it, and then whoever listens can read and forge packets`;
    report.warning('counter-mode-with-static-key', span, message, {
      expected: 'a key that a daemon negotiates anew each time (RFC 8221 §3)',
      fix: 'write -E aes-cbc and -A hmac-sha256, with a key each, on both hosts',
    });
  }
}

/** An SA and where the statement stands that made it. */
interface Added {
  readonly sa: SaParameters;
  readonly span: Span;
}

/** Every SA that the file makes. */
function addedBy(steps: readonly Step[]): readonly Added[] {
  const added: Added[] = [];
  for (const step of steps) {
    for (const change of changesOf(step)) {
      if (change.kind === 'add-sa') added.push({ sa: change.sa, span: step.at.span });
    }
  }
  return added;
}

function changesOf(step: Step): readonly Change[] {
  return step.kind === 'change' ? step.changes : [];
}

function tellMissing({ direction, selector }: Policy): string {
  const remote = formatPrefix(selector.remoteAddress);
  return direction === 'outbound'
    ? `packets to ${remote} are protected, and no policy asks the same of those from ${remote}: they are accepted in the clear, from anybody`
    : `packets from ${remote} must be protected, and no policy protects those to ${remote}: they leave in the clear`;
}
