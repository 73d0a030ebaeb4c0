/**
 * Offers as they come: the proposals of one number, which belong together (RFC 2408 §4.2), and which of
 * them is for which layer of ours.
 *
 * @module
 */
import { Malformed } from '../../../octets/malformed.ts';
import type { Proposal } from '../../../wire/ikev1/proposal.ts';
import type { SecurityAssociation } from '../../../wire/ikev1/security-association.ts';
import type { Bundle, BundleLayer } from '../../bundle.ts';
import type { Ends } from '../../path.ts';
import { PROTOCOL_IDS, protocolOf } from './doi-numbers.ts';
import { readTerms } from './terms.ts';

/** The proposals of each number, in the order in which the numbers come. */
export function offeredBundles({
  proposals,
}: SecurityAssociation): readonly (readonly Proposal[])[] {
  const byNumber = new Map<number, Proposal[]>();
  for (const proposal of proposals) {
    const same = byNumber.get(proposal.number);
    if (same === undefined) byNumber.set(proposal.number, [proposal]);
    else same.push(proposal);
  }
  return [...byNumber.values()];
}

/** A layer of ours and the proposal that is for it. */
export interface Pairing {
  readonly layer: BundleLayer;
  readonly proposal: Proposal;
  /** Which of the proposals of its number it is. */
  readonly place: number;
}

/**
 * The proposal for each layer of `bundle`, innermost first; `null` unless every layer has one and every
 * proposal a layer. The order of proposals means nothing, but where two are of one protocol the outer one is
 * first.
 */
export function pairingsOf(
  bundle: Bundle,
  proposals: readonly Proposal[],
): readonly Pairing[] | null {
  if (bundle.length !== proposals.length) return null;
  const left = [...proposals.entries()];
  const pairings: Pairing[] = [];
  for (const layer of bundle.toReversed()) {
    const wanted = PROTOCOL_IDS[layer.protocol];
    const at = left.findIndex(([, { protocolId }]) => protocolId === wanted);
    const [found] = at === -1 ? [] : left.splice(at, 1);
    if (found === undefined) return null;
    const [place, proposal] = found;
    pairings.unshift({ layer, proposal, place });
  }
  return pairings;
}

/**
 * The layers that each of the bundles of `offer` asks for between `ends`, for a peer that may have its way
 * (`generate_policy`): SAs of both directions have `reqid`. Bundles with a protocol twice, or with one that
 * nobody here knows, are left out.
 */
export function bundlesOffered(
  offer: SecurityAssociation,
  ends: Ends,
  reqid: number,
  complexBundles: boolean,
): readonly Bundle[] {
  return offeredBundles(offer).flatMap((proposals) => {
    const bundle: BundleLayer[] = [];
    for (const { protocolId, transforms } of proposals.toReversed()) {
      const protocol = protocolOf(protocolId);
      const terms = transforms.map(readTerms).find((each) => !(each instanceof Malformed));
      if (protocol === undefined || terms === undefined || terms instanceof Malformed) return [];
      if (bundle.some((layer) => layer.protocol === protocol)) return [];
      // All layers of one tunnel say that they are it; the innermost is.
      const mode = complexBundles || bundle.length === 0 ? terms.mode : 'transport';
      const { local, remote } = ends;
      bundle.push({ protocol, mode, local, remote, outboundReqid: reqid, inboundReqid: reqid });
    }
    return [bundle];
  });
}

/** `ah + esp`, the outermost first, for people. */
export function protocolsOf(proposals: readonly Proposal[]): string {
  return proposals
    .map(({ protocolId }) => protocolOf(protocolId) ?? `protocol ${protocolId}`)
    .join(' + ');
}
