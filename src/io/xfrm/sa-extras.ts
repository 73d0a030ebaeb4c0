/**
 * What few SAs have, as the kernel has it, and back: compression, UDP encapsulation, sequence
 * numbers of 64 bits, security contexts.
 *
 * @module
 */
import { ChangeRefused } from '../../ipsec/backend.ts';
import { compressionByLinuxName, isKnownCompression } from '../../ipsec/compression.ts';
import type { NO_EXTRAS, SaParameters, UdpEncapsulation } from '../../ipsec/sa-parameters.ts';
import type { SecurityContext } from '../../ipsec/security-context.ts';
import { emitXfrmAddress, parseXfrmAddress, XFRM_ANY_ADDRESS } from '../../netlink/xfrm-address.ts';
import { XFRM_STATE } from '../../netlink/xfrm-constants.ts';
import { XFRM_ENCAP, type XfrmEncapsulation } from '../../netlink/xfrm-encapsulation.ts';
import type { XfrmNewSa, XfrmSa } from '../../netlink/xfrm-sa.ts';
import { XFRM_NO_SA_OPTIONS } from '../../netlink/xfrm-sa-options.ts';
import type { XfrmSecurityContext } from '../../netlink/xfrm-security-context.ts';

type Extras = Pick<SaParameters, keyof typeof NO_EXTRAS>;

const NO_KEY = new Uint8Array(0);

/** Those of the SA of change `index`; throws `ChangeRefused` for what the kernel cannot hold. */
export function extrasToKernel(
  sa: SaParameters,
  index: number,
): Pick<XfrmNewSa, 'compression' | 'options'> {
  const { compression, encapsulation, securityContext } = sa;
  if (compression !== null && !isKnownCompression(compression)) {
    const reason = `ipseal does not know the compression algorithm ${compression.name}`;
    throw new ChangeRefused(index, 'unsupported', reason);
  }
  return {
    compression: compression && { name: compression.linux, key: NO_KEY },
    options: {
      ...XFRM_NO_SA_OPTIONS,
      encapsulation: encapsulation && encapsulationToKernel(encapsulation),
      securityContext: securityContextToKernel(securityContext),
    },
  };
}

/** The way back; `null` when we have no words for it. */
export function extrasFromKernel(sa: XfrmSa): Extras | null {
  const { compression, flags, options } = sa;
  const encapsulation = encapsulationFromKernel(sa);
  if (encapsulation === undefined) return null;
  return {
    compression: compression && compressionByLinuxName(compression.name),
    encapsulation,
    extendedSequenceNumbers: (flags & XFRM_STATE.ESN) !== 0,
    securityContext: securityContextFromKernel(options.securityContext),
  };
}

/** Of an SA or a policy. */
export function securityContextToKernel(
  context: SecurityContext | null,
): XfrmSecurityContext | null {
  if (context === null) return null;
  return { doi: context.doi, algorithm: context.algorithm, text: context.label };
}

/** The way back. */
export function securityContextFromKernel(
  context: XfrmSecurityContext | null,
): SecurityContext | null {
  if (context === null) return null;
  return { doi: context.doi, algorithm: context.algorithm, label: context.text };
}

function encapsulationToKernel(encapsulation: UdpEncapsulation): XfrmEncapsulation {
  const { sourcePort, destinationPort, originalAddress } = encapsulation;
  return {
    type: XFRM_ENCAP.ESPINUDP,
    sourcePort,
    destinationPort,
    originalAddress: originalAddress === null ? XFRM_ANY_ADDRESS : emitXfrmAddress(originalAddress),
  };
}

/** `undefined` for TCP, and for the marker of 8 octets that was only ever in a draft. */
function encapsulationFromKernel({
  options,
  family,
}: Pick<XfrmSa, 'options' | 'family'>): UdpEncapsulation | null | undefined {
  const { encapsulation } = options;
  if (encapsulation === null) return null;
  if (encapsulation.type !== XFRM_ENCAP.ESPINUDP) return undefined;
  const { sourcePort, destinationPort, originalAddress: octets } = encapsulation;
  const isThere = octets.some((octet) => octet !== 0);
  const originalAddress = isThere ? (parseXfrmAddress(family, octets) ?? null) : null;
  return { sourcePort, destinationPort, originalAddress };
}
