/**
 * What stands behind `-E` and `-A`: from a name and a key to an algorithm and a secret.
 *
 * @module
 */
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../crypto/algorithm.ts';
import { INSECURE_3DES_CBC, reducesToSingleDes } from '../../crypto/insecure/3des-cbc.ts';
import { NULL_INTEGRITY } from '../../crypto/null.ts';
import { encryptionBySetkeyName, integrityBySetkeyName } from '../../crypto/registry.ts';
import { Secret } from '../../crypto/secret.ts';
import type { SaParameters } from '../../ipsec/sa-parameters.ts';
import type { Report } from '../diagnostic.ts';
import type { CompileContext } from './compile-context.ts';
import { readKey } from './compile-key.ts';
import { refuseCipher, refuseIntegrity, STRONG_CIPHER } from './refuse-algorithm.ts';
import type { AlgorithmClause } from './syntax.ts';

export type SaAlgorithms = Pick<SaParameters, 'encryption' | 'integrity' | 'compression'>;

/** Compiles what stands behind `-E`. */
export function compileEncryption(
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

/** Compiles what stands behind `-A`; `null` when there is none. */
export function compileIntegrity(
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

/** Whether `cipher` has no key, and hides nothing. */
export function isNull(cipher: EncryptionAlgorithm): boolean {
  return cipher.keyBits.length === 0;
}
