/**
 * What both ends can do beyond the RFCs of IKE, as their vendor IDs say.
 *
 * @module
 */
import { concatenate, sameOctets } from '../../octets/octets.ts';
import type { PayloadBody } from '../../wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../wire/ikev1/payload-type.ts';
import { knownVendorId, VENDOR_ID, type VendorId } from '../../wire/ikev1/vendor-id.ts';
import type { Peer } from '../peer.ts';
import { NAT_TRAVERSAL_VENDOR_IDS, type NatTraversalVersion } from './nat-traversal.ts';

/** What was said in the first messages of phase 1. */
export interface Capabilities {
  /** `null` without NAT traversal. */
  readonly natTraversal: NatTraversalVersion | null;
  readonly fragmentation: boolean;
  readonly deadPeerDetection: boolean;
  readonly xauth: boolean;
  /** Of Cisco: attributes of its own in mode config. */
  readonly unity: boolean;
}

/** The vendor IDs that we begin with at `peer`. */
export function offeredVendorIds(peer: Peer): readonly PayloadBody[] {
  return [
    ...(usesXauth(peer) ? [VENDOR_ID.XAUTH.octets] : []),
    ...(peer.modeConfig ? [UNITY] : []),
    ...(peer.natTraversal === 'off'
      ? []
      : NAT_TRAVERSAL_VENDOR_IDS.map(({ vendorId }) => vendorId.octets)),
    ...(peer.ikeFragmentation === 'off' ? [] : [FRAGMENTATION]),
    ...(peer.deadPeerDetection.enabled ? [DEAD_PEER_DETECTION] : []),
  ].map(payloadOf);
}

/** The vendor IDs that we answer with: of what the peer can do, what we can do, too. */
export function answeredVendorIds(peer: Peer, theirs: Capabilities): readonly PayloadBody[] {
  const nat = NAT_TRAVERSAL_VENDOR_IDS.find(({ version }) => version === theirs.natTraversal);
  return [
    ...(usesXauth(peer) ? [VENDOR_ID.XAUTH.octets] : []),
    ...(peer.modeConfig && theirs.unity ? [UNITY] : []),
    ...(peer.natTraversal === 'off' || nat === undefined ? [] : [nat.vendorId.octets]),
    ...(peer.ikeFragmentation === 'off' || !theirs.fragmentation ? [] : [FRAGMENTATION]),
    ...(peer.deadPeerDetection.enabled && theirs.deadPeerDetection ? [DEAD_PEER_DETECTION] : []),
  ].map(payloadOf);
}

/** What the peer can do, as its vendor IDs say. */
export function capabilitiesOf(vendorIds: readonly VendorId[]): Capabilities {
  const has = (known: { readonly octets: Uint8Array }) =>
    vendorIds.some(({ data }) => sameOctets(known.octets, data.subarray(0, known.octets.length)));
  const nat = NAT_TRAVERSAL_VENDOR_IDS.find(({ vendorId }) => has(vendorId));
  return {
    natTraversal: nat?.version ?? null,
    fragmentation: has(VENDOR_ID.FRAGMENTATION),
    deadPeerDetection: has(VENDOR_ID.DEAD_PEER_DETECTION),
    xauth: has(VENDOR_ID.XAUTH),
    unity: has(VENDOR_ID.CISCO_UNITY),
  };
}

/** What both `peer`'s configuration and its vendor IDs allow. */
export function agreedCapabilities(peer: Peer, theirs: Capabilities): Capabilities {
  return {
    natTraversal: peer.natTraversal === 'off' ? null : theirs.natTraversal,
    fragmentation:
      peer.ikeFragmentation === 'force' || (peer.ikeFragmentation === 'on' && theirs.fragmentation),
    deadPeerDetection: peer.deadPeerDetection.enabled && theirs.deadPeerDetection,
    xauth: theirs.xauth,
    unity: theirs.unity,
  };
}

/** The names of the vendor IDs that are known. */
export function vendorIdNames(vendorIds: readonly VendorId[]): readonly string[] {
  return vendorIds.flatMap((each) => knownVendorId(each)?.name ?? []);
}

function usesXauth({ transforms }: Peer): boolean {
  return transforms.some(({ authentication }) => /^(xauth|hybrid)_/.test(authentication));
}

function payloadOf(body: Uint8Array): PayloadBody {
  return { type: IKEV1_PAYLOAD.VID, body };
}

/** RFC 3706 §5.1: version 1.0. */
const DEAD_PEER_DETECTION = concatenate([
  VENDOR_ID.DEAD_PEER_DETECTION.octets,
  Uint8Array.of(1, 0),
]);
/** In main mode, in aggressive mode, and in what follows them. */
const FRAGMENTATION = concatenate([VENDOR_ID.FRAGMENTATION.octets, Uint8Array.of(0xc0, 0, 0, 0)]);
const UNITY = concatenate([VENDOR_ID.CISCO_UNITY.octets, Uint8Array.of(1, 0)]);
