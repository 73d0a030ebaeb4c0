/**
 * What the initiator of quick mode offers: one bundle, each layer with every transform that its
 * configuration has (RFC 2408 §4.2), byte for byte as racoon wrote it.
 *
 * @module
 */
import type { Proposal } from '../../../wire/ikev1/proposal.ts';
import type { SecurityAssociation } from '../../../wire/ikev1/security-association.ts';
import type { Bundle } from '../../bundle.ts';
import type { QuickModePolicy } from '../../quick-mode-policy.ts';
import { PROTOCOL_IDS } from './doi-numbers.ts';
import { type Circumstances, ownTerms } from './own-terms.ts';
import { spiLength, spiOctets } from './proposal-spi.ts';
import { transformOf } from './terms.ts';

/** There is nothing to offer: why, as a clause. */
export interface NothingToOffer {
  readonly kind: 'nothing-to-offer';
  readonly reason: string;
}

/**
 * The SA payload that asks for `bundle`, with the SPIs that we want for its layers, in their order. The
 * outermost layer comes first, as in the packet.
 */
export function offerOf(
  bundle: Bundle,
  spis: readonly number[],
  policy: QuickModePolicy,
  circumstances: Circumstances,
): SecurityAssociation | NothingToOffer {
  const own = ownTerms(bundle, policy, circumstances);
  const proposals: Proposal[] = [];
  for (const [place, { protocol }] of bundle.entries()) {
    const terms = own[place] ?? [];
    if (terms.length === 0) {
      const reason = `${policy.at.file}:${policy.at.line} has no algorithm for ${protocol}`;
      return { kind: 'nothing-to-offer', reason };
    }
    proposals.unshift({
      number: 1,
      protocolId: PROTOCOL_IDS[protocol],
      spi: spiOctets(spis[place] ?? 0, spiLength(protocol)),
      transforms: terms.map((each, k) => transformOf(k + 1, each.terms)),
    });
  }
  if (proposals.length > 0) return { kind: 'security-association', proposals };
  return { kind: 'nothing-to-offer', reason: 'the policy asks for no layer between these peers' };
}
