/**
 * What an algorithm is to the rest of the project: its names in every vocabulary it is known by,
 * and its lengths. The algorithms themselves are values, one family a file, the weak ones in
 * `insecure/`, all gathered in `registry.ts`; how they are computed is `context.ts`'s concern.
 *
 * @module
 */

/** The names one algorithm goes by. Vocabularies that lack it have `null` or an empty list. */
export interface AlgorithmNames {
  /** As `setkey -D` prints it. */
  readonly name: string;
  /** Every spelling setkey accepts, {@link name} included. */
  readonly setkey: readonly string[];
  /** Every spelling racoon accepts in `encryption_algorithm` or `authentication_algorithm`. */
  readonly racoon: readonly string[];
  /** As the kernel's crypto API spells it in an `xfrm_algo`: `cbc(aes)`. */
  readonly linux: string;
  /** IANA "IKEv2 Parameters", transform type 1 or 3. */
  readonly ikev2: { readonly id: number; readonly name: string } | null;
  /** The RFC that says how ESP or AH use it; 0 where none does. */
  readonly rfc: number;
  /** Why nobody should choose it today, as a clause; `null` when nothing speaks against it. */
  readonly weakness: string | null;
}

/** A cipher for ESP. Lengths are in octets unless named otherwise. */
export interface CipherAlgorithm extends AlgorithmNames {
  readonly kind: 'cipher';
  /** Key lengths that work, ascending, nonce included; empty when there is no key (NULL). */
  readonly keyBits: readonly number[];
  /** Octets at the end of the key that are the nonce of a counter mode; 0 in other modes. */
  readonly nonceLength: number;
  /** Octets of IV that travel in each packet. */
  readonly ivLength: number;
  /** The plaintext is padded to a multiple of this. */
  readonly blockLength: number;
  /**
   * OpenSSL's name of the cipher for a key of that many bits, nonce included; `null` where we have
   * the cipher ourselves (`own-cipher.ts`).
   */
  readonly openssl: ((keyBits: number) => string) | null;
}

/** A cipher for ESP that makes its own ICV. Lengths are in octets unless named otherwise. */
export interface AeadAlgorithm extends AlgorithmNames {
  readonly kind: 'aead';
  /** Key lengths that work, ascending, salt included. */
  readonly keyBits: readonly number[];
  /** Octets at the end of the key that begin every nonce; the IV of the packet ends it. */
  readonly saltLength: number;
  readonly ivLength: number;
  readonly blockLength: number;
  readonly icvLength: number;
  /** Whether it hides the payload, or only authenticates it (GMAC). */
  readonly encrypts: boolean;
  readonly mode: 'gcm' | 'ccm' | 'chacha20-poly1305';
  /** OpenSSL's name of it for a key of that many bits, salt included. */
  readonly openssl: (keyBits: number) => string;
}

/** What ESP can have behind `-E`. */
export type EncryptionAlgorithm = CipherAlgorithm | AeadAlgorithm;

/** Whether one IV used twice under one key gives the plaintexts away. */
export function isCounterMode(algorithm: EncryptionAlgorithm): boolean {
  return algorithm.kind === 'aead' || algorithm.nonceLength > 0;
}

/** How an {@link IntegrityAlgorithm} is computed, by OpenSSL's name of what it is made of. */
export type MacConstruction =
  | { readonly kind: 'hmac'; readonly digest: string }
  /** RFC 4493; RFC 3566. */
  | { readonly kind: 'aes-cmac' | 'aes-xcbc-mac' }
  /** Nothing is computed. */
  | { readonly kind: 'none' };

/** A keyed hash for AH and ESP. Lengths are in octets unless named otherwise. */
export interface IntegrityAlgorithm extends AlgorithmNames {
  readonly kind: 'integrity';
  readonly keyBits: readonly number[];
  /** Octets the hash produces before truncation. */
  readonly digestLength: number;
  /** The ICV that old setkey and racoon put on the wire on Linux. */
  readonly classicIcvLength: number;
  /** The ICV that the RFC asks for. */
  readonly icvLength: number;
  readonly mac: MacConstruction;
}
