/**
 * The layers that an initiator asks for, where no policy of ours says which there should be
 * (`generate_policy`).
 *
 * @module
 */
import { Malformed } from '../../../octets/malformed.ts';
import type { SecurityAssociation } from '../../../wire/ikev1/security-association.ts';
import type { Bundle, Ends } from '../../bundle.ts';
import { protocolOf } from './doi-numbers.ts';
import { offeredBundles } from './offered-bundle.ts';
import { readTerms } from './terms.ts';

/** The layers of the first proposals of `offer`, innermost first; all of one `reqid`. */
export function bundleAskedFor(offer: SecurityAssociation, ends: Ends, reqid: number): Bundle {
  const [proposals = []] = offeredBundles(offer);
  return proposals
    .flatMap(({ protocolId, transforms: [transform] }) => {
      const protocol = protocolOf(protocolId);
      const terms = transform && readTerms(transform);
      if (protocol === undefined || terms === undefined || terms instanceof Malformed) return [];
      const reqids = { outboundReqid: reqid, inboundReqid: reqid };
      return [{ protocol, mode: terms.mode, ...ends, ...reqids }];
    })
    .reverse();
}
