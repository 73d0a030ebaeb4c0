/**
 * ESP that only enciphers, with no AH between the same hosts to go around it (RFC 8221 §4).
 *
 * @module
 */
import { NULL } from '../../../crypto/null.ts';
import { isAuthenticated, type SaParameters } from '../../../ipsec/sa-parameters.ts';
import { formatIpAddress } from '../../../net/ip-address.ts';
import type { Rule } from '../rule.ts';
import type { LoadedSetkey } from './loaded-setkey.ts';

export const ESP_WITHOUT_INTEGRITY: Rule<LoadedSetkey> = {
  code: 'esp-without-integrity',
  form: 'setkey',
  title: 'ESP without -A, and no AH between the same hosts',
  severity: 'error',
  reason:
    'A cipher alone hides a packet and does not protect it: bits can be turned over on the way, and ' +
    'from what the host does with such packets their content has been read. RFC 8221 §4 forbids it.',
  *find({ sas }) {
    const withAh = new Set(sas.flatMap(({ sa }) => (sa.protocol === 'ah' ? [pairOf(sa)] : [])));
    for (const { sa, span } of sas) {
      if (sa.protocol !== 'esp' || isAuthenticated(sa)) continue;
      // Without a cipher there is nothing that was meant to be hidden: the compiler warns of that.
      if (sa.encryption?.algorithm === NULL || withAh.has(pairOf(sa))) continue;
      yield {
        span,
        message:
          'ESP without -A hides packets and does not protect them: whoever is on the way can change them',
        fix: 'add -A hmac-sha256 and a key of 256 bits, on both hosts',
      };
    }
  },
};

function pairOf({ source, destination }: SaParameters): string {
  return `${formatIpAddress(source)} ${formatIpAddress(destination)}`;
}
