/**
 * What the initiator of quick mode makes of the answer to its offer: it must be one of what was offered
 * (RFC 2408 §4.2).
 *
 * @module
 */
import { DH_GROUPS } from '../../../crypto/dh-group.ts';
import { Malformed } from '../../../octets/malformed.ts';
import type { SecurityAssociation } from '../../../wire/ikev1/security-association.ts';
import type { AgreedLayer, Agreement } from '../../agreement.ts';
import type { Acceptance } from './choose.ts';
import { offeredBundles, type Pairing, pairingsOf, protocolsOf } from './offered-bundle.ts';
import { type OwnTerms, ownTerms } from './own-terms.ts';
import { readSpi } from './proposal-spi.ts';
import { readTerms, type Terms } from './terms.ts';

/** The answer is none to what we offered: why, as a clause. */
export interface WrongAnswer {
  readonly kind: 'wrong-answer';
  readonly reason: string;
}

/**
 * What `answer` agrees to. `acceptance` is what the offer was made from, and `spis` are those that it had.
 */
export function acceptAnswer(
  answer: SecurityAssociation,
  acceptance: Acceptance,
  spis: readonly number[],
): Agreement | WrongAnswer {
  const { bundle, policy } = acceptance;
  const [proposals = [], ...others] = offeredBundles(answer);
  if (others.length > 0) return wrong('the peer chose several proposals of ours');
  const pairings = pairingsOf(bundle, proposals);
  if (pairings === null) {
    return wrong(
      `the peer chose ${protocolsOf(proposals) || 'nothing'}, which is not what we offered`,
    );
  }
  const own = ownTerms(bundle, policy, acceptance);
  const layers: AgreedLayer[] = [];
  for (const [place, pairing] of pairings.entries()) {
    const found = acceptLayer(pairing, own[place] ?? [], acceptance, spis[place] ?? 0);
    if ('kind' in found) return found;
    layers.push(found);
  }
  const group = DH_GROUPS.find(({ number }) => number === policy.pfsGroup?.number) ?? null;
  return { layers, group };
}

function acceptLayer(
  { layer, proposal }: Pairing,
  own: readonly OwnTerms[],
  { check }: Acceptance,
  inboundSpi: number,
): AgreedLayer | WrongAnswer {
  const { protocol } = layer;
  const [transform, ...others] = proposal.transforms;
  if (transform === undefined || others.length > 0) {
    return wrong(
      `the peer chose ${proposal.transforms.length} transforms for ${protocol}, not one`,
    );
  }
  const outboundSpi = readSpi(protocol, proposal.spi);
  if (outboundSpi === null) return wrong(`the peer's SPI for ${protocol} is none`);
  const terms = readTerms(transform);
  if (terms instanceof Malformed) return wrong(`the peer's ${terms}`);
  const offered = own.find((each) => isSame(each.terms, terms));
  if (offered === undefined) return wrong(`the peer changed what we offered for ${protocol}`);
  const { seconds } = offered.terms.lifetime;
  // Not RFC: nothing may be changed; but who answers with a shorter life than was offered does no harm.
  const longest = check === 'obey' ? terms.lifetime.seconds : seconds;
  if (
    terms.lifetime.seconds > longest ||
    (check === 'exact' && terms.lifetime.seconds !== seconds)
  ) {
    return wrong(
      `the peer made the lifetime ${terms.lifetime.seconds} s, and we offered ${seconds} s`,
    );
  }
  return {
    layer,
    protection: offered.protection,
    inUdp: protocol === 'esp' && terms.udp !== null,
    extendedSequenceNumbers: false,
    lifetime: terms.lifetime,
    inboundSpi,
    outboundSpi,
  };
}

/** Whether both say the same, but for lifetimes. Numbers of transforms are labels. */
function isSame(a: Terms, b: Terms): boolean {
  return (
    a.transformId === b.transformId &&
    a.authentication === b.authentication &&
    a.keyLength === b.keyLength &&
    a.mode === b.mode &&
    a.udp === b.udp &&
    a.group === b.group &&
    a.extendedSequenceNumbers === b.extendedSequenceNumbers
  );
}

function wrong(reason: string): WrongAnswer {
  return { kind: 'wrong-answer', reason };
}
