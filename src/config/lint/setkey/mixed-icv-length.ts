/**
 * One algorithm with two lengths of its ICV between the same hosts.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import { addressKey, type CheckedSetkey, type CompiledAdd } from './checked-setkey.ts';

export const MIXED_ICV_LENGTH: Rule<CheckedSetkey> = {
  code: 'mixed-icv-length',
  form: 'setkey',
  title: 'hmac-sha256 with 96 bits of ICV and with 128 between the same hosts',
  severity: 'warning',
  reason:
    'setkey on Linux puts 96 bits of HMAC-SHA-256 on the wire under the plain name, KAME and every IKE ' +
    'daemon of today 128 (RFC 4868 §2.3). Hosts that do not agree discard each other’s packets; a file ' +
    'that says both has hardly two such peers at one address.',
  *find(file) {
    const first = new Map<string, CompiledAdd>();
    for (const add of file.adds) {
      const { integrity, source, destination } = add.sa;
      if (integrity === null) continue;
      const pair = [addressKey(source), addressKey(destination)].sort().join();
      const key = `${integrity.algorithm.name} ${pair}`;
      const before = first.get(key);
      if (before === undefined) first.set(key, add);
      if (before === undefined || before.sa.integrity?.icvLength === integrity.icvLength) continue;
      const bits = integrity.icvLength * 8;
      const others = (before.sa.integrity?.icvLength ?? 0) * 8;
      yield {
        span: add.statement.integrity?.name.span ?? add.span,
        message: `${integrity.algorithm.name} has an ICV of ${bits} bits here, and of ${others} in line ${file.lineOf(before.span.start)}, between the same hosts`,
        expected: `one length: ${integrity.algorithm.name}-${others} or ${integrity.algorithm.name}-${bits}`,
        fix: 'write the name with the length that the peer has, in both places',
      };
    }
  },
};
