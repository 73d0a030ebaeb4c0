/**
 * Pre-shared keys that can be guessed.
 *
 * @module
 */
import { fingerprint } from '../../../crypto/fingerprint.ts';
import { LEAST_PSK_OCTETS, whyGuessablePsk } from '../guessable.ts';
import { isPublished } from '../published-keys.ts';
import type { Rule } from '../rule.ts';
import { type CheckedPsk, identitySpan } from './checked-psk.ts';

export const LOW_ENTROPY_PSK: Rule<CheckedPsk> = {
  code: 'low-entropy-psk',
  form: 'psk',
  title: 'a pre-shared key that is short, repeats itself, counts, or is words',
  severity: 'error',
  reason:
    'IKEv1 gives whoever pretends to be the peer enough to try keys without asking again (RFC 2409 §5.4, ' +
    'CVE-2018-5389): a key has to hold against all the guesses that somebody can pay for.',
  *find(file) {
    for (const psk of file.keys) {
      const octets = psk.key.expose();
      if (isPublished(fingerprint(octets))) continue;
      const why = whyGuessablePsk(octets);
      if (why === null) continue;
      yield {
        span: identitySpan(psk, file),
        message: `the key for ${psk.identity} can be guessed: ${why}`,
        expected: `${LEAST_PSK_OCTETS} octets or more that were drawn by lot`,
        fix: 'write 0x and what this prints: openssl rand -hex 32',
      };
    }
  },
};
