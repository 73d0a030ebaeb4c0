/**
 * Names of algorithms: those of phase 1 and those of IPsec SAs, which racoon spelt the same where it
 * could.
 *
 * @module
 */
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../crypto/algorithm.ts';
import { DH_GROUPS, type DhGroup, dhGroupByName } from '../../crypto/dh-group.ts';
import {
  HASH_ALGORITHMS,
  type HashAlgorithm,
  hashByRacoonName,
} from '../../crypto/hash-algorithm.ts';
import { NULL_INTEGRITY } from '../../crypto/null.ts';
import {
  ENCRYPTION_ALGORITHMS,
  encryptionByRacoonName,
  INTEGRITY_ALGORITHMS,
  integrityByRacoonName,
} from '../../crypto/registry.ts';
import type { EncryptionChoice } from '../../ike/quick-mode-policy.ts';
import {
  COMPRESSION_ALGORITHMS,
  type CompressionAlgorithm,
  compressionByName,
} from '../../ipsec/compression.ts';
import { suggestedFix } from '../suggest.ts';
import type { Token } from '../token.ts';
import { type Arguments, LARGEST_NUMBER, NOTHING } from './arguments.ts';
import type { CompileContext } from './compile-context.ts';

/** Reads a cipher of phase 1 and the length of its key. */
export function readPhase1Cipher(
  words: Arguments,
  context: CompileContext,
): EncryptionChoice | undefined {
  return readEncryption(words, PHASE1_CIPHERS, context);
}

/** Reads a cipher for ESP and the length of its key. */
export function readEspCipher(
  words: Arguments,
  context: CompileContext,
): EncryptionChoice | undefined {
  return readEncryption(words, ESP_CIPHERS, context);
}

/** Reads a hash algorithm of phase 1. */
export function readHash(words: Arguments, context: CompileContext): HashAlgorithm | undefined {
  const name = words.word('a hash algorithm');
  const known = HASH_ALGORITHMS.flatMap(({ racoon }) => racoon);
  const hash = hashByRacoonName(name.text);
  return used(hash, name, 'a hash algorithm', known, words, context);
}

/** Reads an integrity algorithm for ESP and AH. */
export function readIntegrity(
  words: Arguments,
  context: CompileContext,
): IntegrityAlgorithm | undefined {
  const name = words.word('an authentication algorithm');
  const known = [...INTEGRITY_ALGORITHMS, NULL_INTEGRITY].flatMap(({ racoon }) => racoon);
  const algorithm = integrityByRacoonName(name.text);
  refuseKeyLength(words, name);
  return used(algorithm, name, 'an authentication algorithm', known, words, context);
}

/** Reads a compression algorithm. */
export function readCompression(words: Arguments): CompressionAlgorithm | undefined {
  const name = words.word('a compression algorithm');
  const known = COMPRESSION_ALGORITHMS.map((algorithm) => algorithm.name);
  const algorithm = compressionByName(name.text);
  if (algorithm === undefined) refuseName(name, 'a compression algorithm', known, words);
  refuseKeyLength(words, name);
  return algorithm;
}

/** Reads a group by its number or name. */
export function readGroup(words: Arguments, context: CompileContext): DhGroup | undefined {
  const name = words.word('a DH group');
  const known = DH_GROUPS.map((group) => group.name);
  const group = dhGroupByName(name.text);
  return used(group, name, 'a DH group', known, words, context);
}

function readEncryption(
  words: Arguments,
  known: readonly string[],
  context: CompileContext,
): EncryptionChoice | undefined {
  const name = words.word('an encryption algorithm');
  const found = known.includes(name.text) ? encryptionByRacoonName(name.text) : undefined;
  const algorithm = used(found, name, 'an encryption algorithm', known, words, context);
  return algorithm && { algorithm, keyBits: readKeyLength(words, name, algorithm) };
}

/** Reads the bits of a key, or takes the usual ones. Ciphers of one key length must go without. */
function readKeyLength(words: Arguments, name: Token, { keyBits }: EncryptionAlgorithm): number {
  if (keyBits.length < 2) {
    refuseKeyLength(words, name);
    return keyBits[0] ?? 0;
  }
  const word = words.peek();
  if (word.kind !== 'number') return USUAL_KEY_BITS;
  const bits = words.number({ what: 'a key length', least: 0, most: LARGEST_NUMBER });
  if (keyBits.includes(bits)) return bits;
  const [least, most] = [keyBits[0], keyBits.at(-1)];
  words.fail('key-length', word, `${name.shown} has no key of ${bits} bits`, {
    expected: keyBits.length > 3 ? `${least} to ${most}, in steps of 8` : keyBits.join(', '),
  });
  return USUAL_KEY_BITS;
}

function refuseKeyLength(words: Arguments, name: Token): void {
  const word = words.peek();
  if (word.kind !== 'number') return;
  words.fail('unexpected-key-length', word, `${name.shown} has one key length alone`, {
    fix: 'leave the number out',
  });
}

/** Notes that `algorithm` is used; refuses `name` when it is none. */
function used<T extends { readonly name: string; readonly weakness: string | null }>(
  algorithm: T | undefined,
  name: Token,
  what: string,
  known: readonly string[],
  words: Arguments,
  context: CompileContext,
): T | undefined {
  if (algorithm === undefined) refuseName(name, what, known, words);
  else context.uses(algorithm, name);
  return algorithm;
}

function refuseName(name: Token, what: string, known: readonly string[], words: Arguments): void {
  if (name === NOTHING) return;
  const expected = known.join(', ');
  if (GONE.has(name.text)) {
    words.fail('algorithm-gone', name, `nobody offers ${name.text} any more`, { expected });
    return;
  }
  words.fail('unknown-algorithm', name, `${name.shown} is not ${what}`, {
    expected,
    fix: keyLengthFix(name.text) ?? suggestedFix(name.text, known),
  });
}

/** `aes256` and `aes-256` are meant to be `aes 256`. */
function keyLengthFix(text: string): string | null {
  const parts = /^(aes|rijndael|camellia|twofish)_?(128|192|256)$/.exec(text);
  return parts === null ? null : `write ${parts[1]} ${parts[2]}`;
}

const ESP_CIPHERS = ENCRYPTION_ALGORITHMS.flatMap(({ racoon }) => racoon);
/** Those that have a number in IKEv1 (IANA "Internet Key Exchange (IKE) Attributes"). */
const PHASE1_CIPHERS = ESP_CIPHERS.filter(
  (name) => !['twofish', 'null_enc', 'null'].includes(name),
);

const USUAL_KEY_BITS = 128;

/** What racoon had names for, and neither a kernel nor OpenSSL has any more. */
const GONE: ReadonlySet<string> = new Set([
  'des_iv64',
  'des_iv32',
  'rc5',
  'rc4',
  'idea',
  '3idea',
  'des_mac',
  'kpdk',
  'tiger',
  'oui',
  'lzs',
  // EC2N groups
  '3',
  '4',
  'ec2n155',
  'ec2n185',
]);
