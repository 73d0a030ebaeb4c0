/**
 * A pre-shared key in aggressive mode.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import type { CheckedIfcfg } from './checked-ifcfg.ts';

export const OFFLINE_GUESSING: Rule<CheckedIfcfg> = {
  code: 'offline-guessing',
  form: 'ifcfg',
  title: 'a pre-shared key, and aggressive mode is not ruled out',
  severity: 'warning',
  reason:
    'A stranger who asks for aggressive mode is given enough to try keys at leisure. Without IKE_MODE it is ' +
    'answered.',
  *find(file) {
    const { peer } = file;
    if (peer?.authentication.method !== 'PSK' || !peer.exchangeModes.includes('aggressive')) return;
    const at = file.find('IKE_MODE') ?? file.keyingAt;
    if (at === undefined || !file.has(at)) return;
    yield {
      span: at.span,
      message:
        'aggressive mode shows a hash of the pre-shared key to whoever asks, who can then guess it',
      fix: 'write IKE_MODE=main, or use a key of 128 random bits or more',
    };
  },
};
