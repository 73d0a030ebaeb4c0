/**
 * What is wrong with a key of an interface by itself. A key has one fault at most, the worst.
 *
 * @module
 */
import { fingerprint } from '../../../crypto/fingerprint.ts';
import { generatorFor } from '../../setkey/compile-key.ts';
import { isPrintable, whyGuessable, whyGuessablePsk } from '../guessable.ts';
import { isPublished } from '../published-keys.ts';
import type { UsedKey } from './used-key.ts';

export type KeyFault =
  | { readonly kind: 'published' }
  /** `why` is a clause that does not quote the key. */
  | { readonly kind: 'guessable'; readonly why: string }
  | { readonly kind: 'text' };

export function faultOf({ algorithm, secret, isText }: UsedKey): KeyFault | null {
  const octets = secret.expose();
  if (isPublished(fingerprint(octets))) return { kind: 'published' };
  const why = algorithm === null ? whyGuessablePsk(octets) : whyGuessable(octets, isText);
  if (why !== null) return { kind: 'guessable', why };
  return algorithm !== null && isPrintable(octets, isText) ? { kind: 'text' } : null;
}

/** What makes a key to put in its place, as a fix. */
export function generatorOf({ algorithm, secret }: UsedKey): string {
  return generatorFor([algorithm === null ? PSK_BITS : secret.bits]);
}

const PSK_BITS = 256;
