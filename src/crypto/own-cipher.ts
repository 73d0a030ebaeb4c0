/**
 * The ciphers that are our own code, the same under every provider.
 *
 * @module
 */
import type { CipherAlgorithm } from './algorithm.ts';
import { type CipherContext, type Memory, UnsupportedError } from './context.ts';
import { NULL, NULL_CONTEXT } from './null.ts';
import type { Secret } from './secret.ts';
import { TWOFISH_CBC, TwofishCbc } from './twofish-cbc.ts';

/** A context of `algorithm`, which OpenSSL has no name for and whose key fits. */
export function ownCipher(algorithm: CipherAlgorithm, memory: Memory, key: Secret): CipherContext {
  if (algorithm === NULL) return NULL_CONTEXT;
  if (algorithm === TWOFISH_CBC) return new TwofishCbc(memory, key);
  throw new UnsupportedError(`Cannot use ${algorithm.name}: there is no code for it`);
}
