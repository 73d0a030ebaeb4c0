/**
 * `ipseal firewall`: rules for the packet filter that let services be reached only through IPsec.
 *
 *   --require, --from ──► rules ─┬─► text of nftables, its JSON, text of iptables
 *                                └─► nft: our table
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { formatSpdadd } from '../../../config/setkey/statement-text.ts';
import { iptablesText } from '../../../firewall/iptables.ts';
import { parseRequirements, RequirementError } from '../../../firewall/requirement.ts';
import {
  type FirewallRule,
  rulesForPolicies,
  rulesForRequirements,
} from '../../../firewall/rule.ts';
import {
  FIREWALL_TABLE,
  IKE_PORTS,
  installScript,
  installText,
  type Protection,
  removeScript,
} from '../../../firewall/table.ts';
import { TUN_NAME } from '../../../io/guard/numbers.ts';
import { listTable, runNft } from '../../../io/packet-filter/nft.ts';
import { type Contents, contentsLeft } from '../../../ipsec/contents.ts';
import type { EssentialFlow } from '../../../ipsec/essential-flows.ts';
import { parseServices, type Services } from '../../../net/services.ts';
import { backendChoice } from '../../backend-choice.ts';
import { UsageError } from '../../getopt.ts';
import { openSource, readFiles } from '../../setkey/run.ts';
import { complain } from '../complain.ts';
import { controllingSession } from '../session.ts';
import { cutDetail, cutText, ruleThatCuts } from './session.ts';
import { statusLines, statusOf } from './table-status.ts';

export interface FirewallOptions {
  readonly require?: readonly string[];
  readonly from?: readonly string[];
  readonly apply?: boolean;
  readonly remove?: boolean;
  readonly status?: boolean;
  readonly iptables?: boolean;
  readonly ip6tables?: boolean;
  readonly json?: boolean;
  readonly backend?: string;
  readonly control?: string;
  readonly session?: string;
  readonly allowLockOut?: boolean;
}

/** Does what is asked for; resolves with the exit status. Throws a {@link UsageError}. */
export async function firewall(options: FirewallOptions): Promise<number> {
  switch (taskOf(options)) {
    case 'remove':
      runNft(removeScript(), 'remove the rules');
      return 0;
    case 'status':
      return tellStatus(options.json === true);
    default:
      return makeRules(options);
  }
}

const TASKS = ['apply', 'remove', 'status', 'iptables', 'ip6tables'] as const;
type Task = (typeof TASKS)[number] | 'print';

function taskOf(options: FirewallOptions): Task {
  const [task = 'print', another] = TASKS.filter((each) => options[each] === true);
  if (another !== undefined) throw new UsageError(`--${task} and --${another}: choose one`);
  const says = [...(options.require ?? []), ...(options.from ?? [])].length > 0;
  if (task === 'remove' || task === 'status') {
    if (says) throw new UsageError(`--${task} takes neither --require nor --from`);
  } else if (!says) {
    throw new UsageError(
      'nothing is said to need protection: give --require SERVICE [from PREFIX...], or --from FILE',
    );
  }
  if (options.json === true && task !== 'print' && task !== 'status') {
    throw new UsageError(`--${task} prints nothing as JSON`);
  }
  return task;
}

async function makeRules(options: FirewallOptions): Promise<number> {
  const tables = await readTables(options.from ?? []);
  if (tables === null) return 1;
  const { rules: derived, left } = rulesForPolicies(tables.policies);
  for (const policy of left) {
    complain(`left out, for packet filters cannot tell: ${formatSpdadd(policy)}`);
  }
  const rules = [...derived, ...requiredRules(options.require ?? [])];
  if (!rules.some(({ outcome }) => outcome === 'drop')) {
    throw new Error(`${options.from?.join(', ')}: no inbound policy that requires protection`);
  }
  const protection = protectionOf(options.backend, tables);
  if (!options.apply) {
    process.stdout.write(rulesText(options, rules, protection));
    return 0;
  }
  const cut = await cutOf(options, rules, protection);
  if (cut !== null) {
    const detail = cutDetail(cut.session, cut.rule, derived.includes(cut.rule) ? tables : null);
    const isAllowed = options.allowLockOut === true;
    complain(cutText(cut.session, detail, isAllowed));
    if (!isAllowed) return 1;
  }
  runNft(installScript(rules, protection), 'put the rules in force');
  return 0;
}

function requiredRules(words: readonly string[]): FirewallRule[] {
  try {
    return rulesForRequirements(parseRequirements(words, systemServices()));
  } catch (error) {
    if (error instanceof RequirementError) throw new UsageError(`--require: ${error.message}`);
    throw error;
  }
}

/** What the files leave behind; `null` where anything is wrong with them, which is told. */
async function readTables(files: readonly string[]): Promise<Contents | null> {
  // What else may be said of them is the affair of those who load them.
  const report = (text: string) => {
    if (/^.*: error: /m.test(text)) process.stderr.write(text);
  };
  const reading = { rfc4868: false, kernelMode: false };
  const steps = await readFiles(files.map(openSource), reading, { report });
  if (steps === null) return null;
  return contentsLeft(steps.flatMap((step) => (step.kind === 'change' ? step.changes : [])));
}

/** Both backends unless one is named: where it is not in use, nothing comes out of it. */
function protectionOf(backend: string | undefined, { sas }: Contents): Protection {
  const choice = backendChoice(backend);
  const ports = sas.flatMap(({ encapsulation }) => encapsulation?.destinationPort ?? []);
  return {
    kernel: choice !== 'userspace',
    device: choice === 'kernel' ? null : TUN_NAME,
    udpPorts: [...new Set([...IKE_PORTS, ...ports])],
  };
}

function rulesText(
  { iptables, ip6tables, json }: FirewallOptions,
  rules: readonly FirewallRule[],
  protection: Protection,
): string {
  if (iptables) return iptablesText(4, rules, protection);
  if (ip6tables) return iptablesText(6, rules, protection);
  return json
    ? `${JSON.stringify(installScript(rules, protection))}\n`
    : installText(rules, protection);
}

/** The connection that the operator uses, and the rule that would cut it; `null` where none does. */
async function cutOf(
  { session: given, control }: FirewallOptions,
  rules: readonly FirewallRule[],
  protection: Protection,
): Promise<{ readonly session: EssentialFlow; readonly rule: FirewallRule } | null> {
  const session = controllingSession(given);
  if (session === null) return null;
  const rule = await ruleThatCuts(session, rules, protection, control);
  return rule && { session, rule };
}

function tellStatus(json: boolean): number {
  const status = statusOf(listTable(FIREWALL_TABLE));
  process.stdout.write(
    json ? `${JSON.stringify(status)}\n` : `${statusLines(status).join('\n')}\n`,
  );
  return status.inForce ? 0 : 1;
}

function systemServices(): Services {
  try {
    return parseServices(readFileSync('/etc/services', 'utf8'));
  } catch {
    return new Map();
  }
}
