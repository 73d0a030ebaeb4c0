/**
 * What racoon is told to offer in phase 1, and nobody should.
 *
 * @module
 */
import { dhGroupByName } from '../../../crypto/dh-group.ts';
import { hashByRacoonName } from '../../../crypto/hash-algorithm.ts';
import { encryptionByRacoonName } from '../../../crypto/registry.ts';
import type { Variable } from '../../ifcfg/environment.ts';
import type { RacoonPeer } from '../../ifcfg/interface.ts';
import type { Rule } from '../rule.ts';
import type { CheckedIfcfg } from './checked-ifcfg.ts';

export const WEAK_PROPOSAL: Rule<CheckedIfcfg> = {
  code: 'weak-proposal',
  form: 'ifcfg',
  title: 'a weak cipher, hash or group for phase 1, written or by default',
  severity: 'warning',
  reason:
    'RFC 8247 and RFC 8221 tell which to leave. Where the files say nothing, the scripts had 3DES, SHA-1 and ' +
    'group 2, and so has ifup-ipsec.',
  *find(file) {
    if (file.peer === null) return;
    for (const { algorithm, names, fix } of partsOf(file.peer)) {
      if (algorithm === undefined || algorithm.weakness === null) continue;
      const written = names.map((name) => file.find(name)).find(isNamed);
      const at = written ?? file.keyingAt;
      if (at === undefined || !file.has(at)) continue;
      const byDefault = written === undefined ? `, which counts without ${names[0]},` : '';
      yield {
        span: at.span,
        message: `${algorithm.name}${byDefault} is weak: ${algorithm.weakness}`,
        fix: `write ${fix}, on both hosts`,
      };
    }
  },
};

/** The parts of the proposal, each with the variables that name it, the first before the others. */
function partsOf({ encryption, hash, dhGroup }: RacoonPeer) {
  const [cipher = ''] = encryption.split(' ');
  return [
    {
      algorithm: encryptionByRacoonName(cipher),
      names: ['IKE_ENC', 'ESP_PROTO'],
      fix: 'IKE_ENC="aes 256"',
    },
    {
      algorithm: hashByRacoonName(hash),
      names: ['IKE_AUTH', 'AH_PROTO'],
      fix: 'IKE_AUTH=sha256',
    },
    { algorithm: dhGroupByName(dhGroup), names: ['IKE_DHGROUP'], fix: 'IKE_DHGROUP=14' },
  ];
}

/** `none` names no algorithm: it switches one off for the SAs. */
function isNamed(variable: Variable | undefined): variable is Variable {
  return variable !== undefined && variable.value !== 'none';
}
