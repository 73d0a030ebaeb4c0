/**
 * What protects one layer: its algorithms, whichever version of IKE they are agreed on in.
 *
 * @module
 */
import type { IntegrityAlgorithm } from '../crypto/algorithm.ts';
import { NULL_INTEGRITY } from '../crypto/null.ts';
import type { CompressionAlgorithm } from '../ipsec/compression.ts';
import type { IpsecProtocol } from '../ipsec/policy.ts';
import { type EspTransform, espTransforms, type QuickModePolicy } from './quick-mode-policy.ts';

export type Protection =
  | ({ readonly protocol: 'esp' } & EspTransform)
  | { readonly protocol: 'ah'; readonly integrity: IntegrityAlgorithm }
  | { readonly protocol: 'ipcomp'; readonly compression: CompressionAlgorithm };

/** What `policy` accepts for a layer of `protocol`, what it prefers first. */
export function protectionsOf(
  protocol: IpsecProtocol,
  policy: QuickModePolicy,
): readonly Protection[] {
  switch (protocol) {
    case 'esp':
      return espTransforms(policy).map((transform) => ({ protocol, ...transform }));
    case 'ah':
      return policy.integrity
        .filter((integrity) => integrity !== NULL_INTEGRITY)
        .map((integrity) => ({ protocol, integrity }));
    case 'ipcomp':
      return policy.compression.map((compression) => ({ protocol, compression }));
  }
}
