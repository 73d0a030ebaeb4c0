/**
 * Which `remote` of the configuration is for whom. Addresses decide at first, and what a peer offers;
 * in main mode its identity comes later, and then it is asked again.
 *
 * What does not fit is out: another address or port, an exchange mode that is not listed, no proposal in
 * common, and with `verify_identifier` another identity. Of those that are left the one serves that has
 * most to say for it: a certificate of the authority that was asked for, then the identity, then the
 * address; a peer of any address has nothing to say for it. Not racoon: of several that are equal it took
 * none and gave up, or went on without knowing; here it is the first of the file, and the others are told.
 *
 * @module
 */

import { IKE_PORT } from '../../../ipsec/exemption.ts';
import { formatIpAddress, sameAddress } from '../../../net/ip-address.ts';
import type { CertificateRequest } from '../../../wire/ikev1/certificate.ts';
import type { Identification } from '../../../wire/ikev1/identification.ts';
import type { SecurityAssociation } from '../../../wire/ikev1/security-association.ts';
import type { Path, UdpAddress } from '../../path.ts';
import type { ExchangeMode, Peer } from '../../peer.ts';
import { type IdentityRefused, identityRefusal, type NameReader } from '../identification.ts';
import {
  chooseTransform,
  type Phase1Agreement,
  type Phase1ProposalRefused,
  refusedByAll,
} from './proposal.ts';

/** What is known of a peer that speaks to us. */
export interface Approach {
  /** Of its first message: when a NAT is found, ports change, and that is no other peer. */
  readonly path: Path;
  readonly mode: ExchangeMode;
  /** All that it offers; once something is agreed on, the answer with that alone. */
  readonly offered: SecurityAssociation;
  /** `null` before it tells. */
  readonly identity: Identification | null;
  /** Of all CR payloads so far. */
  readonly certificateRequests: readonly CertificateRequest[];
}

/** What it takes to compare peers. */
export interface PeerReader extends NameReader {
  /** Whether our certificate for `peer` is from the authority that `request` names in DER. */
  isIssuedBy(peer: Peer, authority: Uint8Array): boolean;
}

export interface SelectedPeer {
  readonly kind: 'selected';
  readonly peer: Peer;
  /** What was chosen of its offer. */
  readonly agreement: Phase1Agreement;
  /** Others that would do as well. Where nothing more can come, this is worth a warning. */
  readonly rivals: readonly Peer[];
}

/** No `remote` is for that address, or none has that exchange mode. */
export interface NoPeer {
  readonly kind: 'no-peer';
  readonly remote: UdpAddress;
  /** Its exchange mode; `null` when it was us who wanted to speak. */
  readonly mode: ExchangeMode | null;
  /** All that there are, and whether it is the mode alone that keeps them. */
  readonly peers: readonly { readonly peer: Peer; readonly isForAddress: boolean }[];
}

export type PeerRefusal = NoPeer | Phase1ProposalRefused | IdentityRefused;

/** The one of `peers` that answers `approach`; or what kept those that came nearest. */
export function selectPeer(
  peers: readonly Peer[],
  approach: Approach,
  reader: PeerReader,
): SelectedPeer | PeerRefusal {
  const { mode, path } = approach;
  const candidates: Candidate[] = [];
  const refusals: Phase1ProposalRefused[] = [];
  const strangers: IdentityRefused[] = [];
  for (const peer of peers) {
    if (!isFor(peer, path.remote) || !peer.exchangeModes.includes(mode)) continue;
    const agreement = chooseTransform(approach.offered, peer.transforms, peer.proposalCheck);
    if (agreement.kind !== 'agreed') {
      refusals.push(agreement);
      continue;
    }
    const stranger = strangerTo(peer, approach, reader);
    if (stranger !== null) strangers.push(stranger);
    else candidates.push({ peer, agreement, weight: weightOf(peer, approach, reader) });
  }
  const best = heaviest(candidates);
  if (best !== null) {
    const { agreement, peer, weight } = best;
    const rivals = candidates.filter((each) => each !== best && each.weight === weight);
    return { kind: 'selected', peer, agreement, rivals: rivals.map((each) => each.peer) };
  }
  const [stranger] = strangers;
  if (stranger !== undefined) {
    return { ...stranger, peers: strangers.flatMap((each) => each.peers) };
  }
  const [refusal, ...others] = refusals;
  if (refusal !== undefined) return refusedByAll([refusal, ...others]);
  return noPeer(peers, path.remote, mode);
}

