/**
 * `-E`, `-A` and `-C`: from names and keys to algorithms and secrets.
 *
 * @module
 */
import {
  type EncryptionAlgorithm,
  type IntegrityAlgorithm,
  isCounterMode,
} from '../../crypto/algorithm.ts';
import { INSECURE_3DES_CBC, reducesToSingleDes } from '../../crypto/insecure/3des-cbc.ts';
import { NULL_INTEGRITY } from '../../crypto/null.ts';
import {
  ENCRYPTION_ALGORITHMS,
  encryptionBySetkeyName,
  INTEGRITY_ALGORITHMS,
  integrityBySetkeyName,
} from '../../crypto/registry.ts';
import { Secret } from '../../crypto/secret.ts';
import { COMPRESSION_ALGORITHMS, compressionByName } from '../../ipsec/compression.ts';
import type { IpsecProtocol } from '../../ipsec/policy.ts';
import { authenticates, type SaParameters } from '../../ipsec/sa-parameters.ts';
import type { Report } from '../diagnostic.ts';
import { suggestedFix } from '../suggest.ts';
import { GONE_CIPHERS, GONE_COMPRESSION, GONE_INTEGRITY } from './absent-algorithms.ts';
import type { CompileContext } from './compile-context.ts';
import { readKey } from './compile-key.ts';
import type { AddStatement, AlgorithmClause, Word } from './syntax.ts';

export type SaAlgorithms = Pick<SaParameters, 'encryption' | 'integrity' | 'compression'>;

/** Compiles the algorithms of `statement`, which adds an SA of `protocol`. */
export function compileAlgorithms(
  statement: AddStatement,
  protocol: IpsecProtocol,
  context: CompileContext,
): SaAlgorithms | undefined {
  switch (protocol) {
    case 'esp':
      return compileEsp(statement, context);
    case 'ah':
      return compileAh(statement, context);
    case 'ipcomp':
      return compileIpcomp(statement, context);
  }
}

/** ESP has a cipher, be it NULL, and may have integrity (RFC 4303 §3.2). */
function compileEsp(statement: AddStatement, context: CompileContext): SaAlgorithms | undefined {
  const { report } = context;
  const integrity = compileIntegrity(statement.integrity, context);
  const fits = refuseCompression(statement, report);
  if (statement.encryption === null) {
    const message = 'esp needs an encryption algorithm, and -E is missing';
    return report.error('missing-algorithm', statement.protocol.name.span, message, {
      expected: '-E and the name of a cipher, before -A',
      fix: 'write -E null for authentication alone, or -E aes-cbc and a key',
    });
  }
  const encryption = compileEncryption(statement.encryption, context);
  if (encryption === undefined || integrity === undefined || !fits) return undefined;
  const { algorithm } = encryption;
  if (refuseCombination(statement, algorithm, integrity, context)) return undefined;
  if (isNull(algorithm) && !authenticates(integrity)) {
    const { span } = statement.encryption.name;
    report.warning('no-protection', span, '-E null without -A protects nothing', {
      expected: 'a cipher, or an algorithm for -A (RFC 4303 §3.2)',
      fix: 'add -A hmac-sha256 and a key of 256 bits',
    });
  }
  const tag = algorithm.kind === 'aead' ? null : integrity;
  return { encryption, integrity: tag, compression: null };
}

/** Whether cipher and integrity algorithm do not go together, which is reported. */
function refuseCombination(
  { encryption, integrity: clause }: AddStatement,
  algorithm: EncryptionAlgorithm,
  integrity: SaAlgorithms['integrity'],
  { report }: CompileContext,
): boolean {
  if (algorithm.kind === 'aead') {
    if (!authenticates(integrity) || clause === null) return false;
    const message = `${algorithm.name} has an ICV of its own, and -A has no place beside it`;
    report.error('unfitting-algorithm', clause.name.span, message, { fix: 'leave -A out' });
    return true;
  }
  if (!isCounterMode(algorithm) || authenticates(integrity) || encryption === null) return false;
  // RFC 3686 §3.3
  const message = `${algorithm.name} without -A lets anybody change what it hides, bit by bit`;
  report.error('missing-integrity', encryption.name.span, message, {
    expected: '-A and an integrity algorithm (RFC 3686 §3.3)',
    fix: 'add -A hmac-sha256 and a key of 256 bits',
  });
  return true;
}

/** AH has integrity and nothing else (RFC 4302 §3.2). */
function compileAh(statement: AddStatement, context: CompileContext): SaAlgorithms | undefined {
  const { report } = context;
  if (statement.encryption !== null) {
    const { span } = statement.encryption.option;
    report.error('unfitting-algorithm', span, 'ah does not encrypt, and -E has no place in it', {
      fix: 'leave -E out, or write esp',
    });
  }
  const fits = refuseCompression(statement, report);
  if (statement.integrity === null) {
    const message = 'ah needs an integrity algorithm, and -A is missing';
    return report.error('missing-algorithm', statement.protocol.name.span, message, {
      expected: '-A, the name of an algorithm and a key',
      fix: 'write -A hmac-sha256 and a key of 256 bits',
    });
  }
  const integrity = compileIntegrity(statement.integrity, context);
  if (integrity === undefined || !fits) return undefined;
  if (authenticates(integrity)) return { encryption: null, integrity, compression: null };
  const { span } = statement.integrity.name;
  return report.error('no-protection', span, 'ah with -A null protects nothing', {
    expected: expectedIntegrity(),
    fix: 'write -A hmac-sha256 and a key of 256 bits',
  });
}

