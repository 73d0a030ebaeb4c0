/**
 * What the responder of quick mode takes of an offer (RFC 2408 §4.2): the first proposals, and of each
 * the first transform, that will do; and the SA payload that says so.
 *
 * @module
 */
import { DH_GROUPS, type DhGroup } from '../../../crypto/dh-group.ts';
import { toHex } from '../../../octets/hex.ts';
import { Malformed } from '../../../octets/malformed.ts';
import type { Proposal } from '../../../wire/ikev1/proposal.ts';
import type { SecurityAssociation } from '../../../wire/ikev1/security-association.ts';
import type { Agreement, LayerTerms } from '../../agreement.ts';
import type { Bundle } from '../../bundle.ts';
import type { ProposalCheck } from '../../peer.ts';
import type { QuickModePolicy } from '../../quick-mode-policy.ts';
import { compareTerms, type Match } from './comparison.ts';
import { offeredBundles, type Pairing, pairingsOf, protocolsOf } from './offered-bundle.ts';
import { type Circumstances, type OwnTerms, ownTerms } from './own-terms.ts';
import { readSpi, spiOctets } from './proposal-spi.ts';
import {
  cellsOf,
  type Difference,
  groupName,
  type NoProposalChosen,
  type OfferedRow,
} from './proposal-table.ts';
import { readTerms, type Terms } from './terms.ts';

/** What we accept. */
export interface Acceptance extends Circumstances {
  /** Not empty. */
  readonly bundle: Bundle;
  readonly policy: QuickModePolicy;
  readonly check: ProposalCheck;
}

export interface ChosenLayer extends LayerTerms {
  readonly outboundSpi: number;
  /** As it was offered, but for the other transforms. */
  readonly proposal: Proposal;
  /** Which of the proposals of its number it was. */
  readonly place: number;
}

/** What is agreed on as soon as we have SPIs of our own. */
export interface Choice {
  readonly kind: 'choice';
  /** Innermost first. */
  readonly layers: readonly ChosenLayer[];
  /** `null` is without perfect forward secrecy. */
  readonly group: DhGroup | null;
  /** Whether the peer is to be told that SAs live less long than it offered (RESPONDER-LIFETIME). */
  readonly shortened: boolean;
}

/** What we take of `offer`; or all of it beside what we would have taken. */
export function chooseProposals(
  offer: SecurityAssociation,
  acceptance: Acceptance,
): Choice | NoProposalChosen {
  const own = ownTerms(acceptance.bundle, acceptance.policy, acceptance);
  const rows: OfferedRow[] = [];
  for (const proposals of offeredBundles(offer)) {
    const choice = chooseBundle(proposals, own, acceptance, rows);
    if (choice !== null) return choice;
  }
  const accepted = own
    .toReversed()
    .flatMap((layer) => layer.map(({ protection, terms }) => cellsOf(protection.protocol, terms)));
  return { kind: 'no-proposal-chosen', offered: rows.slice(0, MOST_ROWS), accepted };
}

/** The SA payload that answers an offer, with an SPI of ours for each layer, in their order. */
export function answerOf({ layers }: Choice, spis: readonly number[]): SecurityAssociation {
  const proposals = layers
    .map(({ proposal, place }, layer) => {
      const spi = spiOctets(spis[layer] ?? 0, proposal.spi.length);
      return { place, proposal: { ...proposal, spi } };
    })
    .sort((a, b) => a.place - b.place)
    .map(({ proposal }) => proposal);
  return { kind: 'security-association', proposals };
}

/** What `choice` comes to with an SPI of ours for each layer, in their order. */
export function agreementOf({ layers, group }: Choice, spis: readonly number[]): Agreement {
  return {
    layers: layers.map(({ proposal: _, place: __, ...terms }, layer) => ({
      ...terms,
      inboundSpi: spis[layer] ?? 0,
    })),
    group,
  };
}

/** Notes what will not do in `rows`. */
function chooseBundle(
  proposals: readonly Proposal[],
  own: readonly (readonly OwnTerms[])[],
  acceptance: Acceptance,
  rows: OfferedRow[],
): Choice | null {
  const { bundle } = acceptance;
  const number = proposals[0]?.number ?? 0;
  const pairings = pairingsOf(bundle, proposals);
  if (pairings === null) {
    const accepted = bundle
      .map(({ protocol }) => protocol)
      .reverse()
      .join(' + ');
    const offered = protocolsOf(proposals);
    rows.push(wholeRow(number, { what: 'protocols', offered, accepted, at: null }));
    return null;
  }
  const chosen = pairings.map((pairing, layer) =>
    chooseTransform(pairing, own[layer] ?? [], acceptance, rows),
  );
  const taken = chosen.filter((each) => each !== null);
  if (taken.length < chosen.length) return null;
  const groups = new Set(taken.map(({ terms }) => terms.group));
  if (groups.size > 1) {
    // RFC 2409 §5.5: there is one KE payload, for all of them
    const offered = [...groups].map(groupName).join(' and ');
    const accepted = 'the same for all layers';
    rows.push(wholeRow(number, { what: 'pfs group', offered, accepted, at: null }));
    return null;
  }
  const [wanted = null] = groups;
  return {
    kind: 'choice',
    layers: taken.map(({ layer }) => layer),
    group: DH_GROUPS.find((group) => group.number === wanted) ?? null,
    shortened: taken.some(({ match }) => match.shortened),
  };
}

interface Taken {
  readonly layer: ChosenLayer;
  readonly terms: Terms;
  readonly match: Match;
}

/** The first transform of the proposal that will do. */
function chooseTransform(
  { layer, proposal, place }: Pairing,
  own: readonly OwnTerms[],
  { policy, check }: Acceptance,
  rows: OfferedRow[],
): Taken | null {
  const { number } = proposal;
  const outboundSpi = readSpi(layer.protocol, proposal.spi);
  if (outboundSpi === null) {
    const offered = proposal.spi.length === 0 ? 'none' : `0x${toHex(proposal.spi)}`;
    const accepted = 'one that packets can have';
    rows.push(wholeRow(number, { what: 'spi', offered, accepted, at: null }));
    return null;
  }
  for (const transform of proposal.transforms) {
    const terms = readTerms(transform);
    if (terms instanceof Malformed) {
      const difference = {
        what: 'attributes',
        offered: terms.why,
        accepted: 'those of RFC 2407 §4.5',
      } as const;
      rows.push({
        proposal: number,
        transform: transform.number,
        cells: null,
        difference: { ...difference, at: null },
      });
      continue;
    }
    const match = compareTerms(terms, own, policy, check);
    const fits = 'kind' in match;
    rows.push({
      proposal: number,
      transform: transform.number,
      cells: cellsOf(layer.protocol, terms),
      difference: fits ? null : match,
    });
    if (!fits) continue;
    const { protection, lifetime } = match;
    const { extendedSequenceNumbers } = terms;
    const inUdp = layer.protocol === 'esp' && terms.udp !== null;
    const chosen = { layer, protection, inUdp, extendedSequenceNumbers, lifetime, outboundSpi };
    const alone = { ...proposal, transforms: [transform] };
    return { layer: { ...chosen, proposal: alone, place }, terms, match };
  }
  return null;
}

/** A row about all proposals of a number. */
function wholeRow(proposal: number, difference: Difference): OfferedRow {
  return { proposal, transform: null, cells: null, difference };
}

/** More rows than that help nobody, and a peer could have us write thousands. */
const MOST_ROWS = 64;
