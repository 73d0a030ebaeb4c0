/**
 * Whether a peer that shows a certificate is who it says.
 *
 * @module
 */
import { CredentialFault } from '../../ike/credential-fault.ts';
import type { SignedClaim, VerifiedPeer } from '../../ike/credentials.ts';
import { identificationText } from '../../ike/v1/identification.ts';
import { Malformed } from '../../octets/malformed.ts';
import { CERTIFICATE_ENCODING, type Certificate } from '../../wire/ikev1/certificate.ts';
import type { Authorities } from './authorities.ts';
import { LoadedCertificate } from './certificate.ts';
import { alternativeNames, certifies } from './certified-identity.ts';
import { nameOctetsText } from './distinguished-name.ts';
import { validatePath } from './path-validation.ts';
import { signatureVerifies } from './rsa-signature.ts';

/**
 * Of a certificate that the peer sent: its path, whether it is for the peer's identity, the signature.
 * Without authorities only the signature: anybody can make such a certificate.
 */
export function verifySent(
  claim: SignedClaim,
  authorities: Authorities | null,
): VerifiedPeer | CredentialFault {
  const sent = readSent(claim.certificates);
  if (sent instanceof CredentialFault) return sent;
  // Nobody says in which order they come (RFC 2408 §3.9).
  const certificate = sent.find((each) => certifies(each, claim.identity)) ?? sent[0];
  if (certificate === undefined) return new CredentialFault({ kind: 'no-certificate' });
  if (authorities === null) return verifySignature(certificate, claim, [UNVERIFIED]);
  const others = sent.filter((each) => each !== certificate);
  const warnings = validatePath(certificate, others, authorities, claim.now);
  if (warnings instanceof CredentialFault) return warnings;
  return notCertified(certificate, claim) ?? verifySignature(certificate, claim, warnings);
}

/**
 * Of a certificate that the configuration has, and that needs no path. Whether it is for the peer's identity
 * counts if `named`.
 */
export function verifyKnown(
  certificate: LoadedCertificate,
  claim: SignedClaim,
  named: boolean,
): VerifiedPeer | CredentialFault {
  const hasExpired = Date.parse(certificate.x509.validTo) < claim.now;
  const warnings = hasExpired ? [`the certificate expired at ${certificate.notAfter}`] : [];
  const fault = named ? notCertified(certificate, claim) : null;
  return fault ?? verifySignature(certificate, claim, warnings);
}

/** The certificates of CERT payloads; what has another encoding is passed over. */
function readSent(
  payloads: readonly Certificate[],
): readonly LoadedCertificate[] | CredentialFault {
  const wanted = payloads.filter(({ encoding }) => X509_ENCODINGS.includes(encoding));
  if (wanted.length > MOST_CERTIFICATES) {
    return malformed(`there are ${wanted.length} of them, and more than ${MOST_CERTIFICATES}`);
  }
  if (wanted.length === 0 && payloads.length > 0) {
    const encodings = payloads.map(({ encoding }) => encoding).join(', ');
    return malformed(`it is of encoding ${encodings}, and not an X.509 certificate (4)`);
  }
  const read: LoadedCertificate[] = [];
  for (const { data } of wanted) {
    const certificate = LoadedCertificate.read(data);
    if (certificate instanceof Malformed) return malformed(certificate.why);
    read.push(certificate);
  }
  return read;
}

function notCertified(
  certificate: LoadedCertificate,
  { identity }: SignedClaim,
): CredentialFault | null {
  if (certifies(certificate, identity)) return null;
  return new CredentialFault({
    kind: 'name-not-in-certificate',
    name: identificationText(identity, { nameText: nameOctetsText }),
    subject: certificate.subject,
    names: alternativeNames(certificate),
  });
}

function verifySignature(
  certificate: LoadedCertificate,
  { hash, signature }: SignedClaim,
  warnings: readonly string[],
): VerifiedPeer | CredentialFault {
  const { subject, der } = certificate;
  const key = certificate.rsaKey();
  if (typeof key === 'string') {
    return new CredentialFault({ kind: 'unsupported-key', subject, algorithm: key });
  }
  if (!signatureVerifies(key, hash, signature)) {
    return new CredentialFault({ kind: 'signature-does-not-verify', subject });
  }
  return { subject, certificate: der, warnings };
}

function malformed(reason: string): CredentialFault {
  return new CredentialFault({ kind: 'malformed-certificate', reason });
}

const UNVERIFIED = 'the certificate was not verified, as the configuration says';
const X509_ENCODINGS: readonly number[] = [
  CERTIFICATE_ENCODING.X509_SIGNATURE,
  CERTIFICATE_ENCODING.X509_KEY_EXCHANGE,
];
/** How many certificates a peer may send: a path, and a few that are not on it. */
const MOST_CERTIFICATES = 10;