/** IPComp compresses and does nothing else (RFC 3173 §2). */
function compileIpcomp(statement: AddStatement, context: CompileContext): SaAlgorithms | undefined {
  const { report } = context;
  for (const clause of [statement.encryption, statement.integrity]) {
    if (clause === null) continue;
    const { text, span } = clause.option;
    report.error('unfitting-algorithm', span, `ipcomp has no keys, and ${text} no place in it`, {
      fix: `leave ${text} out, or write ${text === '-E' ? 'esp' : 'ah'}`,
    });
  }
  if (statement.compression === null) {
    const message = 'ipcomp needs a compression algorithm, and -C is missing';
    return report.error('missing-algorithm', statement.protocol.name.span, message, {
      fix: 'write -C deflate',
    });
  }
  const { name, raw } = statement.compression;
  const compression = compressionByName(name.text);
  if (compression === undefined) return refuseCompressionName(name, context);
  if (raw !== null) {
    report.warning(
      'no-effect',
      raw.span,
      '-R has no effect: the CPI on the wire is the one given',
      {
        fix: 'leave it out',
        edit: { span: raw.span, text: '', changesProtection: false },
      },
    );
  }
  if (statement.encryption !== null || statement.integrity !== null) return undefined;
  return { encryption: null, integrity: null, compression };
}

/** Whether there is no `-C`, which has no place in ESP and AH and is reported. */
function refuseCompression({ compression, protocol }: AddStatement, report: Report): boolean {
  if (compression === null) return true;
  const { span } = compression.option;
  const message = `${protocol.name.text} does not compress, and -C has no place in it`;
  report.error('unfitting-algorithm', span, message, {
    fix: 'leave -C out, or add an SA of ipcomp',
  });
  return false;
}

function compileEncryption(
  clause: AlgorithmClause,
  context: CompileContext,
): NonNullable<SaAlgorithms['encryption']> | undefined {
  const { name, key } = clause;
  const algorithm = encryptionBySetkeyName(name.text);
  if (algorithm === undefined) return refuseCipher(name, context);
  context.uses(algorithm, name.span);
  if (name.text === 'simple') {
    context.report.warning('obsolete-name', name.span, '"simple" is an old name', {
      fix: 'write null',
      edit: { span: name.span, text: 'null', changesProtection: false },
    });
  }
  if (isNull(algorithm)) {
    if (key === null) return { algorithm, key: new Secret(new Uint8Array(0)) };
    return context.report.error('unexpected-key', key.span, `${name.text} takes no key`, {
      fix: 'leave the key out, or name a cipher',
    });
  }
  const secret = readCipherKey(algorithm, clause, context.report);
  return secret && { algorithm, key: secret };
}

/** Reads the key of a cipher that has one. */
export function readCipherKey(
  algorithm: EncryptionAlgorithm,
  clause: Pick<AlgorithmClause, 'name' | 'key'>,
  report: Report,
): Secret | undefined {
  const { name, key } = clause;
  const secret = readKey(key, clause, algorithm.keyBits, report);
  if (secret === undefined) return undefined;
  if (algorithm !== INSECURE_3DES_CBC || !reducesToSingleDes(secret)) return secret;
  const message = 'the key repeats one of its thirds, which leaves single DES';
  return report.error('weak-key', key?.span ?? name.span, message, {
    expected: 'three different keys of 64 bits (RFC 2451 §2.3)',
    fix: STRONG_CIPHER,
  });
}

/** `null` when nothing was said of it. */
function compileIntegrity(
  clause: AlgorithmClause | null,
  context: CompileContext,
): SaAlgorithms['integrity'] | undefined {
  if (clause === null) return null;
  const { name, key } = clause;
  if (name.text === 'null') {
    if (key === null) {
      return { algorithm: NULL_INTEGRITY, key: new Secret(new Uint8Array(0)), icvLength: 0 };
    }
    return context.report.error('unexpected-key', key.span, 'null takes no key', {
      fix: 'leave the key out, or name an integrity algorithm',
    });
  }
  const named = integrityNamed(name.text, context.options.sha256Icv);
  if (named === undefined) return refuseIntegrity(name, context);
  const { algorithm, icvLength } = named;
  context.uses(algorithm, name.span);
  const secret = readKey(key, clause, algorithm.keyBits, context.report);
  return secret && { algorithm, key: secret, icvLength };
}

