/**
 * What Wireshark calls the algorithms of ESP in its `esp_sa` table.
 *
 * @module
 */
import { AES_CBC } from '../../crypto/aes-cbc.ts';
import { AES_CTR } from '../../crypto/aes-ctr.ts';
import { AES_GCM_16 } from '../../crypto/aes-gcm.ts';
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../crypto/algorithm.ts';
import { CHACHA20_POLY1305 } from '../../crypto/chacha20-poly1305.ts';
import { HMAC_SHA1 } from '../../crypto/hmac-sha1.ts';
import { HMAC_SHA256, HMAC_SHA384, HMAC_SHA512 } from '../../crypto/hmac-sha2.ts';
import { INSECURE_3DES_CBC } from '../../crypto/insecure/3des-cbc.ts';
import { INSECURE_BLOWFISH_CBC } from '../../crypto/insecure/blowfish-cbc.ts';
import { INSECURE_CAST128_CBC } from '../../crypto/insecure/cast128-cbc.ts';
import { INSECURE_DES_CBC } from '../../crypto/insecure/des-cbc.ts';
import { INSECURE_HMAC_MD5 } from '../../crypto/insecure/hmac-md5.ts';
import { INSECURE_HMAC_RIPEMD160 } from '../../crypto/insecure/hmac-ripemd160.ts';
import { NULL, NULL_INTEGRITY } from '../../crypto/null.ts';
import { TWOFISH_CBC } from '../../crypto/twofish-cbc.ts';

/** Names and what they mean, those that Wireshark 4.0 knows first. */
export const WIRESHARK_CIPHERS: ReadonlyMap<string, EncryptionAlgorithm> = new Map<
  string,
  EncryptionAlgorithm
>([
  ['NULL', NULL],
  ['TripleDES-CBC [RFC2451]', INSECURE_3DES_CBC],
  ['AES-CBC [RFC3602]', AES_CBC],
  ['AES-CTR [RFC3686]', AES_CTR],
  ['DES-CBC [RFC2405]', INSECURE_DES_CBC],
  ['CAST5-CBC [RFC2144]', INSECURE_CAST128_CBC],
  ['BLOWFISH-CBC [RFC2451]', INSECURE_BLOWFISH_CBC],
  ['TWOFISH-CBC', TWOFISH_CBC],
  ['AES-GCM with 16 octet ICV [RFC4106]', AES_GCM_16],
  ['ChaCha20 with Poly1305 [RFC7634]', CHACHA20_POLY1305],
]);

/** Names that stand for an algorithm none of ours, with the octets of its ICV. */
export const WIRESHARK_FOREIGN_AEADS: ReadonlyMap<string, number> = new Map([
  ['AES-GCM with 8 octet ICV [RFC4106]', 8],
  ['AES-GCM with 12 octet ICV [RFC4106]', 12],
  // Without an ICV of its own: the field for authentication says how long one is, unchecked.
  ['AES-GCM [RFC4106]', 0],
]);

/** An integrity algorithm, cut to that many octets. */
export interface WiresharkIntegrity {
  readonly algorithm: IntegrityAlgorithm;
  readonly icvLength: number;
}

/** {@link NULL_INTEGRITY} with an ICV is one that is passed over unchecked. */
export const WIRESHARK_INTEGRITY: ReadonlyMap<string, WiresharkIntegrity> = new Map([
  ['NULL', { algorithm: NULL_INTEGRITY, icvLength: 0 }],
  ['HMAC-SHA-1-96 [RFC2404]', { algorithm: HMAC_SHA1, icvLength: 12 }],
  ['HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]', { algorithm: HMAC_SHA256, icvLength: 12 }],
  ['HMAC-SHA-256-128 [RFC4868]', { algorithm: HMAC_SHA256, icvLength: 16 }],
  ['HMAC-SHA-384-192 [RFC4868]', { algorithm: HMAC_SHA384, icvLength: 24 }],
  ['HMAC-SHA-512-256 [RFC4868]', { algorithm: HMAC_SHA512, icvLength: 32 }],
  ['HMAC-MD5-96 [RFC2403]', { algorithm: INSECURE_HMAC_MD5, icvLength: 12 }],
  ['MAC-RIPEMD-160-96 [RFC2857]', { algorithm: INSECURE_HMAC_RIPEMD160, icvLength: 12 }],
  ...[64, 96, 128, 192, 256].map(
    (bits) =>
      [
        `ANY ${bits} bit authentication [no checking]`,
        { algorithm: NULL_INTEGRITY, icvLength: bits / 8 },
      ] as const,
  ),
]);

/** The name of an ICV of `icvLength` octets that is not checked; `undefined` when there is none. */
export function unchecked(icvLength: number): string | undefined {
  const name = `ANY ${icvLength * 8} bit authentication [no checking]`;
  return WIRESHARK_INTEGRITY.has(name) ? name : undefined;
}
