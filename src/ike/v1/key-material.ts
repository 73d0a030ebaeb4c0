/**
 * The keys of IKEv1: of the ISAKMP SA (RFC 2409 §5, Appendix B), and of the SAs that quick mode makes
 * under it (§5.5).
 *
 *     pre-shared-key, nonces ─┐
 *     g^xy, nonces ───────────┴─ SKEYID ─┬─ SKEYID_d ── KEYMAT of each SA
 *                                        ├─ SKEYID_a ── HASH(1), HASH(2), HASH(3)
 *                                        └─ SKEYID_e ── Ka, the cipher's key
 *
 * @module
 */
import type { HashAlgorithm } from '../../crypto/hash-algorithm.ts';
import { digest, prf } from '../../crypto/prf.ts';
import { Secret } from '../../crypto/secret.ts';
import { concatenate, setU32 } from '../../octets/octets.ts';

/** `Ni_b` and `Nr_b`: the bodies of both nonce payloads. */
export interface Nonces {
  readonly Ni: Uint8Array;
  readonly Nr: Uint8Array;
}

/** `CKY-I` and `CKY-R`, 8 octets each. */
export interface Cookies {
  readonly CKY_I: Uint8Array;
  readonly CKY_R: Uint8Array;
}

/** `g^xi` and `g^xr`: the bodies of both KE payloads. */
export interface PublicValues {
  readonly gxi: Uint8Array;
  readonly gxr: Uint8Array;
}

/** SKEYID and what comes of it, each as long as the digest. */
export interface SkeyidFamily {
  readonly SKEYID: Secret;
  /** What KEYMAT comes of. */
  readonly SKEYID_d: Secret;
  /** What ISAKMP's messages are authenticated with. */
  readonly SKEYID_a: Secret;
  /** What ISAKMP's messages are enciphered with. */
  readonly SKEYID_e: Secret;
}

/** SKEYID where both ends know a key: `prf(pre-shared-key, Ni_b | Nr_b)` (§5). */
export function deriveSkeyidOfPreSharedKey(
  hash: HashAlgorithm,
  preSharedKey: Secret,
  { Ni, Nr }: Nonces,
): Secret {
  return new Secret(prf(hash, preSharedKey, [Ni, Nr]));
}

/** SKEYID where both ends sign: `prf(Ni_b | Nr_b, g^xy)` (§5). */
export function deriveSkeyidOfSignatures(
  hash: HashAlgorithm,
  gxy: Secret,
  { Ni, Nr }: Nonces,
): Secret {
  return new Secret(prf(hash, new Secret(concatenate([Ni, Nr])), [gxy.expose()]));
}

/** SKEYID_d, SKEYID_a and SKEYID_e, each from the one before it (§5). */
export function deriveSkeyidFamily(
  hash: HashAlgorithm,
  SKEYID: Secret,
  gxy: Secret,
  { CKY_I, CKY_R }: Cookies,
): SkeyidFamily {
  const derive = (before: Uint8Array, number: number) =>
    new Secret(prf(hash, SKEYID, [before, gxy.expose(), CKY_I, CKY_R, Uint8Array.of(number)]));
  const SKEYID_d = derive(NOTHING, 0);
  const SKEYID_a = derive(SKEYID_d.expose(), 1);
  const SKEYID_e = derive(SKEYID_a.expose(), 2);
  return { SKEYID, SKEYID_d, SKEYID_a, SKEYID_e };
}

/** `Ka`, the key of ISAKMP's cipher: `length` octets of SKEYID_e, stretched if need be (Appendix B). */
export function deriveCipherKey(hash: HashAlgorithm, SKEYID_e: Secret, length: number): Secret {
  if (length <= SKEYID_e.length) return new Secret(SKEYID_e.expose().slice(0, length));
  // K1 = prf(SKEYID_e, 0), K2 = prf(SKEYID_e, K1) and so on
  return stretched(length, (before) => prf(hash, SKEYID_e, [before ?? ZERO]));
}

/**
 * The IV of the first message of phase 1 that is enciphered: the first octets of `hash(g^xi | g^xr)`
 * (Appendix B). Later ones have the last block of ciphertext before them.
 */
export function derivePhase1Iv(
  hash: HashAlgorithm,
  { gxi, gxr }: PublicValues,
  blockLength: number,
): Uint8Array {
  return digest(hash, [gxi, gxr]).subarray(0, blockLength);
}

/**
 * The IV of the first message of a quick mode or informational exchange: the first octets of
 * `hash(last block of phase 1 | M-ID)` (Appendix B).
 */
export function derivePhase2Iv(
  hash: HashAlgorithm,
  lastBlock: Uint8Array,
  messageId: number,
): Uint8Array {
  return digest(hash, [lastBlock, messageIdOctets(messageId)]).subarray(0, lastBlock.length);
}

/** What tells one SA's KEYMAT from another's (§5.5). */
export interface KeymatInputs extends Nonces {
  /** `g(qm)^xy`: what quick mode's own exchange came to; `null` without perfect forward secrecy. */
  readonly gxy: Secret | null;
  /** The Protocol-ID of the proposal. */
  readonly protocolId: number;
  /** The SPI that the receiver chose, as it was proposed. */
  readonly spi: Uint8Array;
}

/**
 * `length` octets of `KEYMAT = prf(SKEYID_d, [g(qm)^xy |] protocol | SPI | Ni_b | Nr_b)`, stretched if
 * need be: the cipher's key, then the key of integrity (§5.5, RFC 2407 §4.5).
 */
export function deriveKeymat(
  hash: HashAlgorithm,
  SKEYID_d: Secret,
  { gxy, protocolId, spi, Ni, Nr }: KeymatInputs,
  length: number,
): Secret {
  const seed = [gxy?.expose() ?? NOTHING, Uint8Array.of(protocolId), spi, Ni, Nr];
  // K1 = prf(SKEYID_d, seed), K2 = prf(SKEYID_d, K1 | seed) and so on
  return stretched(length, (before) => prf(hash, SKEYID_d, [before ?? NOTHING, ...seed]));
}

/** A message ID as it stands in the header. */
export function messageIdOctets(messageId: number): Uint8Array {
  const octets = new Uint8Array(4);
  setU32(octets, 0, messageId);
  return octets;
}

/** The first `length` octets of the blocks that `next` makes, each from the one before it. */
function stretched(length: number, next: (before?: Uint8Array) => Uint8Array): Secret {
  const blocks = [next()];
  for (let have = blocks[0]?.length ?? 0; have < length; ) {
    const block = next(blocks.at(-1));
    blocks.push(block);
    have += block.length;
  }
  const whole = concatenate(blocks);
  const key = new Secret(whole.slice(0, length));
  for (const block of [...blocks, whole]) block.fill(0);
  return key;
}

const NOTHING = new Uint8Array(0);
const ZERO = Uint8Array.of(0);
