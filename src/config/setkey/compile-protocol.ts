/**
 * Which of `-E`, `-A` and `-C` an SA of each protocol has, and what goes together.
 *
 * @module
 */
import { type EncryptionAlgorithm, isCounterMode } from '../../crypto/algorithm.ts';
import { compressionByName } from '../../ipsec/compression.ts';
import type { IpsecProtocol } from '../../ipsec/policy.ts';
import { authenticates } from '../../ipsec/sa-parameters.ts';
import type { Report } from '../diagnostic.ts';
import {
  compileEncryption,
  compileIntegrity,
  isNull,
  type SaAlgorithms,
} from './compile-algorithm.ts';
import type { CompileContext } from './compile-context.ts';
import { expectedIntegrity, refuseCompressionName } from './refuse-algorithm.ts';
import type { AddStatement } from './syntax.ts';

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