/**
 * The `remote` to speak to an address with: one for that address, else the first for any; `undefined` when
 * there is none, which is {@link noPeer}.
 */
export function peerAt(peers: readonly Peer[], remote: UdpAddress): Peer | undefined {
  const those = peers.filter((peer) => isFor(peer, remote));
  return those.find(({ address }) => address !== null) ?? those[0];
}

/** The `remote` called `name`; `undefined` when there is none. */
export function peerNamed(peers: readonly Peer[], name: string): Peer | undefined {
  return peers.find((peer) => peer.name === name);
}

/** That others than `peer` would do as well, as a clause for logs. */
export function rivalsText({ peer, rivals }: SelectedPeer, { remote }: Path): string {
  const places = rivals.map(({ at }) => `${at.file}:${at.line}`).join(', ');
  const address = formatIpAddress(remote.address);
  return `several remotes are for ${address}: ${peer.at.file}:${peer.at.line} is taken, and not ${places}`;
}

interface Candidate {
  readonly peer: Peer;
  readonly agreement: Phase1Agreement;
  readonly weight: number;
}

/** The first of the heaviest. */
function heaviest(candidates: readonly Candidate[]): Candidate | null {
  let best: Candidate | null = null;
  for (const each of candidates) if (best === null || each.weight > best.weight) best = each;
  return best;
}

/** Whether `peer` is for that address. From port 500 a NAT may have moved it anywhere. */
function isFor({ address, port }: Peer, remote: UdpAddress): boolean {
  if (address !== null && !sameAddress(address, remote.address)) return false;
  return port === IKE_PORT || port === remote.port;
}

/** That it is not whom `peer` must be; `null` when it is, when nobody has to know, or not yet. */
function strangerTo(
  peer: Peer,
  { identity, path }: Approach,
  reader: PeerReader,
): IdentityRefused | null {
  if (identity === null || !peer.verifyIdentity) return null;
  return identityRefusal(peer, identity, path, reader);
}

function weightOf(peer: Peer, approach: Approach, reader: PeerReader): number {
  const isKnown =
    approach.identity !== null && peer.verifyIdentity && peer.peerIdentities.length > 0;
  return (
    (answersRequest(peer, approach, reader) ? CERTIFICATE : 0) +
    (isKnown ? IDENTITY : 0) +
    (peer.address === null ? 0 : ADDRESS)
  );
}

/** Whether `peer` has a certificate that was asked for (RFC 2408 §3.10: an empty request is any). */
function answersRequest(
  peer: Peer,
  { certificateRequests }: Approach,
  reader: PeerReader,
): boolean {
  return (
    peer.ownCertificate?.kind === 'x509' &&
    certificateRequests.some(({ data }) =>
      data.length === 0 ? peer.matchEmptyCertificateRequest : reader.isIssuedBy(peer, data),
    )
  );
}

/** That none of `peers` is for `remote`, and which there are. */
export function noPeer(
  peers: readonly Peer[],
  remote: UdpAddress,
  mode: ExchangeMode | null,
): NoPeer {
  return {
    kind: 'no-peer',
    remote,
    mode,
    peers: peers.map((peer) => ({ peer, isForAddress: isFor(peer, remote) })),
  };
}

// What each counts for: more than all below it.
const CERTIFICATE = 4;
const IDENTITY = 2;
const ADDRESS = 1;
