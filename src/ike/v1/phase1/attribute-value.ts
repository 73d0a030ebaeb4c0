/**
 * What the attributes of phase 1 count, and what we call it (RFC 2409 Appendix A; the drafts of XAuth
 * and of hybrid authentication).
 *
 * @module
 */
import { AES_CBC } from '../../../crypto/aes-cbc.ts';
import type { EncryptionAlgorithm } from '../../../crypto/algorithm.ts';
import { CAMELLIA_CBC } from '../../../crypto/camellia-cbc.ts';
import { DH_GROUPS } from '../../../crypto/dh-group.ts';
import { HASH_ALGORITHMS } from '../../../crypto/hash-algorithm.ts';
import { INSECURE_3DES_CBC } from '../../../crypto/insecure/3des-cbc.ts';
import { INSECURE_BLOWFISH_CBC } from '../../../crypto/insecure/blowfish-cbc.ts';
import { INSECURE_CAST128_CBC } from '../../../crypto/insecure/cast128-cbc.ts';
import { INSECURE_DES_CBC } from '../../../crypto/insecure/des-cbc.ts';
import { TWOFISH_CBC } from '../../../crypto/twofish-cbc.ts';
import { PHASE1_AUTHENTICATION, PHASE1_ENCRYPTION } from '../../../wire/ikev1/phase1-attribute.ts';
import type { AuthenticationMethod } from '../../peer.ts';

/** Who began phase 1, and who answers. */
export type Role = 'initiator' | 'responder';

/** The cipher's number; `undefined` for those that phase 1 has none for. */
export function encryptionNumber(algorithm: EncryptionAlgorithm): number | undefined {
  return ENCRYPTION.find((each) => each.algorithm === algorithm)?.number;
}

/** The cipher of that number; `undefined` when nobody here has it. */
export function encryptionOf(number: number): EncryptionAlgorithm | undefined {
  return ENCRYPTION.find((each) => each.number === number)?.algorithm;
}

/** Whether the Key Length attribute tells one key of the cipher from another (RFC 2409 Appendix A). */
export function hasKeyLengths({ keyBits }: EncryptionAlgorithm): boolean {
  return keyBits.length > 1;
}

/** The length of keys that is meant where no Key Length attribute is, in bits: racoon's. */
export function usualKeyBits({ keyBits }: EncryptionAlgorithm): number {
  return keyBits.includes(USUAL_KEY_BITS) ? USUAL_KEY_BITS : (keyBits[0] ?? 0);
}

/**
 * The number of `method` when we have `role`. Where one side logs in, or alone has no certificate, the
 * number says which: the initiator or the responder.
 */
export function authenticationNumber(method: AuthenticationMethod, role: Role): number {
  const { client, numbers } = METHODS[method];
  if (typeof numbers === 'number') return numbers;
  return client === (role === 'initiator') ? numbers.ofInitiator : numbers.ofResponder;
}

/** `aes 256`; `des`; `encryption algorithm 99`. `keyBits` is `null` when none are told. */
export function encryptionText(number: number, keyBits: number | null): string {
  const algorithm = encryptionOf(number);
  const name = algorithm?.racoon[0] ?? nameIn(PHASE1_ENCRYPTION, number, 'encryption algorithm');
  return keyBits === null ? name : `${name} ${keyBits}`;
}

/** `sha256`; `hash algorithm 3`. */
export function hashText(number: number): string {
  return HASH_ALGORITHMS.find(({ ikev1 }) => ikev1 === number)?.name ?? `hash algorithm ${number}`;
}

/** `2 (modp1024)`; `22`. */
export function groupText(number: number): string {
  const group = DH_GROUPS.find((each) => each.number === number);
  return group === undefined ? `${number}` : `${number} (${group.name})`;
}

/** What the initiator would call the method of that number: `pre_shared_key`. */
export function authenticationText(number: number): string {
  const method = AUTHENTICATION_METHODS.find(
    (each) => authenticationNumber(each, 'initiator') === number,
  );
  return method ?? nameIn(PHASE1_AUTHENTICATION, number, 'authentication method');
}

/** What `names` calls `number`, in small letters. */
function nameIn(names: Readonly<Record<string, number>>, number: number, what: string): string {
  const name = Object.keys(names).find((each) => names[each] === number);
  return name?.toLowerCase() ?? `${what} ${number}`;
}

const ENCRYPTION: readonly { readonly number: number; readonly algorithm: EncryptionAlgorithm }[] =
  [
    { number: PHASE1_ENCRYPTION.DES, algorithm: INSECURE_DES_CBC },
    { number: PHASE1_ENCRYPTION.BLOWFISH, algorithm: INSECURE_BLOWFISH_CBC },
    { number: PHASE1_ENCRYPTION.TRIPLE_DES, algorithm: INSECURE_3DES_CBC },
    { number: PHASE1_ENCRYPTION.CAST, algorithm: INSECURE_CAST128_CBC },
    { number: PHASE1_ENCRYPTION.AES, algorithm: AES_CBC },
    { number: PHASE1_ENCRYPTION.CAMELLIA, algorithm: CAMELLIA_CBC },
    { number: PHASE1_ENCRYPTION.TWOFISH, algorithm: TWOFISH_CBC },
  ];

const USUAL_KEY_BITS = 128;

interface MethodNumbers {
  /** Whether we are the one that logs in, and in hybrid authentication has no certificate. */
  readonly client: boolean;
  /** By which end is the client, where there is one. */
  readonly numbers: number | { readonly ofInitiator: number; readonly ofResponder: number };
}

const XAUTH_PSK = {
  ofInitiator: PHASE1_AUTHENTICATION.XAUTH_INIT_PRE_SHARED,
  ofResponder: PHASE1_AUTHENTICATION.XAUTH_RESP_PRE_SHARED,
};
const XAUTH_RSA = {
  ofInitiator: PHASE1_AUTHENTICATION.XAUTH_INIT_RSA,
  ofResponder: PHASE1_AUTHENTICATION.XAUTH_RESP_RSA,
};
const HYBRID_RSA = {
  ofInitiator: PHASE1_AUTHENTICATION.HYBRID_INIT_RSA,
  ofResponder: PHASE1_AUTHENTICATION.HYBRID_RESP_RSA,
};

const METHODS: Readonly<Record<AuthenticationMethod, MethodNumbers>> = {
  pre_shared_key: { client: false, numbers: PHASE1_AUTHENTICATION.PRE_SHARED_KEY },
  rsasig: { client: false, numbers: PHASE1_AUTHENTICATION.RSA_SIGNATURES },
  hybrid_rsa_server: { client: false, numbers: HYBRID_RSA },
  hybrid_rsa_client: { client: true, numbers: HYBRID_RSA },
  xauth_psk_server: { client: false, numbers: XAUTH_PSK },
  xauth_psk_client: { client: true, numbers: XAUTH_PSK },
  xauth_rsa_server: { client: false, numbers: XAUTH_RSA },
  xauth_rsa_client: { client: true, numbers: XAUTH_RSA },
};

const AUTHENTICATION_METHODS = Object.keys(METHODS) as readonly AuthenticationMethod[];
