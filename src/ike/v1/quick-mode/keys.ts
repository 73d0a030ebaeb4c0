/**
 * The keys of the SAs that quick mode makes (RFC 2409 §5.5).
 *
 * @module
 */
import type { HashAlgorithm } from '../../../crypto/hash-algorithm.ts';
import { Secret } from '../../../crypto/secret.ts';
import type { KeySource } from '../../sas.ts';
import { deriveKeymat, type KeymatInputs } from '../key-material.ts';
import { PROTOCOL_IDS } from './doi-numbers.ts';
import { spiLength, spiOctets } from './proposal-spi.ts';

/** What KEYMAT of every SA comes of: the nonces, and what the exchange of public values came to. */
export type QuickModeSecrets = Pick<KeymatInputs, 'gxy' | 'Ni' | 'Nr'>;

/** KEYMAT under `SKEYID_d`. Each SA has that of the SPI which its receiver chose. */
export function quickModeKeys(
  hash: HashAlgorithm,
  SKEYID_d: Secret,
  secrets: QuickModeSecrets,
): KeySource {
  return ({ layer: { protocol }, inboundSpi, outboundSpi }, direction, length) => {
    if (length === 0) return new Secret(new Uint8Array(0));
    const spi = direction === 'inbound' ? inboundSpi : outboundSpi;
    const octets = spiOctets(spi, spiLength(protocol));
    const inputs = { ...secrets, protocolId: PROTOCOL_IDS[protocol], spi: octets };
    return deriveKeymat(hash, SKEYID_d, inputs, length);
  };
}
