/**
 * Algorithms and keys for manual keying: from setkey's names in `*_PROTO` and the keys in `KEY_*`.
 *
 * A key is hexadecimal digits behind `0x`, or a text whose octets are the key. Every function returns
 * `undefined` when something is wrong and was reported: of a name where it stands, of a key where
 * that stands, which is another file.
 *
 * @module
 */
import {
  type EncryptionAlgorithm,
  type IntegrityAlgorithm,
  isCounterMode,
} from '../../crypto/algorithm.ts';
import {
  ENCRYPTION_ALGORITHMS,
  encryptionBySetkeyName,
  INTEGRITY_ALGORITHMS,
} from '../../crypto/registry.ts';
import type { SaParameters } from '../../ipsec/sa-parameters.ts';
import { GONE_CIPHERS, GONE_INTEGRITY } from '../setkey/absent-algorithms.ts';
import { integrityNamed, isNull, readCipherKey } from '../setkey/compile-algorithm.ts';
import { readKey } from '../setkey/compile-key.ts';
import { allNames, expectedIntegrity } from '../setkey/refuse-algorithm.ts';
import type { Key, Word } from '../setkey/syntax.ts';
import { suggestedFix } from '../suggest.ts';
import type { Variable } from './environment.ts';

/** The ICV of `hmac-sha256`: see `SetkeyOptions.sha256Icv`. */
export type Sha256Icv = 'classic' | 'rfc4868';

/** An algorithm's name: that of a variable, or the one that counts where none was given. */
export interface AlgorithmName {
  readonly text: string;
  readonly variable: Variable | undefined;
}

/** The cipher called `name` with the key in `key`. */
export function readEncryption(
  name: AlgorithmName,
  key: Variable,
): SaParameters['encryption'] | undefined {
  const algorithm = encryptionBySetkeyName(name.text);
  if (algorithm === undefined) return refuseName(name, key, CIPHERS);
  if (isNull(algorithm)) {
    return (name.variable ?? key).error('unfitting-algorithm', `${name.text} takes no key`, {
      fix: 'name a cipher, or protect with AH alone: ESP_PROTO=none',
    });
  }
  const written = keyOf(key, algorithm);
  if (written === undefined) return undefined;
  const secret = readCipherKey(
    algorithm,
    { name: wordOf(name.text, key), key: written },
    key.report,
  );
  return secret && { algorithm, key: secret };
}

/** The integrity algorithm called `name` with the key in `key`. */
export function readIntegrity(
  name: AlgorithmName,
  key: Variable,
  sha256Icv: Sha256Icv,
): NonNullable<SaParameters['integrity']> | undefined {
  const named = integrityNamed(name.text, sha256Icv);
  if (named === undefined) return refuseName(name, key, HASHES);
  const { algorithm, icvLength } = named;
  const written = keyOf(key, algorithm);
  if (written === undefined) return undefined;
  const secret = readKey(written, { name: wordOf(name.text, key) }, algorithm.keyBits, key.report);
  return secret && { algorithm, key: secret, icvLength };
}

/**
 * Whether cipher and integrity algorithm go together; `name` and `key` are the cipher's, `outer` says
 * that AH goes around it.
 */
export function fitTogether(
  { algorithm }: NonNullable<SaParameters['encryption']>,
  integrity: SaParameters['integrity'],
  at: Variable,
  outer: boolean,
): boolean {
  if (algorithm.kind === 'aead' && integrity !== null) {
    const message = `${algorithm.name} has an ICV of its own, and KEY_AESP no place beside it`;
    at.error('unfitting-algorithm', message, { fix: 'leave KEY_AESP and AESP_PROTO out' });
    return false;
  }
  if (algorithm.kind === 'aead' || integrity !== null || outer) return true;
  if (!isCounterMode(algorithm)) return true;
  // RFC 3686 §3.3
  const message = `${algorithm.name} without KEY_AESP lets anybody change what it hides, bit by bit`;
  at.error('missing-integrity', message, {
    expected: 'AESP_PROTO and KEY_AESP (RFC 3686 §3.3)',
    fix: 'add AESP_PROTO=hmac-sha256 and KEY_AESP of 256 bits',
  });
  return false;
}

/** The key as setkey has it. */
function keyOf(
  key: Variable,
  algorithm: EncryptionAlgorithm | IntegrityAlgorithm,
): Key | undefined {
  const { value, span } = key;
  if (value === null) return undefined;
  const digits = /^0x(.*)$/is.exec(value)?.[1];
  if (digits !== undefined) return hexKey(digits, key);
  if (/^[\da-f]+$/i.test(value) && isLength(value.length * 4, algorithm)) {
    return key.error('key-length', 'every character counts as 8 bits, which makes too many', {
      expected: 'a text of the right length, or 0x and hexadecimal digits',
      fix: 'put 0x in front of the digits',
    });
  }
  return { form: 'quoted', text: value, span };
}

function hexKey(digits: string, key: Variable): Key | undefined {
  if (!/^[\da-f]+$/i.test(digits)) {
    return key.error('not-hexadecimal', 'not all characters behind 0x are hexadecimal digits', {
      expected: '0 to 9 and a to f alone',
    });
  }
  if (digits.length % 2 === 1) {
    return key.error('odd-digits', `${digits.length} hexadecimal digits are no whole octets`, {
      expected: 'two digits for each octet',
      fix: 'see which digit is missing: setkey put a zero in front',
    });
  }
  return { form: 'hex', text: digits, span: key.span };
}

function isLength(bits: number, { keyBits }: EncryptionAlgorithm | IntegrityAlgorithm): boolean {
  return keyBits.includes(bits);
}

/** What names of one kind there are. */
interface Kind {
  readonly noun: string;
  readonly algorithms: readonly (EncryptionAlgorithm | IntegrityAlgorithm)[];
  readonly gone: ReadonlySet<string>;
  readonly expected: string;
}

function refuseName({ text, variable }: AlgorithmName, key: Variable, kind: Kind): undefined {
  const at = variable ?? key;
  const { noun, algorithms, gone, expected } = kind;
  if (at.value === null) return undefined;
  if (gone.has(text)) {
    return at.error('algorithm-gone', `no kernel offers ${text} any more`, { expected });
  }
  return at.error('unknown-algorithm', `${at.shown} is not ${noun}`, {
    expected,
    fix: suggestedFix(text, allNames(algorithms)),
  });
}

function wordOf(text: string, { span }: Variable): Word {
  return { text, shown: text, span };
}

const CIPHERS: Kind = {
  noun: 'a cipher',
  algorithms: ENCRYPTION_ALGORITHMS.filter((algorithm) => !isNull(algorithm)),
  gone: GONE_CIPHERS,
  expected: ENCRYPTION_ALGORITHMS.filter((algorithm) => !isNull(algorithm))
    .map(({ name }) => name)
    .join(', '),
};
const HASHES: Kind = {
  noun: 'an integrity algorithm',
  algorithms: INTEGRITY_ALGORITHMS,
  gone: GONE_INTEGRITY,
  expected: expectedIntegrity(),
};
