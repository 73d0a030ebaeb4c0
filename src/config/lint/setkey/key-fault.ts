/**
 * What is wrong with a key by itself. A key has one fault at most, the worst: what is printed in
 * how-tos need not be told that it is text, too.
 *
 * @module
 */
import { fromHex } from '../../../octets/hex.ts';
import { isPrintable, whyGuessable } from '../guessable.ts';
import { isPublished } from '../published-keys.ts';
import type { CheckedSetkey, PlacedKey } from './checked-setkey.ts';

export type KeyFault =
  | { readonly kind: 'published' }
  /** `why` is a clause that does not quote the key. */
  | { readonly kind: 'guessable'; readonly why: string }
  /** Hexadecimal digits, each of which counts as a character. */
  | { readonly kind: 'hex-in-quotes' }
  | { readonly kind: 'text' };

/** The keys of `file` that have a fault of `kind`, each where it stands first. */
export function* keysWith<K extends KeyFault['kind']>(
  kind: K,
  file: CheckedSetkey,
): Generator<{ readonly key: PlacedKey; readonly fault: Extract<KeyFault, { kind: K }> }> {
  for (const key of file.distinctKeys) {
    const fault = faultOf(key);
    if (isOf(kind, fault)) yield { key, fault };
  }
}

function isOf<K extends KeyFault['kind']>(
  kind: K,
  fault: KeyFault | null,
): fault is Extract<KeyFault, { kind: K }> {
  return fault?.kind === kind;
}

function faultOf({ text, secret, fingerprint }: PlacedKey): KeyFault | null {
  const isText = text.form === 'quoted';
  if (isPublished(fingerprint)) return { kind: 'published' };
  const digits = isText ? digitsIn(text.text) : undefined;
  const why = whyGuessable(digits ?? secret.expose(), isText && digits === undefined);
  if (why !== null) return { kind: 'guessable', why };
  if (digits !== undefined) return { kind: 'hex-in-quotes' };
  return isPrintable(secret.expose(), isText) ? { kind: 'text' } : null;
}

/** The octets that `text` would spell without its quotes; `undefined` where it is none or a number. */
function digitsIn(text: string): Uint8Array | undefined {
  const digits = text.replace(/^0x/i, '');
  return /^\d*$/.test(digits) ? undefined : fromHex(digits);
}