/**
 * The algorithm called `name` and the octets of its ICV. Behind a hyphen, a name may give the length
 * of the ICV in bits, if it is one of the two that the algorithm is known by: `hmac-sha256-128`.
 */
export function integrityNamed(
  name: string,
  unless: 'classic' | 'rfc4868',
): { algorithm: IntegrityAlgorithm; icvLength: number } | undefined {
  const plain = integrityBySetkeyName(name);
  if (plain !== undefined) {
    const icvLength = unless === 'classic' ? plain.classicIcvLength : plain.icvLength;
    return { algorithm: plain, icvLength };
  }
  const hyphen = name.lastIndexOf('-');
  const algorithm = integrityBySetkeyName(name.slice(0, Math.max(0, hyphen)));
  if (algorithm === undefined) return undefined;
  const icvLength = [algorithm.classicIcvLength, algorithm.icvLength].find(
    (length) => name.slice(hyphen + 1) === `${length * 8}`,
  );
  return icvLength === undefined ? undefined : { algorithm, icvLength };
}

function refuseCipher(name: Word, { report }: CompileContext): undefined {
  const { text, span, shown } = name;
  const expected = ENCRYPTION_ALGORITHMS.map((cipher) => cipher.name).join(', ');
  if (GONE_CIPHERS.has(text)) {
    const message = `no kernel offers ${text} any more`;
    return report.error('algorithm-gone', span, message, { expected, fix: STRONG_CIPHER });
  }
  return report.error('unknown-algorithm', span, `${shown} is not an algorithm for -E`, {
    expected,
    fix: isIntegrityName(text)
      ? `write ${text} behind -A`
      : suggestedFix(text, allNames(ENCRYPTION_ALGORITHMS)),
  });
}

function refuseIntegrity(name: Word, { report }: CompileContext): undefined {
  const { text, span, shown } = name;
  const expected = expectedIntegrity();
  if (GONE_INTEGRITY.has(text)) {
    const message = `no kernel offers ${text} any more`;
    return report.error('algorithm-gone', span, message, { expected, fix: STRONG_INTEGRITY });
  }
  if (text === 'tcp-md5') {
    const message = 'tcp-md5 (RFC 2385) signs TCP segments, and on Linux no SA does that';
    return report.error('not-on-linux', span, message, { expected, fix: STRONG_INTEGRITY });
  }
  return report.error('unknown-algorithm', span, `${shown} is not an algorithm for -A`, {
    expected,
    fix:
      encryptionBySetkeyName(text) !== undefined
        ? `write ${text} behind -E`
        : suggestedFix(text, allNames(INTEGRITY_ALGORITHMS)),
  });
}

function refuseCompressionName(name: Word, { report }: CompileContext): undefined {
  const { text, span, shown } = name;
  const expected = COMPRESSION_ALGORITHMS.map((algorithm) => algorithm.name).join(', ');
  if (GONE_COMPRESSION.has(text)) {
    const message = `no kernel offers ${text}`;
    const fix = 'write -C deflate, on both hosts';
    return report.error('algorithm-gone', span, message, { expected, fix });
  }
  return report.error('unknown-algorithm', span, `${shown} is not an algorithm for -C`, {
    expected,
    fix: suggestedFix(text, [expected]),
  });
}

/** What may stand behind `-A`: `hmac-sha256, hmac-sha1 (or hmac-sha256-96, hmac-sha256-128)`. */
export function expectedIntegrity(): string {
  const names = INTEGRITY_ALGORITHMS.map((algorithm) => algorithm.name).join(', ');
  const exact = INTEGRITY_ALGORITHMS.filter(
    (algorithm) => algorithm.classicIcvLength !== algorithm.icvLength,
  ).flatMap(({ name, classicIcvLength, icvLength }) => [
    `${name}-${classicIcvLength * 8}`,
    `${name}-${icvLength * 8}`,
  ]);
  return exact.length === 0 ? names : `${names} (or ${exact.join(', ')})`;
}

function isIntegrityName(name: string): boolean {
  return integrityBySetkeyName(name) !== undefined || GONE_INTEGRITY.has(name);
}

/** Whether `cipher` has no key, and hides nothing. */
export function isNull(cipher: EncryptionAlgorithm): boolean {
  return cipher.keyBits.length === 0;
}

/** Every spelling, those of `setkey -D` first and the strong before the weak. */
export function allNames(
  algorithms: readonly (EncryptionAlgorithm | IntegrityAlgorithm)[],
): string[] {
  const preferred = algorithms.toSorted(
    (a, b) => Number(a.weakness !== null) - Number(b.weakness !== null),
  );
  return [
    ...preferred.map((algorithm) => algorithm.name),
    ...preferred.flatMap((algorithm) => algorithm.setkey),
  ];
}

const STRONG_CIPHER = 'write aes-cbc and a key of 128, 192 or 256 bits, on both hosts';
const STRONG_INTEGRITY = 'write hmac-sha256 and a key of 256 bits, on both hosts';
