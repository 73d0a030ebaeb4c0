/**
 * The block cipher Twofish (Schneier, Kelsey, Whiting, Wagner, Hall, Ferguson, "Twofish: A 128-Bit
 * Block Cipher", 1998), whose section numbers stand here.
 *
 * Our own because OpenSSL has none, and the libgcrypt that others use takes no keys of 192 bits. Its
 * tables are looked up at places that depend on the key: not for hosts whose cache others share.
 *
 * @module
 */
import { u8 } from '../octets/octets.ts';

export const TWOFISH_BLOCK_LENGTH = 16;

const ROUNDS = 16;
/** Words of the expanded key: four before the rounds, four after, two in each. */
const SUBKEYS = 8 + 2 * ROUNDS;

export class Twofish {
  readonly #subkeys = new Uint32Array(SUBKEYS);
  /** g() of §4.3.5: 256 words for each octet of its argument. */
  readonly #boxes = new Uint32Array(4 * 256);

  /** Expands `key`, of 16, 24 or 32 octets. */
  constructor(key: Uint8Array) {
    const halves = key.length / 8;
    const even: number[] = [];
    const odd: number[] = [];
    const boxKey: number[] = [];
    for (let k = 0; k < halves; k++) {
      even.push(littleU32(key, 8 * k));
      odd.push(littleU32(key, 8 * k + 4));
      // §4.3: in reverse
      boxKey.unshift(reedSolomon(key, 8 * k));
    }
    // §4.3.4
    for (let k = 0; k < SUBKEYS; k += 2) {
      const a = h(k * RHO, even);
      const b = rotateLeft(h((k + 1) * RHO, odd), 8);
      this.#subkeys[k] = a + b;
      this.#subkeys[k + 1] = rotateLeft((a + 2 * b) | 0, 9);
    }
    for (let k = 0; k < this.#boxes.length; k++) {
      const column = k >> 8;
      this.#boxes[k] = mdsColumn(column, substituted(k & 0xff, column, boxKey));
    }
  }

  /** Enciphers the block at `at` in place. */
  encipher(octets: Uint8Array, at: number): void {
    const key = this.#subkeys;
    let a = littleU32(octets, at) ^ word(key, 0);
    let b = littleU32(octets, at + 4) ^ word(key, 1);
    let c = littleU32(octets, at + 8) ^ word(key, 2);
    let d = littleU32(octets, at + 12) ^ word(key, 3);
    for (let k = 8; k < SUBKEYS; k += 2) {
      const t0 = this.#g(a);
      const t1 = this.#g(rotateLeft(b, 8));
      const newA = rotateLeft(c ^ ((t0 + t1 + word(key, k)) | 0), 31);
      const newB = rotateLeft(d, 1) ^ ((t0 + 2 * t1 + word(key, k + 1)) | 0);
      c = a;
      d = b;
      a = newA;
      b = newB;
    }
    setLittleU32(octets, at, c ^ word(key, 4));
    setLittleU32(octets, at + 4, d ^ word(key, 5));
    setLittleU32(octets, at + 8, a ^ word(key, 6));
    setLittleU32(octets, at + 12, b ^ word(key, 7));
  }

  /** Deciphers the block at `at` in place. */
  decipher(octets: Uint8Array, at: number): void {
    const key = this.#subkeys;
    let c = littleU32(octets, at) ^ word(key, 4);
    let d = littleU32(octets, at + 4) ^ word(key, 5);
    let a = littleU32(octets, at + 8) ^ word(key, 6);
    let b = littleU32(octets, at + 12) ^ word(key, 7);
    for (let k = SUBKEYS - 2; k >= 8; k -= 2) {
      const t0 = this.#g(c);
      const t1 = this.#g(rotateLeft(d, 8));
      const oldC = rotateLeft(a, 1) ^ ((t0 + t1 + word(key, k)) | 0);
      const oldD = rotateLeft(b ^ ((t0 + 2 * t1 + word(key, k + 1)) | 0), 31);
      a = c;
      b = d;
      c = oldC;
      d = oldD;
    }
    setLittleU32(octets, at, a ^ word(key, 0));
    setLittleU32(octets, at + 4, b ^ word(key, 1));
    setLittleU32(octets, at + 8, c ^ word(key, 2));
    setLittleU32(octets, at + 12, d ^ word(key, 3));
  }

  /** Overwrites the expanded key. */
  destroy(): void {
    this.#subkeys.fill(0);
    this.#boxes.fill(0);
  }

  #g(x: number): number {
    const boxes = this.#boxes;
    return (
      word(boxes, x & 0xff) ^
      word(boxes, 256 + ((x >>> 8) & 0xff)) ^
      word(boxes, 512 + ((x >>> 16) & 0xff)) ^
      word(boxes, 768 + (x >>> 24))
    );
  }
}

/** §4.3.4 */
const RHO = 0x01010101;

