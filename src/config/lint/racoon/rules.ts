/**
 * The rules for a racoon.conf. Weak algorithms and groups, and pre-shared
 * keys in aggressive mode, the compiler tells itself.
 *
 * @module
 */
import type { Rule } from '../rule.ts';
import { CERTIFICATE_UNVERIFIED } from './certificate-unverified.ts';
import type { CheckedRacoon } from './checked-racoon.ts';
import { MISSING_SAINFO } from './missing-sainfo.ts';
import { POLICY_FOR_ANYBODY } from './policy-for-anybody.ts';
import { PROPOSAL_OBEY } from './proposal-obey.ts';
import { UNREACHABLE_PEER } from './unreachable-peer.ts';
import { UNUSED_SAINFO } from './unused-sainfo.ts';
import { UNWISE_LIFETIME } from './unwise-lifetime.ts';

export const RACOON_RULES: readonly Rule<CheckedRacoon>[] = [
  PROPOSAL_OBEY,
  POLICY_FOR_ANYBODY,
  CERTIFICATE_UNVERIFIED,
  UNREACHABLE_PEER,
  MISSING_SAINFO,
  UNUSED_SAINFO,
  UNWISE_LIFETIME,
];
