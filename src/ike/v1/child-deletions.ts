/**
 * Telling the peer that SAs are no more (RFC 2408 §3.15).
 *
 * @module
 */
import { IPSEC_PROTOCOLS } from '../../ipsec/policy.ts';
import type { PayloadBody } from '../../wire/ikev1/payload-chain.ts';
import type { ChildSa } from '../child-sa.ts';
import { ipsecDeletion } from './informational.ts';
import { PROTOCOL_IDS } from './quick-mode/doi-numbers.ts';
import { spiLength, spiOctets } from './quick-mode/proposal-spi.ts';

/** D payloads for the inbound SAs of `child`: what the peer sends to, and is to send to no more. */
export function childDeletions({ inbound }: Pick<ChildSa, 'inbound'>): readonly PayloadBody[] {
  return IPSEC_PROTOCOLS.flatMap((protocol) => {
    const spis = inbound
      .filter((sa) => sa.protocol === protocol)
      .map(({ spi }) => spiOctets(spi, spiLength(protocol)));
    return spis.length === 0 ? [] : [ipsecDeletion(PROTOCOL_IDS[protocol], spis)];
  });
}
