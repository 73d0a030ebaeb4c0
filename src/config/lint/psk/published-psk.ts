/**
 * Pre-shared keys that stand in how-tos.
 *
 * @module
 */
import { fingerprint } from '../../../crypto/fingerprint.ts';
import { isPublished } from '../published-keys.ts';
import type { Rule } from '../rule.ts';
import { type CheckedPsk, identitySpan } from './checked-psk.ts';

export const PUBLISHED_PSK: Rule<CheckedPsk> = {
  code: 'published-psk',
  form: 'psk',
  title: 'a pre-shared key that is printed in how-tos, manuals or samples',
  severity: 'error',
  reason: 'Whoever read the same page has the key, and tries it first.',
  *find(file) {
    for (const psk of file.keys) {
      if (!isPublished(fingerprint(psk.key.expose()))) continue;
      yield {
        span: identitySpan(psk, file),
        message: `the key for ${psk.identity} is printed in how-tos: everybody has it`,
        fix: 'write 0x and what this prints: openssl rand -hex 32',
      };
    }
  },
};
