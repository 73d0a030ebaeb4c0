/**
 * Which language a file is in.
 *
 * @module
 */
import type { Form } from './rule.ts';

/**
 * The form of the file called `name` that says `text`: by its name where that tells, else by the first
 * word of it.
 */
export function formOf(name: string, text: string): Form {
  const base = name.slice(name.lastIndexOf('/') + 1);
  if (/^(?:.*\.)?(?:ifcfg|keys)-/.test(base)) return 'ifcfg';
  if (/^psk\.txt/.test(base)) return 'psk';
  if (/racoon/.test(base)) return 'racoon';
  const first = text.replaceAll(/^[\t ]*#.*$/gm, '').trimStart();
  return RACOON_STATEMENT.test(first) ? 'racoon' : 'setkey';
}

/** What a racoon.conf may begin with; a shell script may with `path=`. */
const RACOON_STATEMENT =
  /^(?:path|include|remote|sainfo|listen|timer|padding|privsep|log|mode_cfg|pfkey_buffer|complex_bundle)\b(?!=)/;
