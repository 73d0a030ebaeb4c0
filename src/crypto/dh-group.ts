/**
 * The groups of the Diffie-Hellman exchange by their numbers (IANA "IKE Group Descriptions", the
 * same for IKEv1 and IKEv2): modular exponentiation alone, as racoon had it.
 *
 * @module
 */

export interface DhGroup {
  /** Attribute value of IKEv1's Group Description, transform ID of IKEv2. */
  readonly number: number;
  /** As racoon spells it. */
  readonly name: string;
  /** Length of the prime. */
  readonly bits: number;
  /** The RFC that defines it. */
  readonly rfc: number;
  /** Why nobody should choose it today, as a clause; `null` when nothing speaks against it. */
  readonly weakness: string | null;
}

/** Every group there is, in the order of their numbers. */
export const DH_GROUPS: readonly DhGroup[] = [
  modp(1, 768, 2409, 'RFC 8247 §2.4 forbids it, and logarithms of this size have been computed'),
  modp(2, 1024, 2409, 'RFC 8247 §2.4 advises against it, and a large attacker can break it'),
  modp(5, 1536, 3526, 'RFC 8247 §2.4 advises against it'),
  modp(14, 2048, 3526, null),
  modp(15, 3072, 3526, null),
  modp(16, 4096, 3526, null),
  modp(17, 6144, 3526, null),
  modp(18, 8192, 3526, null),
];

/** The group called `name`, by its number or as racoon spells it; `undefined` when there is none. */
export function dhGroupByName(name: string): DhGroup | undefined {
  return DH_GROUPS.find((group) => group.name === name || `${group.number}` === name);
}

function modp(number: number, bits: number, rfc: number, weakness: string | null): DhGroup {
  return { number, name: `modp${bits}`, bits, rfc, weakness };
}
