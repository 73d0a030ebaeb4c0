/**
 * How ISAKMP's messages are enciphered (RFC 2409 Appendix B): everything behind the header, in CBC mode,
 * padded to whole blocks.
 *
 * @module
 */
import type { CipherAlgorithm } from '../../crypto/algorithm.ts';
import type { CipherContext, CryptoProvider } from '../../crypto/context.ts';
import type { Secret } from '../../crypto/secret.ts';
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { concatenate, setU8, u8 } from '../../octets/octets.ts';
import type { Padding } from '../configuration.ts';

/** Octets of the memory that a {@link MessageCipher} works on: an IV, and the longest message. */
export const MESSAGE_CIPHER_LENGTH = 0x10000;

/**
 * A cipher with its key; the IV of each message comes with the message. There is a context for the length
 * of one message: a library's has to be given back, and nobody tells when a phase 1 has its last message.
 */
export class MessageCipher {
  readonly blockLength: number;
  readonly #provider: CryptoProvider;
  readonly #algorithm: CipherAlgorithm;
  readonly #key: Secret;

  /** Works on the first {@link MESSAGE_CIPHER_LENGTH} octets of the memory of `provider`. */
  constructor(provider: CryptoProvider, algorithm: CipherAlgorithm, key: Secret) {
    this.blockLength = algorithm.blockLength;
    this.#provider = provider;
    this.#algorithm = algorithm;
    this.#key = key;
  }

  /** The ciphertext of `plaintext`, which is of whole blocks. */
  encipher(iv: Uint8Array, plaintext: Uint8Array): Uint8Array {
    return this.#through(iv, plaintext, (context) =>
      context.encipher(TEXT_AT, plaintext.length, IV_AT),
    );
  }

  /** The plaintext of `ciphertext`: nonsense under another key. */
  decipher(iv: Uint8Array, ciphertext: Uint8Array): Parsed<Uint8Array> {
    const { length } = ciphertext;
    if (
      length === 0 ||
      length % this.blockLength !== 0 ||
      TEXT_AT + length > MESSAGE_CIPHER_LENGTH
    ) {
      return new Malformed('ciphertext', `${length} octets are no blocks of ${this.blockLength}`);
    }
    return this.#through(iv, ciphertext, (context) => context.decipher(TEXT_AT, length, IV_AT));
  }

  #through(iv: Uint8Array, text: Uint8Array, work: (context: CipherContext) => void): Uint8Array {
    const memory = this.#provider.memory.octets;
    memory.set(iv, IV_AT);
    memory.set(text, TEXT_AT);
    const context = this.#provider.cipher(this.#algorithm, this.#key);
    try {
      work(context);
    } finally {
      context.destroy();
    }
    const room = memory.subarray(TEXT_AT, TEXT_AT + text.length);
    const result = room.slice();
    room.fill(0);
    return result;
  }
}

/**
 * `plaintext` with its padding, as `padding` has it: of whole blocks, zeros or random octets, of which the
 * last may count the others. RFC 2409 Appendix B asks for zeros and forbids nothing.
 */
export function padded(
  plaintext: Uint8Array,
  blockLength: number,
  padding: Padding,
  random: (length: number) => Uint8Array,
): Uint8Array {
  const least = (blockLength - (plaintext.length % blockLength)) % blockLength || blockLength;
  const blocks = padding.randomizeLength
    ? Math.floor(Math.max(0, padding.maximumLength - least) / blockLength)
    : 0;
  const more = blocks === 0 ? 0 : (u8(random(1), 0) % (blocks + 1)) * blockLength;
  const tail = padding.randomize ? random(least + more) : new Uint8Array(least + more);
  setU8(tail, tail.length - 1, tail.length - (padding.exclusiveTail ? 1 : 0));
  return concatenate([plaintext, tail]);
}

const IV_AT = 0;
const TEXT_AT = 16;
