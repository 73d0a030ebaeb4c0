/**
 * Negotiation of NAT traversal in phase 1 (RFC 3947): who can do it, and whether there is a NAT.
 *
 * @module
 */
import type { HashAlgorithm } from '../../crypto/hash-algorithm.ts';
import { digest } from '../../crypto/prf.ts';
import { concatenate, sameOctets, setU16 } from '../../octets/octets.ts';
import { emitNatDetection, type NatDetection } from '../../wire/ikev1/nat-detection.ts';
import type { PayloadBody } from '../../wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../wire/ikev1/payload-type.ts';
import { VENDOR_ID } from '../../wire/ikev1/vendor-id.ts';
import type { Path, UdpAddress } from '../path.ts';
import type { Cookies } from './key-material.ts';

/** A version of NAT traversal: the payloads and numbers of the RFC, or of the drafts before it. */
export type NatTraversalVersion = 'rfc' | 'draft';

/** Which vendor ID says which version; the best comes first. draft-00 has other payloads: not spoken. */
export const NAT_TRAVERSAL_VENDOR_IDS = [
  { vendorId: VENDOR_ID.NAT_TRAVERSAL, version: 'rfc' },
  { vendorId: VENDOR_ID.NAT_TRAVERSAL_DRAFT_03, version: 'draft' },
  { vendorId: VENDOR_ID.NAT_TRAVERSAL_DRAFT_02_LF, version: 'draft' },
  { vendorId: VENDOR_ID.NAT_TRAVERSAL_DRAFT_02, version: 'draft' },
] as const;

/** On which side something changes addresses or ports. */
export interface NatSituation {
  readonly local: boolean;
  readonly remote: boolean;
}

export const NO_NAT: NatSituation = { local: false, remote: false };

/**
 * NAT-D payloads (RFC 3947 §3.2): the remote end's, then our own; a wrong one for ourselves when
 * `pretend` says that a NAT is to be suspected.
 */
export function natDetectionPayloads(
  hash: HashAlgorithm,
  cookies: Cookies,
  { local, remote }: Path,
  version: NatTraversalVersion,
  pretend: boolean,
): readonly PayloadBody[] {
  const type = version === 'rfc' ? IKEV1_PAYLOAD.NAT_D : IKEV1_PAYLOAD.NAT_D_DRAFT;
  const own = pretend ? { ...local, port: 0 } : local;
  return [remote, own].map((end) => ({
    type,
    body: emitNatDetection({
      kind: 'nat-detection',
      data: natDetectionHash(hash, cookies, end),
    }),
  }));
}

/**
 * What the peer's NAT-D payloads say (§3.2): the first is about us, the others are about the peer, who may
 * have several addresses. Without any, there is nothing to be known: no NAT.
 */
export function natSituation(
  hash: HashAlgorithm,
  cookies: Cookies,
  { local, remote }: Path,
  received: readonly NatDetection[],
): NatSituation {
  const [ofLocal, ...ofRemote] = received;
  if (ofLocal === undefined || ofRemote.length === 0) return NO_NAT;
  const expected = natDetectionHash(hash, cookies, remote);
  return {
    local: !sameOctets(ofLocal.data, natDetectionHash(hash, cookies, local)),
    remote: !ofRemote.some(({ data }) => sameOctets(data, expected)),
  };
}

/** `HASH(CKY-I | CKY-R | IP | Port)` (§3.2). */
function natDetectionHash(
  hash: HashAlgorithm,
  { CKY_I, CKY_R }: Cookies,
  { address, port }: UdpAddress,
): Uint8Array {
  const portOctets = new Uint8Array(2);
  setU16(portOctets, 0, port);
  return digest(hash, [concatenate([CKY_I, CKY_R, address.octets, portOctets])]);
}
