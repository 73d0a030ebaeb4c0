/**
 * The crypto that `ipseald` and deciphering use.
 *
 * @module
 */
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

export function examineLibraries({ libraries, backend }: Facts): Finding[] {
  const { openssl, legacy, multiBuffer, isX86 } = libraries;
  const found: Finding[] = [
    legacy
      ? {
          check: 'openssl',
          status: 'ok',
          says: `OpenSSL ${openssl} has its legacy algorithms, too.`,
          proof: 'openssl list -providers -provider legacy',
          fix: null,
        }
      : {
          check: 'openssl',
          status: 'note',
          says: `OpenSSL ${openssl} has no legacy provider: DES, Blowfish and CAST-128 cannot be used by ipseald.`,
          proof: 'openssl list -providers -provider legacy',
          fix: 'apt-get install openssl-provider-legacy (Debian 13), or other algorithms',
        },
  ];
  if (backend !== 'userspace' || !isX86) return found;
  const proof = 'ldconfig -p | grep libIPSec_MB';
  const says = multiBuffer
    ? 'ipseald uses Multi-Buffer Crypto for AEADs.'
    : 'Multi-Buffer Crypto is not installed, with which ipseald is faster.';
  const fix = multiBuffer ? null : 'apt-get install libipsec-mb1';
  found.push({ check: 'multi-buffer', status: multiBuffer ? 'ok' : 'note', says, proof, fix });
  return found;
}
