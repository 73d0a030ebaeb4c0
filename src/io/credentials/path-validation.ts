/**
 * Whether there is a path from a certificate to an authority that is trusted, and none of it was revoked
 * (RFC 5280 §6). OpenSSL finds the path and validates it; here it is only told what it may use, and asked
 * what it found.
 *
 * As racoon did: what the certificates say that their keys are for is not looked at, and an authority
 * without a revocation list is let pass. It is told, though.
 *
 * @module
 */
import { CredentialFault, type CredentialProblem } from '../../ike/credential-fault.ts';
import { toHex } from '../../octets/hex.ts';
import { Malformed } from '../../octets/malformed.ts';
import type { Address } from '../openssl/bindings.ts';
import {
  loadOpensslCertificates,
  type OpensslCertificates,
} from '../openssl/certificate-bindings.ts';
import { encoded, Owned } from '../openssl/owned.ts';
import type { Authorities } from './authorities.ts';
import { LoadedCertificate } from './certificate.ts';
import { nameOctets, nameText } from './distinguished-name.ts';

/**
 * Validates the path of `certificate` at `now`, in milliseconds since the epoch; others that the peer sent
 * may be on it. Returns what was let pass, as clauses.
 */
export function validatePath(
  certificate: LoadedCertificate,
  others: readonly LoadedCertificate[],
  authorities: Authorities,
  now: number,
): readonly string[] | CredentialFault {
  return Owned.during((owned) => {
    const openssl = loadOpensslCertificates();
    const decoded = ({ der }: LoadedCertificate) =>
      owned.decoded(der, openssl.d2i_X509, openssl.X509_free);
    const leaf = decoded(certificate);
    const untrusted = owned.take(openssl.OPENSSL_sk_new_null(), openssl.OPENSSL_sk_free);
    const sent = others.map(decoded);
    for (const each of sent) openssl.OPENSSL_sk_push(untrusted, each);
    const store = owned.take(openssl.X509_STORE_new(), openssl.X509_STORE_free);
    const listed = fillStore(owned, openssl, store, [leaf, ...sent], authorities);

    const verify = (checked: Address, flags: number) => {
      const context = owned.take(openssl.X509_STORE_CTX_new(), openssl.X509_STORE_CTX_free);
      if (openssl.X509_STORE_CTX_init(context, store, checked, untrusted) !== 1) {
        throw new Error('Cannot get memory from OpenSSL');
      }
      const parameters = openssl.X509_STORE_CTX_get0_param(context);
      openssl.X509_VERIFY_PARAM_set_time(parameters, Math.floor(now / 1000));
      openssl.X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_ANY);
      openssl.X509_VERIFY_PARAM_set_depth(parameters, MOST_INTERMEDIATES);
      openssl.X509_VERIFY_PARAM_set_flags(parameters, flags);
      const problem =
        openssl.X509_verify_cert(context) === 1 ? null : problemOf(openssl, context, authorities);
      return { context, problem };
    };
    const { context, problem } = verify(leaf, 0);
    if (problem !== null) return new CredentialFault(problem);

    const warnings: string[] = [];
    const path = itemsOf(openssl, openssl.X509_STORE_CTX_get0_chain(context));
    // The last is trusted as it is.
    for (const each of path.slice(0, -1)) {
      const issuer = openssl.X509_get_issuer_name(each);
      if (!listed.has(toHex(nameOctets(issuer)))) {
        warnings.push(`there is no revocation list of ${nameText(issuer)}`);
        continue;
      }
      const { problem } = verify(each, X509_V_FLAG_CRL_CHECK);
      if (problem !== null) return new CredentialFault(problem);
    }
    return [...warnings, ...weakSignatures(openssl, path.slice(0, -1))];
  });
}

/**
 * Puts into `store` what `authorities` have for the issuers of `certificates`, and for their issuers.
 * Returns the names, in hexadecimal digits, of those with a revocation list.
 */
