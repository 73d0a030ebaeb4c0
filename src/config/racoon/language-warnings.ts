/**
 * What the compilers of racoon.conf and psk.txt warn of, for tables.
 *
 * @module
 */
import type { Form, RuleEntry } from '../lint/rule.ts';

export const RACOON_WARNINGS: readonly RuleEntry[] = [
  warning(
    'racoon',
    'weak-algorithm',
    'a weak cipher, hash or group; told once for each',
    'RFC 8247 and RFC 8221 tell which to leave: DES, 3DES, MD5, SHA-1, groups 1, 2 and 5.',
  ),
  warning(
    'racoon',
    'offline-guessing',
    'a pre-shared key in aggressive mode',
    'A stranger is given enough to try keys at leisure.',
  ),
  warning(
    'racoon',
    'no-protection',
    'null_enc and non_auth may come together',
    'Such an SA neither hides nor protects.',
  ),
  warning(
    'racoon',
    'missing-certificate',
    'a method with signatures, and no certificate_type',
    'Phase 1 fails: there is nothing to sign with.',
  ),
  warning(
    'racoon',
    'unfitting-certificates',
    'a bare key at one end, a certificate at the other',
    'Neither can verify the other.',
  ),
  warning(
    'racoon',
    'missing-psk-path',
    'pre-shared keys are asked for, and no path to them',
    'Phase 1 fails: no key is found.',
  ),
  warning('racoon', 'shadowed-sainfo', 'two sainfo for the same', 'The second is never used.'),
  warning(
    'racoon',
    'repeated-statement',
    'a statement is given twice in a block',
    'One of them counts.',
  ),
  warning(
    'racoon',
    'obsolete-form',
    'peers_certfile without its type',
    'Later versions may not know it.',
  ),
  warning('racoon', 'empty-pool', 'network4 without pool_size', 'No address is given away.'),
  warning(
    'racoon',
    'left-out',
    'a statement without effect here',
    'What it was meant to do is not done.',
  ),
  warning(
    'racoon',
    'stray-character',
    'a character without a meaning',
    'racoon passes over it; something else may have been meant.',
  ),
];

export const PSK_WARNINGS: readonly RuleEntry[] = [
  warning(
    'psk',
    'quoted-key',
    'quotes around a key',
    'They are a part of it, and the peer has to have them, too.',
  ),
  warning(
    'psk',
    'blank-behind-key',
    'blanks or a carriage return behind a key',
    'They are a part of it, and the peer has to have them, too.',
  ),
  warning('psk', 'shadowed-key', 'two keys for one peer', 'The first counts.'),
  warning(
    'psk',
    'key-for-anybody',
    'a key for *',
    'All who share it can pretend to be each other.',
  ),
];

function warning(form: Form, code: string, title: string, reason: string): RuleEntry {
  return { code, form, title, severity: 'warning', reason };
}
