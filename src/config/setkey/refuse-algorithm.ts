/**
 * Names that cannot be had behind `-E`, `-A` and `-C`: what could be written instead.
 *
 * @module
 */
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../crypto/algorithm.ts';
import {
  ENCRYPTION_ALGORITHMS,
  encryptionBySetkeyName,
  INTEGRITY_ALGORITHMS,
  integrityBySetkeyName,
} from '../../crypto/registry.ts';
import { COMPRESSION_ALGORITHMS } from '../../ipsec/compression.ts';
import { suggestedFix } from '../suggest.ts';
import { GONE_CIPHERS, GONE_COMPRESSION, GONE_INTEGRITY } from './absent-algorithms.ts';
import type { CompileContext } from './compile-context.ts';
import type { Word } from './syntax.ts';

/** What to have instead of a cipher that cannot be had. */
export const STRONG_CIPHER = 'write aes-cbc and a key of 128, 192 or 256 bits, on both hosts';
const STRONG_INTEGRITY = 'write hmac-sha256 and a key of 256 bits, on both hosts';

/** Reports that `name` is no cipher. */
export function refuseCipher(name: Word, { report }: CompileContext): undefined {
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

/** Reports that `name` is no integrity algorithm. */
export function refuseIntegrity(name: Word, { report }: CompileContext): undefined {
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

/** Reports that `name` is no compression algorithm. */
export function refuseCompressionName(name: Word, { report }: CompileContext): undefined {
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
