/**
 * What the initiator of quick mode offers: one bundle, each layer with every transform that its
 * configuration has (RFC 2408 §4.2), byte for byte as racoon wrote it.
 *
 * @module
 */
import type { Mode } from '../../../ipsec/policy.ts';
import { setU16, setU32 } from '../../../octets/octets.ts';
import { MOST_PROPOSALS } from '../../../wire/ikev1/limits.ts';
import type { Proposal } from '../../../wire/ikev1/proposal.ts';
import type { SecurityAssociation } from '../../../wire/ikev1/security-association.ts';
import type { Transform } from '../../../wire/ikev1/transform.ts';
import type { Bundle, BundleLayer } from '../../bundle.ts';
import { protectionsOf } from '../../protection.ts';
import type { QuickModePolicy } from '../../quick-mode-policy.ts';
import { doiNumbersOf, PROTOCOL_IDS } from './doi-numbers.ts';
import { transformOf, type UdpModes } from './terms.ts';

/** What quick mode has to know beside the configuration for some traffic. */
export interface Circumstances {
  /** Whose numbers ESP in UDP has; `null` when no NAT is in between. */
  readonly udp: UdpModes | null;
  /** Whether each layer of a bundle is offered in its own mode, and not all as one tunnel. */
  readonly complexBundles: boolean;
}

/** There is nothing to offer: why, as a clause. */
export interface NothingToOffer {
  readonly kind: 'nothing-to-offer';
  readonly reason: string;
}

/**
 * The SA payload that asks for `bundle`, with the SPIs that we want for its layers, in their order. The
 * outermost layer comes first, as the packet will have them.
 */
export function offerOf(
  bundle: Bundle,
  spis: readonly number[],
  policy: QuickModePolicy,
  circumstances: Circumstances,
): SecurityAssociation | NothingToOffer {
  const proposals: Proposal[] = [];
  const modes = offeredModes(bundle, circumstances.complexBundles);
  for (const [place, layer] of bundle.entries()) {
    const { protocol } = layer;
    const transforms = transformsOf(layer, modes[place] ?? layer.mode, policy, circumstances.udp);
    if (transforms.length === 0) {
      const reason = `${policy.at.file}:${policy.at.line} has no algorithms for ${protocol}`;
      return { kind: 'nothing-to-offer', reason };
    }
    const protocolId = PROTOCOL_IDS[protocol];
    const spi = spiOctets(spis[place] ?? 0, protocol === 'ipcomp' ? CPI_LENGTH : SPI_LENGTH);
    proposals.unshift({ number: 1, protocolId, spi, transforms });
  }
  if (proposals.length > 0) return { kind: 'security-association', proposals };
  return { kind: 'nothing-to-offer', reason: 'the policy asks for no layer between these peers' };
}

/**
 * The modes that the layers of `bundle` are offered in. Those that do not know of layers with modes of their
 * own take all of them for a tunnel if one is.
 */
export function offeredModes(bundle: Bundle, complexBundles: boolean): readonly Mode[] {
  const hasTunnel = bundle.some(({ mode }) => mode === 'tunnel');
  return bundle.map(({ mode }) => (hasTunnel && !complexBundles ? 'tunnel' : mode));
}

/** `spi` in `length` octets, as proposals have it. */
export function spiOctets(spi: number, length: number): Uint8Array {
  const octets = new Uint8Array(length);
  if (length === CPI_LENGTH) setU16(octets, 0, spi);
  else setU32(octets, 0, spi);
  return octets;
}

function transformsOf(
  { protocol }: BundleLayer,
  mode: Mode,
  policy: QuickModePolicy,
  udp: UdpModes | null,
): readonly Transform[] {
  return protectionsOf(protocol, policy)
    .map(doiNumbersOf)
    .filter((numbers) => numbers !== null)
    .slice(0, MOST_PROPOSALS)
    .map((numbers, place) =>
      transformOf(place + 1, {
        ...numbers,
        mode,
        // AH comes through no NAT, in UDP or not (RFC 3715 §2.1).
        udp: protocol === 'ah' ? null : udp,
        group: policy.pfsGroup?.number ?? null,
        lifetime: { seconds: policy.lifetimeSeconds, octets: 0 },
        extendedSequenceNumbers: false,
      }),
    );
}

/** Of AH and ESP. */
export const SPI_LENGTH = 4;
/** Of IPComp; others send four octets, and must be understood (RFC 3173 §4.1). */
export const CPI_LENGTH = 2;
