/**
 * The rules for a racoon.conf. Weak algorithms and groups, and pre-shared
 * keys in aggressive mode, the compiler tells itself.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import { CERTIFICATE_UNVERIFIED } from './certificate-unverified.ts';
import type { CheckedRacoon } from './checked-racoon.ts';
import { POLICY_FOR_ANYBODY } from './policy-for-anybody.ts';
import { PROPOSAL_OBEY } from './proposal-obey.ts';

export const RACOON_RULES: readonly Rule<CheckedRacoon>[] = [
  PROPOSAL_OBEY,
  POLICY_FOR_ANYBODY,
  CERTIFICATE_UNVERIFIED,
];
