/**
 * The groups of the Diffie-Hellman exchange by their numbers (IANA "IKE Group Descriptions", the
 * same for IKEv1 and IKEv2): modular exponentiation, as racoon had it, and elliptic curves.
 *
 * @module
 */

interface DhGroupNames {
  /** Attribute value of IKEv1's Group Description, transform ID of IKEv2. */
  readonly number: number;
  /** As racoon spells it, or would have. */
  readonly name: string;
  /** Length of the prime. */
  readonly bits: number;
  /** The RFC that defines it. */
  readonly rfc: number;
  /** Why nobody should choose it today, as a clause; `null` when nothing speaks against it. */
  readonly weakness: string | null;
}

/** A group modulo a prime; the generator is 2 in all of them. */
export interface ModpGroup extends DhGroupNames {
  readonly kind: 'modp';
  /** node:crypto's name of it. */
  readonly openssl: string;
  /** Octets of a private value: the larger estimate of RFC 3526 §8. */
  readonly exponentLength: number;
}

/** A group of points on a curve over a prime field. */
export interface EcpGroup extends DhGroupNames {
  readonly kind: 'ecp';
  /** OpenSSL's name of the curve. */
  readonly openssl: string;
  /** How many multiples the generator has (RFC 5903 §3). */
  readonly order: bigint;
}

export type DhGroup = ModpGroup | EcpGroup;

/** Every group there is, in the order of their numbers. */
export const DH_GROUPS: readonly DhGroup[] = [
  modp(
    1,
    768,
    2409,
    30,
    'RFC 8247 §2.4 forbids it, and logarithms of this size have been computed',
  ),
  modp(2, 1024, 2409, 30, 'RFC 8247 §2.4 advises against it, and a large attacker can break it'),
  modp(5, 1536, 3526, 30, 'RFC 8247 §2.4 advises against it'),
  modp(14, 2048, 3526, 40, null),
  modp(15, 3072, 3526, 53, null),
  modp(16, 4096, 3526, 60, null),
  modp(17, 6144, 3526, 68, null),
  modp(18, 8192, 3526, 78, null),
  ecp(19, 256, 'prime256v1', 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n),
  ecp(
    20,
    384,
    'secp384r1',
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  ),
  ecp(
    21,
    521,
    'secp521r1',
    0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  ),
];

/** The group called `name`, by its number or as racoon spells it; `undefined` when there is none. */
export function dhGroupByName(name: string): DhGroup | undefined {
  return DH_GROUPS.find((group) => group.name === name || `${group.number}` === name);
}

function modp(
  number: number,
  bits: number,
  rfc: number,
  exponentLength: number,
  weakness: string | null,
): ModpGroup {
  const names = { number, name: `modp${bits}`, bits, rfc, weakness };
  return { kind: 'modp', ...names, openssl: `modp${number}`, exponentLength };
}

function ecp(number: number, bits: number, openssl: string, order: bigint): EcpGroup {
  const names = { number, name: `ecp${bits}`, bits, rfc: 5903, weakness: null };
  return { kind: 'ecp', ...names, openssl, order };
}
