/**
 * A certificate as OpenSSL reads it.
 *
 * @module
 */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { sameOctets } from '../../octets/octets.ts';
import { type Address, loadOpenssl, takeReason } from '../openssl/bindings.ts';
import { loadOpensslCertificates } from '../openssl/certificate-bindings.ts';
import { Owned } from '../openssl/owned.ts';
import { nameOctets, nameText } from './distinguished-name.ts';

export class LoadedCertificate {
  readonly der: Uint8Array;
  /** For what node's own crypto can do with it. */
  readonly x509: X509Certificate;
  /** As text. */
  readonly subject: string;
  /** In DER. */
  readonly subjectName: Uint8Array;

  /** Who issued it, in DER. */
  readonly issuerName: Uint8Array;

  private constructor(x509: X509Certificate, native: Address) {
    const { X509_get_subject_name, X509_get_issuer_name } = loadOpensslCertificates();
    const name = X509_get_subject_name(native);
    this.der = new Uint8Array(x509.raw);
    this.x509 = x509;
    this.subject = nameText(name);
    this.subjectName = nameOctets(name);
    this.issuerName = nameOctets(X509_get_issuer_name(native));
  }

  /** Reads a copy of `octets`, in DER. */
  static read(octets: Uint8Array): Parsed<LoadedCertificate> {
    return Owned.during((owned) => {
      const openssl = loadOpensslCertificates();
      const native = owned.decoded(octets, openssl.d2i_X509, openssl.X509_free);
      if (native === 0) return new Malformed('certificate', takeReason(loadOpenssl()));
      const x509 = read(octets);
      if (x509 === null || !sameOctets(x509.raw, octets)) {
        return new Malformed('certificate', 'it is not in DER');
      }
      return new LoadedCertificate(x509, native);
    });
  }

  /** `2026-11-21 16:29:16 UTC` */
  get notBefore(): string {
    return instantText(this.x509.validFrom);
  }

  get notAfter(): string {
    return instantText(this.x509.validTo);
  }

  /** Its RSA key, or what its key is for instead. */
  rsaKey(): KeyObject | string {
    try {
      const key = this.x509.publicKey;
      return key.asymmetricKeyType === 'rsa' ? key : (key.asymmetricKeyType ?? 'something unknown');
    } catch {
      return 'something unknown';
    }
  }
}

function read(der: Uint8Array): X509Certificate | null {
  try {
    return new X509Certificate(der);
  } catch {
    return null;
  }
}

function instantText(text: string): string {
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime())) return text;
  return instant.toISOString().replace('T', ' ').replace(/\..*/, ' UTC');
}
