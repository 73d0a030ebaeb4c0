/**
 * A certificate as OpenSSL reads it.
 *
 * @module
 */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { sameOctets } from '../../octets/octets.ts';
import { loadOpenssl, takeReason } from '../openssl/bindings.ts';
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

  private constructor(der: Uint8Array, x509: X509Certificate, name: Uint8Array, subject: string) {
    this.der = der;
    this.x509 = x509;
    this.subjectName = name;
    this.subject = subject;
  }

  /** Reads a copy of `octets`, in DER. */
  static read(octets: Uint8Array): Parsed<LoadedCertificate> {
    return Owned.during((owned) => {
      const openssl = loadOpensslCertificates();
      const native = owned.decoded(octets, openssl.d2i_X509, openssl.X509_free);
      if (native === 0) return new Malformed('certificate', takeReason(loadOpenssl()));
      const name = openssl.X509_get_subject_name(native);
      const der = octets.slice();
      const x509 = read(der);
      if (x509 === null || !sameOctets(x509.raw, der))
        return new Malformed('certificate', 'it is not in DER');
      return new LoadedCertificate(der, x509, nameOctets(name), nameText(name));
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
