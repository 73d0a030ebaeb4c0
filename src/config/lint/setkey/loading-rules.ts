/**
 * The rules that are asked whenever a setkey file is loaded, and what they find told as warnings: each
 * is about packets that are not protected as the file makes believe, or not carried at all. What is
 * about the quality of keys and the file itself, `ipseal check` alone tells.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import { COUNTER_MODE_WITH_STATIC_KEY } from './counter-mode-with-static-key.ts';
import { ESP_WITHOUT_INTEGRITY } from './esp-without-integrity.ts';
import type { LoadedSetkey } from './loaded-setkey.ts';
import { MISSING_INBOUND_POLICY } from './missing-inbound-policy.ts';
import { MISSING_OUTBOUND_POLICY } from './missing-outbound-policy.ts';
import { POLICY_WITHOUT_SA } from './policy-without-sa.ts';
import { REPLAY_WITHOUT_INTEGRITY } from './replay-without-integrity.ts';
import { WEAK_ALGORITHM } from './weak-algorithm.ts';

export const LOADING_RULES: readonly Rule<LoadedSetkey>[] = [
  MISSING_INBOUND_POLICY,
  MISSING_OUTBOUND_POLICY,
  POLICY_WITHOUT_SA,
  ESP_WITHOUT_INTEGRITY,
  REPLAY_WITHOUT_INTEGRITY,
  COUNTER_MODE_WITH_STATIC_KEY,
  WEAK_ALGORITHM,
];
