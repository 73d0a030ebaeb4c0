/**
 * Algorithms as somebody names them on the command line.
 *
 * @module
 */
import { suggest } from '../../../config/suggest.ts';
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../../crypto/algorithm.ts';
import {
  ENCRYPTION_ALGORITHMS,
  encryptionBySetkeyName,
  INTEGRITY_ALGORITHMS,
  integrityBySetkeyName,
} from '../../../crypto/registry.ts';
import { UsageError } from '../../getopt.ts';

/** The algorithm that setkey calls `name`. Throws `UsageError`, with the one that was meant. */
export function algorithmNamed(name: string): EncryptionAlgorithm | IntegrityAlgorithm {
  const found = encryptionBySetkeyName(name) ?? integrityBySetkeyName(name);
  if (found !== undefined) return found;
  const meant = suggest(name, NAMES);
  const hint = meant === null ? `write one of ${NAMES.join(', ')}` : `write ${meant}`;
  throw new UsageError(`"${name}" is not an algorithm: ${hint}`);
}

const NAMES = [...ENCRYPTION_ALGORITHMS, ...INTEGRITY_ALGORITHMS].map(({ name }) => name);
