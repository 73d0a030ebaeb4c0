/**
 * Calls of OpenSSL that are put off, to be made many at once (`foreign-calls.ts`).
 *
 * @module
 */
import { addressOf, ForeignCalls } from '../foreign-calls.ts';
import { PinnedMemory } from '../pinned-memory.ts';
import { type Address, type Openssl, takeReason } from './bindings.ts';

/** Calls that one packet takes at most. */
const MOST_CALLS = 6;
/** Packets that may wait. */
const MOST_PACKETS = 128;
const CAPACITY = MOST_PACKETS * MOST_CALLS;
/** Room for the nonce of any AEAD. */
const NONCE_LENGTH = 16;

/** Where the functions stand that packets need. */
const NAMES = [
  'EVP_EncryptInit_ex2',
  'EVP_EncryptUpdate',
  'EVP_EncryptFinal_ex',
  'EVP_DecryptInit_ex2',
  'EVP_DecryptUpdate',
  'EVP_DecryptFinal_ex',
  'EVP_CIPHER_CTX_ctrl',
] as const;

export type DeferredFunction = (typeof NAMES)[number];

export class Deferred {
  /** The addresses of the functions, by name. */
  readonly functions: Readonly<Record<DeferredFunction, Address>>;
  readonly #openssl: Openssl;
  readonly #calls = new ForeignCalls(CAPACITY);
  readonly #nonces = new PinnedMemory(CAPACITY * NONCE_LENGTH);
  /** Which calls must return 1. */
  readonly #musts = new Uint8Array(CAPACITY);

  constructor(openssl: Openssl) {
    this.#openssl = openssl;
    const addresses = NAMES.map((name) => [name, addressOf(openssl.file, name)]);
    this.functions = Object.fromEntries(addresses) as Record<DeferredFunction, Address>;
  }

  /** Whether the calls of one more packet may be added. */
  get hasRoom(): boolean {
    return this.#calls.hasRoom(MOST_CALLS);
  }

  /** Octets for the nonce of the packet whose first call is added next. */
  get nonce(): { readonly octets: Uint8Array; readonly at: number; readonly address: Address } {
    const at = this.#calls.count * NONCE_LENGTH;
    return { octets: this.#nonces.octets, at, address: this.#nonces.address + at };
  }

  /** Adds a call that cannot fail, or there is something wrong with us. */
  must(target: Address, a: Address, b: Address, c: Address, d: Address, e: Address): void {
    this.#musts[this.#calls.add(target, a, b, c, d, e)] = 1;
  }

  /** Adds a call that may fail; the number to ask for it by. */
  may(target: Address, a: Address, b: Address, c: Address, d: Address, e: Address): number {
    const place = this.#calls.add(target, a, b, c, d, e);
    this.#musts[place] = 0;
    return place;
  }

  /** Makes the calls that wait. */
  settle(): void {
    const { count } = this.#calls;
    if (count === 0) return;
    this.#calls.run();
    for (let place = 0; place < count; place++) {
      if (this.#musts[place] === 0 || this.#calls.returned(place) === 1) continue;
      const why = takeReason(this.#openssl);
      throw new Error(`Bug: a call put off has failed: ${why}; please report`);
    }
  }

  /** Whether the call of that number did not fail. */
  succeeded(number: number): boolean {
    return this.#calls.returned(number) === 1;
  }
}
