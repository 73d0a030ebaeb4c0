/**
 * Key material that does not print.
 *
 * @module
 */
import { sameOctets } from '../octets/octets.ts';

/**
 * Octets of a key. However it is turned into text (string, JSON, `console.log`), no octet shows;
 * {@link Secret.expose} is the one way to them.
 */
export class Secret {
  readonly #octets: Uint8Array;

  /** Takes over `octets`; the caller keeps no other copy. */
  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  /** In octets. */
  get length(): number {
    return this.#octets.length;
  }

  /** In bits, as key lengths are usually told. */
  get bits(): number {
    return this.#octets.length * 8;
  }

  /** The octets themselves, as a view: for crypto contexts and for the dump that must show keys. */
  expose(): Uint8Array {
    return this.#octets;
  }

  /** Whether both hold the same octets; not in constant time, for comparing configurations. */
  equals(other: Secret): boolean {
    return sameOctets(this.#octets, other.#octets);
  }

  /** Overwrites the octets with zeros. */
  zeroise(): void {
    this.#octets.fill(0);
  }

  toString(): string {
    return `[secret of ${this.length} octets]`;
  }

  toJSON(): string {
    return this.toString();
  }
}
