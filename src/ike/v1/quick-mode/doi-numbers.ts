/**
 * The numbers that the IPsec DOI has for what protects a layer (RFC 2407 §4.4, §4.5).
 *
 * @module
 */
import { AES_CBC } from '../../../crypto/aes-cbc.ts';
import { AES_CCM_16 } from '../../../crypto/aes-ccm.ts';
import { AES_CTR } from '../../../crypto/aes-ctr.ts';
import { AES_GCM_16, AES_GMAC } from '../../../crypto/aes-gcm.ts';
import { AES_XCBC_MAC } from '../../../crypto/aes-mac.ts';
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../../crypto/algorithm.ts';
import { CAMELLIA_CBC } from '../../../crypto/camellia-cbc.ts';
import { HMAC_SHA1 } from '../../../crypto/hmac-sha1.ts';
import { HMAC_SHA256, HMAC_SHA384, HMAC_SHA512 } from '../../../crypto/hmac-sha2.ts';
import { INSECURE_3DES_CBC } from '../../../crypto/insecure/3des-cbc.ts';
import { INSECURE_BLOWFISH_CBC } from '../../../crypto/insecure/blowfish-cbc.ts';
import { INSECURE_CAST128_CBC } from '../../../crypto/insecure/cast128-cbc.ts';
import { INSECURE_DES_CBC } from '../../../crypto/insecure/des-cbc.ts';
import { INSECURE_HMAC_MD5 } from '../../../crypto/insecure/hmac-md5.ts';
import { INSECURE_HMAC_RIPEMD160 } from '../../../crypto/insecure/hmac-ripemd160.ts';
import { NULL, NULL_INTEGRITY } from '../../../crypto/null.ts';
import { TWOFISH_CBC } from '../../../crypto/twofish-cbc.ts';
import { type CompressionAlgorithm, DEFLATE } from '../../../ipsec/compression.ts';
import type { IpsecProtocol } from '../../../ipsec/policy.ts';
import {
  AUTHENTICATION_ALGORITHM,
  PROTOCOL_ID,
  TRANSFORM_ID,
} from '../../../wire/ikev1/ipsec-doi.ts';
import type { Protection } from '../../protection.ts';
import { hasKeyLengths } from '../phase1/attribute-value.ts';

/** What a transform says of algorithms. */
export interface DoiNumbers {
  readonly transformId: number;
  /** The attribute Authentication Algorithm; `null` is without. */
  readonly authentication: number | null;
  /** The attribute Key Length, in bits; `null` is without. */
  readonly keyLength: number | null;
}

/** The numbers for `protection`; `null` when IKEv1 has none. */
export function doiNumbersOf(protection: Protection): DoiNumbers | null {
  switch (protection.protocol) {
    case 'esp': {
      const { algorithm, keyBits, integrity } = protection;
      const transformId = ESP.get(algorithm);
      const authentication = integrity === NULL_INTEGRITY ? null : AUTHENTICATION.get(integrity);
      if (transformId === undefined || authentication === undefined) return null;
      // RFC 2407 §4.5: for ciphers that have several alone
      const keyLength = hasKeyLengths(algorithm) ? keyBits - nonceBits(algorithm) : null;
      return { transformId, authentication, keyLength };
    }
    case 'ah': {
      const transformId = AH.get(protection.integrity);
      const authentication = AUTHENTICATION.get(protection.integrity);
      if (transformId === undefined || authentication === undefined) return null;
      return { transformId, authentication, keyLength: null };
    }
    case 'ipcomp': {
      const transformId = IPCOMP.get(protection.compression);
      return transformId === undefined
        ? null
        : { transformId, authentication: null, keyLength: null };
    }
  }
}

/**
 * The bits that come out of KEYMAT behind the key and are no part of the Key Length attribute (RFC 3686
 * §5.1, RFC 4106 §8.1, RFC 4309 §7.1).
 */
export function nonceBits(algorithm: EncryptionAlgorithm): number {
  return 8 * (algorithm.kind === 'aead' ? algorithm.saltLength : algorithm.nonceLength);
}

/** The name of the cipher or the compression that `id` stands for; `transform 99` when nobody knows. */
export function transformName(protocol: IpsecProtocol, id: number): string {
  const names: ReadonlyMap<{ readonly name: string }, number> =
    protocol === 'esp' ? ESP : protocol === 'ah' ? AH : IPCOMP;
  return nameIn(names, id) ?? `transform ${id}`;
}