/** The 4-bit permutations that q0 and q1 are made of (§4.3.5). */
const T = [
  ['817d6f320b59eca4', 'ecb81235f4a6709d', 'ba5e6d90c8f32471', 'd7f4126e9b3085ca'],
  ['28bdf76e31940ac5', '1e2b4c376da5f908', '4c75169a0ed82b3f', 'b951c3de647f208a'],
].map((rows) => rows.map((row) => [...row].map((digit) => Number.parseInt(digit, 16))));

const Q = T.map((tables) => Uint8Array.from({ length: 256 }, (_, x) => permuted(x, tables)));

/** Which of q0 and q1 each octet passes (§4.3.2): for four, three, two key words, and at last. */
const PASSES: readonly (readonly number[])[] = [
  [1, 0, 0, 1],
  [1, 1, 0, 0],
  [0, 1, 0, 1],
  [0, 0, 1, 1],
  [1, 0, 1, 0],
];

/** §4.2: one row for each octet that comes out. */
const MDS: readonly (readonly number[])[] = [
  [0x01, 0xef, 0x5b, 0x5b],
  [0x5b, 0xef, 0xef, 0x01],
  [0xef, 0x5b, 0x01, 0xef],
  [0xef, 0x01, 0xef, 0x5b],
];
const MDS_POLYNOMIAL = 0x169;

/** §4.3 */
const RS: readonly (readonly number[])[] = [
  [0x01, 0xa4, 0x55, 0x87, 0x5a, 0x58, 0xdb, 0x9e],
  [0xa4, 0x56, 0x82, 0xf3, 0x1e, 0xc6, 0x68, 0xe5],
  [0x02, 0xa1, 0xfc, 0xc1, 0x47, 0xae, 0x3d, 0x19],
  [0xa4, 0x55, 0x87, 0x5a, 0x58, 0xdb, 0x9e, 0x03],
];
const RS_POLYNOMIAL = 0x14d;

/** One of q0 and q1 (§4.3.5). */
function permuted(x: number, tables: readonly (readonly number[])[]): number {
  let a = x >> 4;
  let b = x & 15;
  for (const [left, right] of [tables.slice(0, 2), tables.slice(2)]) {
    const mixed = a ^ (((b >> 1) | (b << 3)) & 15) ^ ((8 * a) & 15);
    a = left?.[a ^ b] ?? 0;
    b = right?.[mixed] ?? 0;
  }
  return 16 * b + a;
}

/** h() of §4.3.2, of four equal or different octets. */
function h(x: number, key: readonly number[]): number {
  let result = 0;
  for (let column = 0; column < 4; column++) {
    const octet = (x >>> (8 * column)) & 0xff;
    result ^= mdsColumn(column, substituted(octet, column, key));
  }
  return result;
}

/** What h() makes of one octet before the MDS matrix. */
function substituted(octet: number, column: number, key: readonly number[]): number {
  let result = octet;
  for (let k = key.length; k >= 0; k--) {
    const q = Q[PASSES[4 - k]?.[column] ?? 0];
    result = q?.[result] ?? 0;
    if (k > 0) result ^= ((key[k - 1] ?? 0) >>> (8 * column)) & 0xff;
  }
  return result;
}

function mdsColumn(column: number, octet: number): number {
  return columnOf(MDS, MDS_POLYNOMIAL, column, octet);
}

function reedSolomon(key: Uint8Array, at: number): number {
  let result = 0;
  for (let column = 0; column < 8; column++) {
    result ^= columnOf(RS, RS_POLYNOMIAL, column, u8(key, at + column));
  }
  return result;
}

function columnOf(
  matrix: readonly (readonly number[])[],
  polynomial: number,
  column: number,
  octet: number,
): number {
  let result = 0;
  for (const [row, line] of matrix.entries()) {
    result |= product(line[column] ?? 0, octet, polynomial) << (8 * row);
  }
  return result;
}

/** In the field of 256 elements that `polynomial` makes. */
function product(a: number, b: number, polynomial: number): number {
  let result = 0;
  for (let bit = 7; bit >= 0; bit--) {
    result <<= 1;
    if (result & 0x100) result ^= polynomial;
    if ((b >> bit) & 1) result ^= a;
  }
  return result;
}

function word(words: Uint32Array, at: number): number {
  return words[at] ?? 0;
}

function rotateLeft(x: number, count: number): number {
  return (x << count) | (x >>> (32 - count));
}

function littleU32(octets: Uint8Array, at: number): number {
  return (
    u8(octets, at) |
    (u8(octets, at + 1) << 8) |
    (u8(octets, at + 2) << 16) |
    (u8(octets, at + 3) << 24)
  );
}

function setLittleU32(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value;
  octets[at + 1] = value >>> 8;
  octets[at + 2] = value >>> 16;
  octets[at + 3] = value >>> 24;
}
