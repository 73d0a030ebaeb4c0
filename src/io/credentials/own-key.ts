/**
 * What we sign with: a private key, and the certificate that goes with it or none.
 *
 * @module
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { CredentialFault } from '../../ike/credential-fault.ts';
import type { OwnCertificate } from '../../ike/peer.ts';
import type { PlainRsaKey } from '../../ike/plain-rsa.ts';
import { Malformed } from '../../octets/malformed.ts';
import { LoadedCertificate } from './certificate.ts';
import { pathIn, pemBlocks, readWhole, unusable } from './files.ts';
import { signatureVerifies, signHash } from './rsa-signature.ts';

/** Our certificate, those of authorities behind it, and the private key. */
export interface CertifiedKey {
  readonly certificates: readonly [LoadedCertificate, ...LoadedCertificate[]];
  readonly key: KeyObject;
}

/** Reads the files of `own`, which are in `folder` unless they are called otherwise. */
export function loadCertifiedKey(
  own: Extract<OwnCertificate, { kind: 'x509' }>,
  folder: string | null,
): CertifiedKey | CredentialFault {
  const certificates = loadCertificates(pathIn(folder, own.certificate));
  if (certificates instanceof CredentialFault) return certificates;
  const key = loadPrivateKey(pathIn(folder, own.key));
  if (key instanceof CredentialFault) return key;
  const [{ x509 }] = certificates;
  if (x509.checkPrivateKey(key)) return { certificates, key };
  const [certificate, file] = [pathIn(folder, own.certificate), pathIn(folder, own.key)];
  return new CredentialFault({ kind: 'keys-differ', certificate, key: file });
}

/** The certificates of the PEM file at `path`, or the one that it is in DER. */
export function loadCertificates(
  path: string,
): readonly [LoadedCertificate, ...LoadedCertificate[]] | CredentialFault {
  const octets = readWhole(path, 'public');
  if (octets instanceof CredentialFault) return octets;
  const blocks = pemBlocks(octets, 'CERTIFICATE');
  const loaded: LoadedCertificate[] = [];
  for (const der of blocks.length === 0 ? [octets] : blocks) {
    const certificate = LoadedCertificate.read(der);
    if (certificate instanceof Malformed) {
      return unusable(path, `there is no certificate in it: ${certificate.why}`);
    }
    loaded.push(certificate);
  }
  const [first, ...others] = loaded;
  return first === undefined ? unusable(path, 'it is empty') : [first, ...others];
}

function loadPrivateKey(path: string): KeyObject | CredentialFault {
  const octets = readWhole(path, 'secret');
  if (octets instanceof CredentialFault) return octets;
  // RFC 7468 §11, and what came before it
  const pem = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  const sealed = pem.includes('ENCRYPTED');
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== 'rsa') {
      return unusable(path, `its key is for ${key.asymmetricKeyType}, and not for RSA`);
    }
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    if (bits >= LEAST_BITS) return key;
    return unusable(path, `its key has ${bits} bits, and a hash needs ${LEAST_BITS}`);
  } catch {
    return unusable(
      path,
      sealed
        ? 'its key asks for a passphrase, and nobody is there to give it'
        : 'there is no private key in PEM in it',
    );
  } finally {
    octets.fill(0);
  }
}

/** The public half of `key`; `null` when OpenSSL has no use for it. */
export function publicKeyOf(key: PlainRsaKey): KeyObject | null {
  try {
    return createPublicKey({ key: publicNumbers(key), format: 'jwk' });
  } catch {
    return null;
  }
}

/** `key` to sign with; `null` when its numbers do not belong together, or are public alone. */
export function privateKeyOf(key: PlainRsaKey): KeyObject | null {
  const publicKey = publicKeyOf(key);
  if (key.secrets === null || publicKey === null) return null;
  const { d, p, q, dP, dQ, qInv } = key.secrets;
  const jwk = {
    ...publicNumbers(key),
    ...{ d: base64url(d.expose()), p: base64url(p.expose()), q: base64url(q.expose()) },
    ...{ dp: base64url(dP.expose()), dq: base64url(dQ.expose()), qi: base64url(qInv.expose()) },
  };
  try {
    const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
    return signatureVerifies(publicKey, SAMPLE, signHash(privateKey, SAMPLE)) ? privateKey : null;
  } catch {
    return null;
  }
}

/** RFC 7518 §6.3.1 */
function publicNumbers({ modulus, publicExponent }: PlainRsaKey) {
  return { kty: 'RSA', n: base64url(modulus), e: base64url(publicExponent) };
}

function base64url(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('base64url');
}

/** What the longest hash takes, with the least padding (RFC 8017 §7.2.1). */
const LEAST_BITS = 600;
/** To see whether a key works. */
const SAMPLE = Uint8Array.from({ length: 32 }, (_, k) => k);
