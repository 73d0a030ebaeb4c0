/**
 * What is to be negotiated in quick mode for some traffic.
 *
 * @module
 */
import {
  type EncryptionAlgorithm,
  type IntegrityAlgorithm,
  isCounterMode,
} from '../crypto/algorithm.ts';
import type { DhGroup } from '../crypto/dh-group.ts';
import { NULL, NULL_INTEGRITY } from '../crypto/null.ts';
import type { CompressionAlgorithm } from '../ipsec/compression.ts';
import type { Identity, TrafficIdentity } from './identity.ts';
import type { Origin, Origins } from './origin.ts';

/** A cipher and the length of its key. */
export interface EncryptionChoice {
  readonly algorithm: EncryptionAlgorithm;
  /** With the nonce, where the cipher takes one with its key; 0 where there is no key. */
  readonly keyBits: number;
}

/** A `sainfo` of racoon.conf. Whether ESP, AH or IPComp is asked for is the SPD's to say. */
export interface QuickModePolicy {
  readonly local: TrafficIdentity | 'anonymous';
  /** `client-address` is the one that the peer was given, or else the one it speaks from. */
  readonly remote: TrafficIdentity | 'anonymous' | 'client-address';
  /** The peer's identity in phase 1; `null` is any. */
  readonly from: Identity | null;
  /** The group of people that must have logged in; `null` is none. */
  readonly group: string | null;
  /** The `phase1Id` of the peers that it is for. */
  readonly remoteId: number;
  /** `null` is no perfect forward secrecy of ours. */
  readonly pfsGroup: DhGroup | null;
  readonly lifetimeSeconds: number;
  /** Each list is in the order of preference, and none is empty. */
  readonly encryption: readonly EncryptionChoice[];
  readonly integrity: readonly IntegrityAlgorithm[];
  readonly compression: readonly CompressionAlgorithm[];
  readonly at: Origin;
  readonly origins: Origins;
}

/** One transform of ESP. */
export interface EspTransform extends EncryptionChoice {
  /** `NULL_INTEGRITY` where there is none. */
  readonly integrity: IntegrityAlgorithm;
}

/**
 * The transforms to offer for ESP: each cipher with each integrity algorithm, ciphers first. An AEAD goes
 * alone; what would protect nothing, or let anybody change it, is left out.
 */
export function espTransforms(policy: QuickModePolicy): readonly EspTransform[] {
  return policy.encryption.flatMap((choice) => {
    if (choice.algorithm.kind === 'aead') return [{ ...choice, integrity: NULL_INTEGRITY }];
    // RFC 4303 §3.2, RFC 3686 §3.3
    const needsIntegrity = choice.algorithm === NULL || isCounterMode(choice.algorithm);
    return policy.integrity
      .filter((integrity) => !needsIntegrity || integrity !== NULL_INTEGRITY)
      .map((integrity) => ({ ...choice, integrity }));
  });
}

/** How sure it is that a policy is meant for what it matches: the larger is asked first. */
export function specificity(policy: QuickModePolicy): number {
  return (
    (policy.remoteId === 0 ? 0 : 3) +
    (policy.from === null ? 0 : 3) +
    (policy.local === 'anonymous' ? 0 : 1) +
    (policy.remote === 'anonymous' ? 0 : 1)
  );
}
