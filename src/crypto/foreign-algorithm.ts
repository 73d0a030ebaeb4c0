/**
 * Algorithms of SAs that others made and the registry does not know: shown under the kernel's name,
 * or the one that a table has for them, with nothing else claimed of them.
 *
 * @module
 */
import type {
  AeadAlgorithm,
  CipherAlgorithm,
  EncryptionAlgorithm,
  IntegrityAlgorithm,
} from './algorithm.ts';
import { NULL_INTEGRITY } from './null.ts';
import { AEADS, CIPHERS, INTEGRITY_ALGORITHMS } from './registry.ts';

/** Integrity in name only included. */
const ALL_INTEGRITY: readonly IntegrityAlgorithm[] = [...INTEGRITY_ALGORITHMS, NULL_INTEGRITY];

/** No vocabulary but the kernel's has a name for it, and no RFC is known. */
const UNKNOWN = {
  setkey: [],
  racoon: [],
  ikev2: null,
  rfc: 0,
  weakness: null,
} as const;

/** The cipher that the kernel calls `linux`, which has a key of `keyBits` here. */
export function cipherByLinuxName(linux: string, keyBits: number): CipherAlgorithm {
  return (
    CIPHERS.find((cipher) => cipher.linux === linux) ?? {
      ...UNKNOWN,
      kind: 'cipher',
      name: linux,
      linux,
      keyBits: [keyBits],
      nonceLength: 0,
      ivLength: 0,
      blockLength: 1,
      // Not null, which is the NULL cipher's: whoever wants to compute it shall fail.
      openssl: () => linux,
    }
  );
}

/** The AEAD that the kernel calls `linux`, with an ICV of `icvBits`; as {@link cipherByLinuxName}. */
export function aeadByLinuxName(linux: string, keyBits: number, icvBits: number): AeadAlgorithm {
  const icvLength = icvBits / 8;
  return (
    // Under another length of ICV, it is another algorithm everywhere but in the kernel.
    AEADS.find((aead) => aead.linux === linux && aead.icvLength === icvLength) ?? {
      ...UNKNOWN,
      kind: 'aead',
      name: linux,
      linux,
      keyBits: [keyBits],
      saltLength: 0,
      ivLength: 0,
      blockLength: 1,
      icvLength,
      encrypts: true,
      mode: 'gcm',
      openssl: () => linux,
    }
  );
}

/** The integrity algorithm that the kernel calls `linux`; key and ICV are the SA's, in bits. */
export function integrityByLinuxName(
  linux: string,
  keyBits: number,
  icvBits: number,
): IntegrityAlgorithm {
  const icvLength = icvBits / 8;
  return (
    ALL_INTEGRITY.find((integrity) => integrity.linux === linux) ?? {
      ...UNKNOWN,
      kind: 'integrity',
      name: linux,
      linux,
      keyBits: [keyBits],
      digestLength: icvLength,
      classicIcvLength: icvLength,
      icvLength,
      mac: { kind: 'hmac', digest: linux },
    }
  );
}

/** Whether the registry knows `algorithm`. */
export function isKnownAlgorithm(algorithm: EncryptionAlgorithm | IntegrityAlgorithm): boolean {
  switch (algorithm.kind) {
    case 'cipher':
      return CIPHERS.includes(algorithm);
    case 'aead':
      return AEADS.includes(algorithm);
    case 'integrity':
      return ALL_INTEGRITY.includes(algorithm);
  }
}
