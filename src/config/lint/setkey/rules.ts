/**
 * The rules that `ipseal check` asks of a setkey file, in the order of their table.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import type { CheckedSetkey } from './checked-setkey.ts';
import { DUPLICATE_POLICY } from './duplicate-policy.ts';
import { DUPLICATE_SA } from './duplicate-sa.ts';
import { HEX_IN_QUOTES } from './hex-in-quotes.ts';
import { LOADING_RULES } from './loading-rules.ts';
import { LOCK_OUT } from './lock-out.ts';
import { LOW_ENTROPY_KEY } from './low-entropy-key.ts';
import { MISSING_FLUSH } from './missing-flush.ts';
import { MISSING_FORWARD_POLICY } from './missing-forward-policy.ts';
import { MIXED_ICV_LENGTH } from './mixed-icv-length.ts';
import { OPTIONAL_PROTECTION } from './optional-protection.ts';
import { OVERLAPPING_POLICIES } from './overlapping-policies.ts';
import { PUBLISHED_KEY } from './published-key.ts';
import { REPLAY_WINDOW_OFF } from './replay-window-off.ts';
import { REUSED_KEY } from './reused-key.ts';
import { SA_WITHOUT_POLICY } from './sa-without-policy.ts';
import { SHADOWED_POLICY } from './shadowed-policy.ts';
import { TEXT_KEY } from './text-key.ts';
import { TWO_KEY_3DES } from './two-key-3des.ts';
import { WORLD_READABLE_KEYS } from './world-readable-keys.ts';
import { WORLD_WRITABLE_FILE } from './world-writable-file.ts';

/** Those first that `setkey` asks, too, whenever it loads a file. */
export const SETKEY_RULES: readonly Rule<CheckedSetkey>[] = [
  ...LOADING_RULES,
  MISSING_FORWARD_POLICY,
  OPTIONAL_PROTECTION,
  SHADOWED_POLICY,
  OVERLAPPING_POLICIES,
  LOCK_OUT,
  SA_WITHOUT_POLICY,
  DUPLICATE_SA,
  DUPLICATE_POLICY,
  MISSING_FLUSH,
  PUBLISHED_KEY,
  LOW_ENTROPY_KEY,
  HEX_IN_QUOTES,
  TEXT_KEY,
  REUSED_KEY,
  TWO_KEY_3DES,
  MIXED_ICV_LENGTH,
  REPLAY_WINDOW_OFF,
  WORLD_READABLE_KEYS,
  WORLD_WRITABLE_FILE,
];
