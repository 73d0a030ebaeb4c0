/**
 * What the compiler warns of while it reads a statement, for tables: the statement is carried out, and a
 * part of it means nothing.
 *
 * @module
 */
import type { RuleEntry } from '../lint/rule.ts';

export const LANGUAGE_WARNINGS: readonly RuleEntry[] = [
  warning('obsolete-name', 'simple, an old name of null', 'Later versions may not know it.'),
  warning(
    'no-protection',
    '-E null without -A: ESP that neither hides nor protects',
    'It is for tests; packets look protected and are not (RFC 4303 §3.2).',
  ),
  warning(
    'no-effect',
    'something that Linux does not do: -R, -esp_frag, ports at the ends of tunnels, -r of IPComp',
    'What it was meant to do is not done.',
  ),
  warning('zero-is-any', 'ICMP type 0 stands for every type', 'Echo replies are not picked alone.'),
  warning(
    'padding-ignored',
    '-f zero-pad or random-pad',
    'ESP is always padded 1, 2, 3, ... (RFC 4303 §2.4).',
  ),
  warning('repeated-option', 'an extension is given twice', 'The last counts.'),
  warning(
    'extension-ignored',
    'an extension of get, getspi or delete that plays no part',
    'Destination, protocol and SPI name the SA.',
  ),
  warning('rules-ignored', 'rules behind none or discard', 'Nothing is protected by them.'),
  warning(
    'zone-ignored',
    'the zone of an address, as in fe80::1%eth0',
    'The SAD and the SPD have no zones: the address is meant on every link.',
  ),
];

function warning(code: string, title: string, reason: string): RuleEntry {
  return { code, form: 'setkey', title, severity: 'warning', reason };
}
