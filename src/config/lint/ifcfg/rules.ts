/**
 * The rules for the files of an interface. Weak algorithms of manual keys, and ESP without integrity, the
 * reader tells itself.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import type { CheckedIfcfg } from './checked-ifcfg.ts';
import { DUPLICATE_SPI } from './duplicate-spi.ts';
import { LOW_ENTROPY_KEY } from './low-entropy-key.ts';
import { OFFLINE_GUESSING } from './offline-guessing.ts';
import { OPEN_KEYS_FILE } from './open-keys-file.ts';
import { PUBLISHED_KEY } from './published-key.ts';
import { REUSED_KEY } from './reused-key.ts';
import { TEXT_KEY } from './text-key.ts';
import { TWO_KEY_3DES } from './two-key-3des.ts';
import { WEAK_PROPOSAL } from './weak-proposal.ts';
import { WORLD_WRITABLE_FILE } from './world-writable-file.ts';

export const IFCFG_RULES: readonly Rule<CheckedIfcfg>[] = [
  PUBLISHED_KEY,
  LOW_ENTROPY_KEY,
  TEXT_KEY,
  REUSED_KEY,
  TWO_KEY_3DES,
  DUPLICATE_SPI,
  WEAK_PROPOSAL,
  OFFLINE_GUESSING,
  OPEN_KEYS_FILE,
  WORLD_WRITABLE_FILE,
];