function fillStore(
  owned: Owned,
  openssl: OpensslCertificates,
  store: Address,
  certificates: readonly Address[],
  authorities: Authorities,
): ReadonlySet<string> {
  const listed = new Set<string>();
  const waiting = certificates.map(openssl.X509_get_issuer_name);
  const seen = new Set<string>();
  for (let issuer = waiting.shift(); issuer !== undefined; issuer = waiting.shift()) {
    const key = toHex(nameOctets(issuer));
    if (seen.has(key)) continue;
    if (seen.size === MOST_ISSUERS) break;
    seen.add(key);
    for (const der of authorities.certificatesOf(issuer)) {
      const found = owned.decoded(der, openssl.d2i_X509, openssl.X509_free);
      if (found === 0) continue;
      openssl.X509_STORE_add_cert(store, found);
      waiting.push(openssl.X509_get_issuer_name(found));
    }
    for (const der of authorities.crlsOf(issuer)) {
      const found = owned.decoded(der, openssl.d2i_X509_CRL, openssl.X509_CRL_free);
      if (found === 0) continue;
      openssl.X509_STORE_add_crl(store, found);
      listed.add(key);
    }
  }
  return listed;
}

/** What OpenSSL has against the path of `context`. */
function problemOf(
  openssl: OpensslCertificates,
  context: Address,
  authorities: Authorities,
): CredentialProblem {
  const error = openssl.X509_STORE_CTX_get_error(context);
  const current = openssl.X509_STORE_CTX_get_current_cert(context);
  if (current === 0) {
    const reason = openssl.X509_verify_cert_error_string(error);
    return { kind: 'untrusted', subject: 'the peer', reason };
  }
  const subject = nameText(openssl.X509_get_subject_name(current));
  const issuerName = openssl.X509_get_issuer_name(current);
  const issuer = nameText(issuerName);
  if (UNKNOWN_AUTHORITY.has(error)) {
    const searched = authorities.searchedFor(issuerName);
    return { kind: 'unknown-authority', subject, issuer, searched };
  }
  switch (error) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return { kind: 'not-yet-valid', subject, notBefore: again(openssl, current).notBefore };
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return { kind: 'expired', subject, notAfter: again(openssl, current).notAfter };
    case X509_V_ERR_CERT_REVOKED:
      return { kind: 'revoked', subject, issuer };
    default:
      return { kind: 'untrusted', subject, reason: openssl.X509_verify_cert_error_string(error) };
  }
}

/** `certificate`, as we read those that peers send. */
function again(openssl: OpensslCertificates, certificate: Address): LoadedCertificate {
  const loaded = LoadedCertificate.read(encoded(certificate, openssl.i2d_X509));
  if (loaded instanceof Malformed)
    throw new Error(`Bug: cannot read a certificate again: ${loaded}`);
  return loaded;
}

/** Clauses on what of `path` is signed in a way that somebody could forge by now. */
function weakSignatures(openssl: OpensslCertificates, path: readonly Address[]): readonly string[] {
  return path.flatMap((certificate) => {
    const algorithm = openssl.OBJ_nid2ln(openssl.X509_get_signature_nid(certificate)) ?? '';
    if (!/md[245]|sha1/i.test(algorithm)) return [];
    const subject = nameText(openssl.X509_get_subject_name(certificate));
    return [`the certificate of ${subject} is signed with ${algorithm}, which is weak`];
  });
}

function itemsOf(openssl: OpensslCertificates, stack: Address): readonly Address[] {
  const length = Math.max(0, openssl.OPENSSL_sk_num(stack));
  return Array.from({ length }, (_, index) => openssl.OPENSSL_sk_value(stack, index));
}

/** openssl/x509_vfy.h, openssl/x509v3.h */
const X509_V_FLAG_CRL_CHECK = 4;
const X509_PURPOSE_ANY = 7;
const X509_V_ERR_CERT_NOT_YET_VALID = 9;
const X509_V_ERR_CERT_HAS_EXPIRED = 10;
const X509_V_ERR_CERT_REVOKED = 23;
/** No issuer anywhere, a root that is not ours, a leaf that signed itself, a leaf without an issuer. */
const UNKNOWN_AUTHORITY: ReadonlySet<number> = new Set([2, 18, 19, 20, 21]);

/** How many names of issuers are looked for. */
const MOST_ISSUERS = 16;
/** How many certificates may be between the first and the one that is trusted. */
const MOST_INTERMEDIATES = 8;
