/**
 * What our own configuration comes to for a bundle: for each layer the terms that the initiator offers, and
 * the responder compares with.
 *
 * @module
 */
import { UNLIMITED } from '../../../ipsec/lifetime.ts';
import type { Mode } from '../../../ipsec/policy.ts';
import { MOST_PROPOSALS } from '../../../wire/ikev1/limits.ts';
import type { Bundle } from '../../bundle.ts';
import { type Protection, protectionsOf } from '../../protection.ts';
import type { QuickModePolicy } from '../../quick-mode-policy.ts';
import { doiNumbersOf } from './doi-numbers.ts';
import type { Terms, UdpModes } from './terms.ts';

/** What quick mode has to know beside the SPD and the configuration for some traffic. */
export interface Circumstances {
  /** Whose numbers ESP in UDP has; `null` when no NAT is in between. */
  readonly udp: UdpModes | null;
  /** Whether each layer of a bundle has its own mode, and not all of them that of one tunnel. */
  readonly complexBundles: boolean;
}

export interface OwnTerms {
  readonly protection: Protection;
  readonly terms: Terms;
}

/** For each layer of `bundle` all that it may have, what is preferred first; numbered from 1 by place. */
export function ownTerms(
  bundle: Bundle,
  policy: QuickModePolicy,
  { udp, complexBundles }: Circumstances,
): readonly (readonly OwnTerms[])[] {
  const hasTunnel = bundle.some(({ mode }) => mode === 'tunnel');
  return bundle.map(({ protocol, mode }) => {
    const shared = {
      // Those that know of no modes of single layers take all for a tunnel if one is.
      mode: hasTunnel && !complexBundles ? ('tunnel' satisfies Mode) : mode,
      // AH comes through no NAT, in UDP or not (RFC 3715 §2.1).
      udp: protocol === 'ah' ? null : udp,
      group: policy.pfsGroup?.number ?? null,
      lifetime: { ...UNLIMITED, seconds: policy.lifetimeSeconds },
      extendedSequenceNumbers: false,
    };
    return protectionsOf(protocol, policy)
      .flatMap((protection) => {
        const numbers = doiNumbersOf(protection);
        return numbers === null ? [] : [{ protection, terms: { ...numbers, ...shared } }];
      })
      .slice(0, MOST_PROPOSALS);
  });
}
