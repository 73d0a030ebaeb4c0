/**
 * What the reader of an interface's files warns of, for tables: the interface can come up.
 *
 * @module
 */
import type { Severity } from '../diagnostic.ts';
import type { RuleEntry } from '../lint/rule.ts';

export const IFCFG_WARNINGS: readonly RuleEntry[] = [
  entry(
    'error',
    'esp-without-integrity',
    'ESP without KEY_AESP, and no AH around it',
    'A cipher alone hides a packet and does not protect it. The scripts took ESP so without a word; ' +
      'RFC 8221 §4 forbids it.',
  ),
  entry(
    'error',
    'counter-mode-with-static-key',
    'a key from a file under AES-CTR, GCM, CCM, GMAC or ChaCha20',
    'These algorithms fail altogether when one IV is used twice under one key, as it may be after a ' +
      'restart. RFC 8221 §3 forbids it.',
  ),
  entry(
    'warning',
    'weak-algorithm',
    'manual keys for DES, 3DES, HMAC-SHA-1 or another weak one; told once for each',
    'RFC 8221 §5 and §6 tell which to leave. Where *_PROTO is missing it is 3des-cbc and hmac-sha1, and ' +
      'told at the key.',
  ),
  entry(
    'warning',
    'missing-psk',
    'IKE_METHOD=PSK, and no IKE_PSK',
    'psk.txt is left as it is: phase 1 fails, unless a line there is for the peer.',
  ),
  entry(
    'warning',
    'no-effect',
    'a variable that nothing asks for with this keying',
    'What it was meant to do is not done.',
  ),
  entry(
    'warning',
    'unknown-variable',
    'a variable that no script knew',
    'Mostly a slip of the pen: what was meant is missing.',
  ),
  entry(
    'warning',
    'duplicate-variable',
    'a variable is assigned twice in a file',
    'The last counts, as in a shell.',
  ),
];

function entry(severity: Severity, code: string, title: string, reason: string): RuleEntry {
  return { code, form: 'ifcfg', title, severity, reason };
}
