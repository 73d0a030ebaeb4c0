/**
 * Everything that `ipseal check` can tell, as a table.
 *
 * @module
 */
import { IFCFG_WARNINGS } from '../ifcfg/language-warnings.ts';
import { PEER_ENTRIES } from '../peer/difference.ts';
import { PSK_WARNINGS, RACOON_WARNINGS } from '../racoon/language-warnings.ts';
import { LANGUAGE_WARNINGS } from '../setkey/language-warnings.ts';
import { IFCFG_RULES } from './ifcfg/rules.ts';
import { PSK_RULES } from './psk/check-psk.ts';
import { RACOON_RULES } from './racoon/rules.ts';
import type { RuleEntry } from './rule.ts';
import { LOADING_RULES } from './setkey/loading-rules.ts';
import { SETKEY_RULES } from './setkey/rules.ts';

/** An entry of the table. */
export interface TableEntry
  extends Pick<RuleEntry, 'code' | 'form' | 'title' | 'severity' | 'reason'> {
  /** Who tells it: `setkey` or `ifup-ipsec` as well whenever it loads a file, `check` alone, `--peer` of two files. */
  readonly toldBy: 'setkey' | 'ifup-ipsec' | 'check' | 'peer';
}

/** Each code once, in the order of the table. Errors of a language are told by its own page. */
export const TABLE: readonly TableEntry[] = [
  ...SETKEY_RULES.map((rule) => entry(rule, isLoading(rule.code) ? 'setkey' : 'check')),
  ...LANGUAGE_WARNINGS.map((warning) => entry(warning, 'setkey')),
  ...PEER_ENTRIES.map((each) => entry(each, 'peer')),
  ...RACOON_RULES.map((rule) => entry(rule, 'check')),
  ...RACOON_WARNINGS.map((warning) => entry(warning, 'check')),
  ...PSK_RULES.map((rule) => entry(rule, 'check')),
  ...PSK_WARNINGS.map((warning) => entry(warning, 'check')),
  ...IFCFG_RULES.map((rule) => entry(rule, 'check')),
  ...IFCFG_WARNINGS.map((warning) => entry(warning, 'ifup-ipsec')),
];

function isLoading(code: string): boolean {
  return LOADING_RULES.some((rule) => rule.code === code);
}

function entry(
  { code, form, title, severity, reason }: RuleEntry,
  toldBy: TableEntry['toldBy'],
): TableEntry {
  return { code, form, title, severity, reason, toldBy };
}
