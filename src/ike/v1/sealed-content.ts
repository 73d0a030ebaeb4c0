/**
 * What stands behind the header of a message that is enciphered, and the IV of the next one: its last
 * block of ciphertext (RFC 2409 Appendix B).
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { emitPayloadChain, type PayloadBody } from '../../wire/ikev1/payload-chain.ts';
import type { Padding } from '../configuration.ts';
import { type MessageCipher, padded } from './message-cipher.ts';
import { Payloads } from './payloads.ts';

export interface SealedContent {
  readonly ciphertext: Uint8Array;
  readonly nextIv: Uint8Array;
}

export interface OpenedContent {
  readonly payloads: Payloads;
  /** To be taken up when it is known that the message is the peer's. */
  readonly nextIv: Uint8Array;
}

/** `payloads`, enciphered under `iv`. */
export function sealContent(
  cipher: MessageCipher,
  iv: Uint8Array,
  payloads: readonly PayloadBody[],
  padding: Padding,
  random: (length: number) => Uint8Array,
): SealedContent {
  const plaintext = padded(emitPayloadChain(payloads), cipher.blockLength, padding, random);
  const ciphertext = cipher.encipher(iv, plaintext);
  return { ciphertext, nextIv: ciphertext.slice(-cipher.blockLength) };
}

/** What was enciphered under `iv`; `Malformed` also when it was another key. `first` is of the header. */
export function openContent(
  cipher: MessageCipher,
  iv: Uint8Array,
  first: number,
  ciphertext: Uint8Array,
): Parsed<OpenedContent> {
  const plaintext = cipher.decipher(iv, ciphertext);
  if (plaintext instanceof Malformed) return plaintext;
  const payloads = Payloads.read(first, plaintext);
  if (payloads instanceof Malformed) return payloads;
  return { payloads, nextIv: ciphertext.slice(-cipher.blockLength) };
}
