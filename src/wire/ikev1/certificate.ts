/**
 * Certificate and Certificate Request payloads, which have one form (RFC 2408 §3.9, §3.10).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Cert Encoding |    Certificate Data, or Certificate Authority ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { setU8, u8 } from '../../octets/octets.ts';

const ENCODING = 0;
const DATA = 1;

/** §3.9. Numbers that are not here stay numbers. */
export const CERTIFICATE_ENCODING = {
  NONE: 0,
  PKCS7: 1,
  PGP: 2,
  DNS_SIGNED_KEY: 3,
  X509_SIGNATURE: 4,
  X509_KEY_EXCHANGE: 5,
  KERBEROS_TOKENS: 6,
  CRL: 7,
  ARL: 8,
  SPKI: 9,
  X509_ATTRIBUTE: 10,
} as const;

export interface Certificate {
  readonly kind: 'certificate';
  /** One of {@link CERTIFICATE_ENCODING}, or another number. */
  readonly encoding: number;
  readonly data: Uint8Array;
}

export interface CertificateRequest {
  readonly kind: 'certificate-request';
  /** One of {@link CERTIFICATE_ENCODING}, or another number. */
  readonly encoding: number;
  /** The name of an authority, in DER; empty is any (§3.10). */
  readonly data: Uint8Array;
}

/** Reads the body of a CERT payload; the data is a view. */
export function parseCertificate(body: Uint8Array): Parsed<Certificate> {
  if (body.length <= DATA) return Malformed.truncated('CERT payload', DATA + 1, body.length);
  return { kind: 'certificate', encoding: u8(body, ENCODING), data: body.subarray(DATA) };
}

/** Reads the body of a CR payload; the data is a view. */
export function parseCertificateRequest(body: Uint8Array): Parsed<CertificateRequest> {
  if (body.length < DATA) return Malformed.truncated('CR payload', DATA, body.length);
  return { kind: 'certificate-request', encoding: u8(body, ENCODING), data: body.subarray(DATA) };
}

/** The body of the CERT or CR payload. */
export function emitCertificate({ encoding, data }: Certificate | CertificateRequest): Uint8Array {
  const body = new Uint8Array(DATA + data.length);
  setU8(body, ENCODING, encoding);
  body.set(data, DATA);
  return body;
}
