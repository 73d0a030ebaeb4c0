/**
 * How both ends of phase 1 show who they are: an ID payload, and a hash that only who has the key could
 * make, or that only who has the certificate could sign (RFC 2409 §5.1, §5.4).
 *
 * @module
 */
import { CERTIFICATE_ENCODING, emitCertificate } from '../../../wire/ikev1/certificate.ts';
import { NOTIFY } from '../../../wire/ikev1/notification.ts';
import type { PayloadBody } from '../../../wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../../wire/ikev1/payload-type.ts';
import { CredentialFault } from '../../credential-fault.ts';
import type { AuthenticationMethod } from '../../peer.ts';
import { hashI, hashR, hashVerifies } from '../hash.ts';
import type { Payloads } from '../payloads.ts';

import {
  type Agreement,
  type Authenticated,
  otherRole,
  type Phase1Context,
  type Phase1Keys,
  type Phase1Refusal,
  type Recognised,
  type Role,
} from './negotiation.ts';
import { refusedCredentials, refusedMessage } from './refusal.ts';

/** HASH, or CERT and SIG: what proves that we are who we say, by `hash`. */
export function ownProof(
  { environment, path }: Phase1Context,
  { peer, transform }: Agreement,
  hash: Uint8Array,
): readonly PayloadBody[] | Phase1Refusal {
  if (!weSign(transform.authentication)) return [{ type: IKEV1_PAYLOAD.HASH, body: hash }];
  const certificates = peer.sendCertificate ? environment.credentials.ownCertificates(peer) : [];
  if (certificates instanceof CredentialFault) return refusedCredentials(certificates);
  const signature = environment.credentials.sign(peer, hash, path);
  if (signature instanceof CredentialFault) return refusedCredentials(signature);
  return [
    ...certificates.map((each) => ({ type: IKEV1_PAYLOAD.CERT, body: emitCertificate(each) })),
    { type: IKEV1_PAYLOAD.SIG, body: signature },
  ];
}

/** CR payloads, where we want certificates of the peer. */
export function certificateRequests(
  { environment }: Phase1Context,
  { peer, transform }: Pick<Agreement, 'peer' | 'transform'>,
): readonly PayloadBody[] | Phase1Refusal {
  if (!peerSigns(transform.authentication) || !peer.sendCertificateRequest) return [];
  const authorities = environment.credentials.authorities(peer);
  if (authorities instanceof CredentialFault) return refusedCredentials(authorities);
  const names = authorities.length === 0 ? [ANY_AUTHORITY] : authorities;
  return names.map((data) => ({
    type: IKEV1_PAYLOAD.CR,
    body: emitCertificate({
      kind: 'certificate-request',
      encoding: CERTIFICATE_ENCODING.X509_SIGNATURE,
      data,
    }),
  }));
}

/**
 * Whether the HASH or SIG payload in `payloads` proves that the peer is `recognised`, by what it must have
 * made about its ID payload under `keys`.
 */
export function verifyKeyedProof(
  context: Phase1Context,
  recognised: Recognised,
  keys: Phase1Keys,
  payloads: Payloads,
): Authenticated | Phase1Refusal {
  const hash = proofHash(otherRole(context.role), keys, recognised.identity.body);
  return verifyProof(context, recognised, hash, payloads);
}

/** Whether the HASH or SIG payload in `payloads`, about `hash`, proves that the peer is `recognised`. */
export function verifyProof(
  context: Phase1Context,
  { agreement, identity, warnings }: Recognised,
  hash: Uint8Array,
  payloads: Payloads,
): Authenticated | Phase1Refusal {
  const { identification } = identity;
  const { peer, transform } = agreement;
  if (!peerSigns(transform.authentication)) {
    const received = payloads.find('hash');
    if (received === undefined) return refusedMessage('it has no hash payload');
    if (hashVerifies(hash, received.data)) return { identification, certified: null, warnings };
    const failure = { kind: 'peer-hash' } as const;
    return { kind: 'failed', failure, notify: NOTIFY.AUTHENTICATION_FAILED };
  }
  const signature = payloads.find('signature');
  if (signature === undefined) return refusedMessage('it has no signature payload');
  const certified = context.environment.credentials.verify(peer, {
    identity: identification,
    certificates: payloads.every('certificate'),
    hash,
    signature: signature.data,
    path: context.path,
    now: context.time,
  });
  if (certified instanceof CredentialFault) return refusedCredentials(certified);
  return { identification, certified, warnings: [...warnings, ...certified.warnings] };
}

/**
 * Whether we sign under `method`. Of the hybrid ones it is the server that has a certificate, whoever begins
 * (draft-ietf-ipsec-isakmp-hybrid-auth-05).
 */
function weSign(method: AuthenticationMethod): boolean {
  return SIGNERS[method] === 'both' || SIGNERS[method] === 'we';
}

/** Whether the peer signs under `method`, as we have it. */
function peerSigns(method: AuthenticationMethod): boolean {
  return SIGNERS[method] === 'both' || SIGNERS[method] === 'peer';
}

/** HASH_I or HASH_R, which `role` makes about `ID`, the body of its ID payload (§5). */
export function proofHash(
  role: Role,
  { hash, family, transcript }: Phase1Keys,
  ID: Uint8Array,
): Uint8Array {
  return (role === 'initiator' ? hashI : hashR)(hash, family.SKEYID, transcript, ID);
}

/** Who of both signs; the others make a HASH. */
const SIGNERS: Readonly<Record<AuthenticationMethod, 'we' | 'peer' | 'both' | 'neither'>> = {
  pre_shared_key: 'neither',
  xauth_psk_server: 'neither',
  xauth_psk_client: 'neither',
  rsasig: 'both',
  xauth_rsa_server: 'both',
  xauth_rsa_client: 'both',
  hybrid_rsa_server: 'we',
  hybrid_rsa_client: 'peer',
};

const ANY_AUTHORITY = new Uint8Array(0);
