/**
 * Keys: from hexadecimal digits or a text in quotes to a {@link Secret}.
 *
 * Messages tell how long a key is and never what it is.
 *
 * @module
 */
import { isRange } from '../../crypto/key-lengths.ts';
import { Secret } from '../../crypto/secret.ts';
import { fromHex } from '../../octets/hex.ts';
import type { Report } from '../diagnostic.ts';
import type { AlgorithmClause, Key } from './syntax.ts';

/** Reads the key of `clause`, which must have one of the lengths `keyBits`. */
export function readKey(
  key: Key | null,
  clause: Pick<AlgorithmClause, 'name'>,
  keyBits: readonly number[],
  report: Report,
): Secret | undefined {
  const { name } = clause;
  if (key === null) {
    return report.error('missing-key', name.span, `${name.text} needs a key`, {
      expected: listLengths(keyBits),
      fix: generatorFor(keyBits),
    });
  }
  const octets = keyOctets(key, report);
  if (octets === undefined) return undefined;
  const bits = octets.length * 8;
  if (keyBits.includes(bits)) return new Secret(octets);
  const message = `a key of ${tellLength(bits, key)} does not fit ${name.text}`;
  octets.fill(0);
  return report.error('key-length', key.span, message, {
    expected: listLengths(keyBits),
    fix: lengthFix(key, keyBits),
  });
}

function keyOctets(key: Key, report: Report): Uint8Array | undefined {
  switch (key.form) {
    case 'hex':
      return fromHex(key.text);
    case 'quoted':
      if (!key.text.includes(REPLACEMENT_CHARACTER)) return new TextEncoder().encode(key.text);
      return report.error('key-encoding', key.span, 'the key has octets that are not UTF-8', {
        fix: 'write the key as 0x and hexadecimal digits',
      });
    case 'bare':
      return report.error('bare-key', key.span, 'found a word in the place of a key', {
        expected: '0x and hexadecimal digits, or a text in quotes',
        fix: /^[\da-f]+$/i.test(key.text) ? 'put 0x in front of the digits' : null,
      });
  }
}

function lengthFix(key: Key, keyBits: readonly number[]): string | null {
  if (key.form === 'quoted') {
    const digits = key.text.replace(/^0x/i, '');
    if (/^[\da-f]+$/i.test(digits) && keyBits.includes(digits.length * 4)) {
      return 'write 0x and the digits without quotes: quoted, each digit counts as 8 bits';
    }
    if (key.text.includes('\n')) return 'see whether the quote should have ended on its first line';
  }
  return generatorFor(keyBits);
}

/** `72 bits (9 octets)`; the digits are counted as well where a key is written in them. */
function tellLength(bits: number, key: Key): string {
  const digits = key.form === 'hex' ? `, ${count(key.text.length, 'hex digit')}` : '';
  return `${bits} bits (${count(bits / 8, 'octet')}${digits})`;
}

/** `128 bits (16 octets, 32 hex digits) or ...`. */
function listLengths(keyBits: readonly number[]): string {
  const lengths = keyBits.map(
    (bits) => `${bits} bits (${bits / 8} octets, ${bits / 4} hex digits)`,
  );
  if (isRange(keyBits)) return `${lengths[0]} to ${lengths.at(-1)}, in steps of 8 bits`;
  const last = lengths.pop() ?? '';
  return lengths.length === 0 ? last : `${lengths.join(', ')} or ${last}`;
}

/** What makes a key of the longest of the lengths `keyBits`, as a fix. */
export function generatorFor(keyBits: readonly number[]): string {
  return `write 0x and what this prints: openssl rand -hex ${Math.max(...keyBits) / 8}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** What a decoder puts for octets that are not UTF-8; the key's own octets are lost then. */
const REPLACEMENT_CHARACTER = '\ufffd';