/** The name of the integrity algorithm that the attribute `value` stands for. */
export function authenticationName(value: number): string {
  return nameIn(AUTHENTICATION, value) ?? `authentication algorithm ${value}`;
}

function nameIn(
  numbers: ReadonlyMap<{ readonly name: string }, number>,
  wanted: number,
): string | undefined {
  for (const [{ name }, number] of numbers) if (number === wanted) return name;
  return undefined;
}

/** The protocol of a proposal; `undefined` for those that quick mode has nothing to do with. */
export function protocolOf(protocolId: number): IpsecProtocol | undefined {
  return PROTOCOLS.find((protocol) => PROTOCOL_IDS[protocol] === protocolId);
}

/** The Protocol-ID of proposals (§4.4.1). */
export const PROTOCOL_IDS: Readonly<Record<IpsecProtocol, number>> = {
  ah: PROTOCOL_ID.AH,
  esp: PROTOCOL_ID.ESP,
  ipcomp: PROTOCOL_ID.IPCOMP,
};

const PROTOCOLS = ['ah', 'esp', 'ipcomp'] as const;

const ESP: ReadonlyMap<EncryptionAlgorithm, number> = new Map<EncryptionAlgorithm, number>([
  [INSECURE_DES_CBC, TRANSFORM_ID.ESP.DES],
  [INSECURE_3DES_CBC, TRANSFORM_ID.ESP.TRIPLE_DES],
  [INSECURE_CAST128_CBC, TRANSFORM_ID.ESP.CAST],
  [INSECURE_BLOWFISH_CBC, TRANSFORM_ID.ESP.BLOWFISH],
  [NULL, TRANSFORM_ID.ESP.NULL],
  [AES_CBC, TRANSFORM_ID.ESP.AES],
  [AES_CTR, TRANSFORM_ID.ESP.AES_CTR],
  [AES_CCM_16, TRANSFORM_ID.ESP.AES_CCM_16],
  [AES_GCM_16, TRANSFORM_ID.ESP.AES_GCM_16],
  [CAMELLIA_CBC, TRANSFORM_ID.ESP.CAMELLIA],
  [AES_GMAC, TRANSFORM_ID.ESP.NULL_AUTH_AES_GMAC],
  [TWOFISH_CBC, TRANSFORM_ID.ESP.TWOFISH],
]);

const AH: ReadonlyMap<IntegrityAlgorithm, number> = new Map<IntegrityAlgorithm, number>([
  [INSECURE_HMAC_MD5, TRANSFORM_ID.AH.MD5],
  [HMAC_SHA1, TRANSFORM_ID.AH.SHA],
  [HMAC_SHA256, TRANSFORM_ID.AH.SHA2_256],
  [HMAC_SHA384, TRANSFORM_ID.AH.SHA2_384],
  [HMAC_SHA512, TRANSFORM_ID.AH.SHA2_512],
  [INSECURE_HMAC_RIPEMD160, TRANSFORM_ID.AH.RIPEMD],
  [AES_XCBC_MAC, TRANSFORM_ID.AH.AES_XCBC_MAC],
]);

const IPCOMP: ReadonlyMap<CompressionAlgorithm, number> = new Map<CompressionAlgorithm, number>([
  [DEFLATE, TRANSFORM_ID.IPCOMP.DEFLATE],
]);

const AUTHENTICATION: ReadonlyMap<IntegrityAlgorithm, number> = new Map<IntegrityAlgorithm, number>(
  [
    [INSECURE_HMAC_MD5, AUTHENTICATION_ALGORITHM.HMAC_MD5],
    [HMAC_SHA1, AUTHENTICATION_ALGORITHM.HMAC_SHA],
    [HMAC_SHA256, AUTHENTICATION_ALGORITHM.HMAC_SHA2_256],
    [HMAC_SHA384, AUTHENTICATION_ALGORITHM.HMAC_SHA2_384],
    [HMAC_SHA512, AUTHENTICATION_ALGORITHM.HMAC_SHA2_512],
    [INSECURE_HMAC_RIPEMD160, AUTHENTICATION_ALGORITHM.HMAC_RIPEMD],
    [AES_XCBC_MAC, AUTHENTICATION_ALGORITHM.AES_XCBC_MAC],
  ],
);
