/**
 * Bare RSA keys as text, the way back from `read.ts`.
 *
 * @module
 */
import type { PlainRsaKey, RsaSecrets } from '../../ike/plain-rsa.ts';
import { toHex } from '../../octets/hex.ts';
import { concatenate } from '../../octets/octets.ts';
import { bitsOf } from './number.ts';

/** The numbers of a public key. */
export type PublicNumbers = Pick<PlainRsaKey, 'modulus' | 'publicExponent'>;

/** `: PUB 0s…`, a line. */
export function formatPublicKey(key: PublicNumbers): string {
  return `: PUB ${publicKeyText(key)}\n`;
}

/** `: RSA { … }`, with the line of the public key before it, as a comment. The text is a secret. */
export function formatPrivateKey(key: PublicNumbers, secrets: RsaSecrets): string {
  const { d, p, q, dP, dQ, qInv } = secrets;
  const numbers = [
    ['Modulus', key.modulus],
    ['PublicExponent', key.publicExponent],
    ['PrivateExponent', d.expose()],
    ['Prime1', p.expose()],
    ['Prime2', q.expose()],
    ['Exponent1', dP.expose()],
    ['Exponent2', dQ.expose()],
    ['Coefficient', qInv.expose()],
  ] as const;
  const lines = numbers.map(([name, number]) => `\t${name}: 0x${toHex(number)}\n`).join('');
  const text = publicKeyText(key);
  const comments = `\t# RSA ${bitsOf(key.modulus)} bits\n\t# pubkey=${text}\n`;
  return `# : PUB ${text}\n: RSA\t{\n${comments}${lines}  }\n`;
}

/** As the DNS has it (RFC 3110 §2), in base64. */
function publicKeyText({ modulus, publicExponent }: PublicNumbers): string {
  const octets = concatenate([Uint8Array.of(publicExponent.length), publicExponent, modulus]);
  return `0s${btoa(String.fromCharCode(...octets))}`;
}
