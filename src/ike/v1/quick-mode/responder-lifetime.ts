/**
 * RESPONDER-LIFETIME (RFC 2407 §4.6.3.1): that SAs live less long than the initiator offered.
 *
 * @module
 */
import type { Lifetime } from '../../../ipsec/lifetime.ts';
import { Malformed, type Parsed } from '../../../octets/malformed.ts';
import { emitDataAttributes, parseDataAttributes } from '../../../wire/ikev1/data-attribute.ts';
import { DOI } from '../../../wire/ikev1/ipsec-doi.ts';
import { NOTIFY, type Notification } from '../../../wire/ikev1/notification.ts';
import type { Agreement } from '../../agreement.ts';
import { PROTOCOL_IDS } from './doi-numbers.ts';
import { spiLength, spiOctets } from './proposal-spi.ts';
import { lifeAttributes, readLifetime } from './terms.ts';

/** What tells the peer, for each layer by the SPI that we receive under, the outermost first. */
export function responderLifetimes({ layers }: Agreement): readonly Notification[] {
  return layers
    .map(
      ({ layer: { protocol }, inboundSpi, lifetime }): Notification => ({
        kind: 'notification',
        doi: DOI.IPSEC,
        protocolId: PROTOCOL_IDS[protocol],
        spi: spiOctets(inboundSpi, spiLength(protocol)),
        type: NOTIFY.RESPONDER_LIFETIME,
        data: emitDataAttributes(lifeAttributes(lifetime)),
      }),
    )
    .reverse();
}

/** The lifetime that `notification`, a RESPONDER-LIFETIME, tells; 0 is what it does not limit. */
export function parseResponderLifetime({ data }: Notification): Parsed<Lifetime> {
  const attributes = parseDataAttributes(data);
  return attributes instanceof Malformed ? attributes : readLifetime(attributes);
}

/** `agreement` with nothing that lives longer than `told`: what a peer tells can only shorten a life. */
export function shortened(agreement: Agreement, told: Lifetime): Agreement {
  const shorter = (ours: number, theirs: number): number =>
    ours === 0 || theirs === 0 ? ours || theirs : Math.min(ours, theirs);
  const layers = agreement.layers.map((each) => ({
    ...each,
    lifetime: {
      ...each.lifetime,
      seconds: shorter(each.lifetime.seconds, told.seconds),
      octets: shorter(each.lifetime.octets, told.octets),
    },
  }));
  return { ...agreement, layers };
}
