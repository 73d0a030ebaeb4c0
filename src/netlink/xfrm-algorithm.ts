/**
 * Algorithms with their keys (linux/xfrm.h): `struct xfrm_algo` for ciphers and compression, and with
 * the fields from 68 on, `struct xfrm_algo_auth` and `struct xfrm_algo_aead`.
 *
 *      xfrm_algo                  xfrm_algo_auth, xfrm_algo_aead
 *   0  name, 64 octets            name, 64 octets
 *  64  key length in bits         key length in bits
 *  68  key                        ICV length in bits
 *  72                             key
 *
 * Integers are in host order; the name ends with a zero octet and zeros follow.
 *
 * @module
 */
import { hostU32, setHostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { attributeText } from './attribute.ts';

const NAME_LENGTH = 64;
const KEY_BITS = 64;
const KEY = 68;
const ICV_BITS = 68;
const ICV_KEY = 72;

/** A cipher. */
export interface XfrmAlgorithm {
  /** As the kernel's crypto API spells it: `cbc(aes)`. At most 63 octets. */
  readonly name: string;
  /** When parsed, a view. */
  readonly key: Uint8Array;
}

/** A keyed hash, or a cipher that authenticates too. */
export interface XfrmIcvAlgorithm extends XfrmAlgorithm {
  readonly icvBits: number;
}

/** Reads a `struct xfrm_algo`. */
export function parseXfrmAlgorithm(octets: Uint8Array): Parsed<XfrmAlgorithm> {
  if (octets.length < KEY) return Malformed.truncated(WHAT, KEY, octets.length);
  const key = parseKey(octets, KEY);
  return key instanceof Malformed ? key : { name: parseName(octets), key };
}

/** Writes a `struct xfrm_algo`. */
export function emitXfrmAlgorithm(algorithm: XfrmAlgorithm): Uint8Array {
  const octets = new Uint8Array(KEY + algorithm.key.length);
  emitName(algorithm, octets);
  octets.set(algorithm.key, KEY);
  return octets;
}

/** Reads a `struct xfrm_algo_auth` or `struct xfrm_algo_aead`. */
export function parseXfrmIcvAlgorithm(octets: Uint8Array): Parsed<XfrmIcvAlgorithm> {
  if (octets.length < ICV_KEY) return Malformed.truncated(WHAT, ICV_KEY, octets.length);
  const key = parseKey(octets, ICV_KEY);
  if (key instanceof Malformed) return key;
  return { name: parseName(octets), icvBits: hostU32(octets, ICV_BITS), key };
}

/** Writes a `struct xfrm_algo_auth` or `struct xfrm_algo_aead`. */
export function emitXfrmIcvAlgorithm(algorithm: XfrmIcvAlgorithm): Uint8Array {
  const octets = new Uint8Array(ICV_KEY + algorithm.key.length);
  emitName(algorithm, octets);
  setHostU32(octets, ICV_BITS, algorithm.icvBits);
  octets.set(algorithm.key, ICV_KEY);
  return octets;
}

function parseName(octets: Uint8Array): string {
  return attributeText(octets.subarray(0, NAME_LENGTH));
}

function parseKey(octets: Uint8Array, at: number): Parsed<Uint8Array> {
  const length = Math.ceil(hostU32(octets, KEY_BITS) / 8);
  if (octets.length < at + length) return Malformed.truncated(WHAT, at + length, octets.length);
  return octets.subarray(at, at + length);
}

function emitName({ name, key }: XfrmAlgorithm, octets: Uint8Array): void {
  octets.set(new TextEncoder().encode(name).subarray(0, NAME_LENGTH - 1));
  setHostU32(octets, KEY_BITS, key.length * 8);
}

const WHAT = 'xfrm algorithm';
