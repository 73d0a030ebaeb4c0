import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { signatureVerifies, signHash } from './rsa-signature.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });

/** A hash whose signature begins with a zero, as one in some hundred does. */
function hashOfLowSignature(): Uint8Array {
  for (let k = 0; ; k++) {
    const hash = Uint8Array.of(k >>> 8, k, ...new Uint8Array(18));
    if (signHash(privateKey, hash)[0] === 0) return hash;
  }
}

test('a signature is as long as the modulus, whatever number it is', () => {
  const hash = hashOfLowSignature();
  const signature = signHash(privateKey, hash);
  expect(signature).toHaveLength(128);
  expect(signatureVerifies(publicKey, hash, signature)).toBe(true);
  expect(signatureVerifies(publicKey, hash, signature.subarray(1))).toBe(false);
  expect(signatureVerifies(publicKey, hash, Uint8Array.of(0, ...signature))).toBe(false);
});
