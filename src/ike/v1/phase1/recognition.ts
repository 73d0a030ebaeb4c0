/**
 * Who the peer says it is, and which peer of the configuration that makes it.
 *
 * @module
 */
import { Malformed } from '../../../octets/malformed.ts';
import { emitIdentification, parseIdentification } from '../../../wire/ikev1/identification.ts';
import { CredentialFault } from '../../credential-fault.ts';
import type { ExchangeMode, Peer } from '../../peer.ts';
import {
  type IdentityRefused,
  identificationFault,
  identityRefusal,
  ownIdentification as ownIdentificationFor,
  preSharedKeyNames,
} from '../identification.ts';
import type { Payloads } from '../payloads.ts';
import type {
  Agreement,
  ClaimedIdentity,
  Phase1Context,
  Phase1Refusal,
  Recognised,
} from './negotiation.ts';
import { refusedCredentials, refusedMessage, refusedPeer } from './refusal.ts';
import { type Approach, rivalsText, selectPeer } from './select-peer.ts';

/** The body of our ID payload for `peer`. */
export function ownIdentification(
  { environment, path }: Phase1Context,
  peer: Peer,
): Uint8Array | Phase1Refusal {
  const identification = ownIdentificationFor(peer, path, environment.credentials);
  return identification instanceof CredentialFault
    ? refusedCredentials(identification)
    : emitIdentification(identification);
}

/** The one ID payload in `payloads`. */
export function identityIn(payloads: Payloads): ClaimedIdentity {
  const body = payloads.bodyOf('identification');
  const identification = parseIdentification(body);
  if (identification instanceof Malformed) throw new Error(`Bug: ${identification}`);
  return { body, identification };
}

/**
 * Which of the configuration the peer is that calls itself `identity` and has agreed to `agreement`. Who
 * was begun with by us must be that one.
 */
export function recognise(
  context: Phase1Context,
  mode: ExchangeMode,
  agreement: Agreement,
  identity: ClaimedIdentity,
  payloads: Payloads,
): Recognised | Phase1Refusal {
  const { environment, path, role } = context;
  const { identification } = identity;
  const fault = identificationFault(identification);
  if (fault !== null) return refusedMessage(fault);
  const { configuration, credentials } = environment;
  const warnings: string[] = [];
  let { peer } = agreement;
  if (role === 'responder') {
    const approach: Approach = {
      path,
      mode,
      offered: agreement.answer,
      identity: identification,
      certificateRequests: payloads.every('certificate-request'),
    };
    const selected = selectPeer(configuration.peers, approach, credentials);
    if (selected.kind !== 'selected') return refusedPeer(selected);
    peer = selected.peer;
    if (selected.rivals.length > 0) warnings.push(rivalsText(selected, path));
  }
  const stranger = identityRefusal(peer, identification, path, credentials);
  if (stranger !== null && peer.verifyIdentity) return refusedPeer(stranger);
  if (stranger !== null) warnings.push(strangerText(peer, stranger));
  return { kind: 'recognised', identity, agreement: { ...agreement, peer }, warnings };
}

/** That a stranger is let in. */
function strangerText({ origins, at }: Peer, { shown }: IdentityRefused): string {
  const { file, line } = origins.get('peers_identifier') ?? at;
  return (
    `No ID match: the peer calls itself ${shown}, which is not the peers_identifier of ${file}:${line}; ` +
    'it is let in, as verify_identifier is off'
  );
}

/** For whom a pre-shared key is looked up, when the peer has said who it is. */
export function keyNames(
  { path }: Phase1Context,
  { identification }: ClaimedIdentity,
): readonly string[] {
  return preSharedKeyNames(identification, path);
}
