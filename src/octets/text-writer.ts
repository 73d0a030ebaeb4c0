/**
 * Text composed as octets of UTF-8, where there is too much of it for strings: a string that is put
 * together of twenty takes longer to be copied out than to be made.
 *
 * What is written often is a {@link Phrase}, made beforehand, which goes to its place four octets at a
 * time; what is written seldom is a string like any other.
 *
 * @module
 */
import { LITTLE_ENDIAN } from './host.ts';

/** A text that is written over and over. */
export interface Phrase {
  /** In octets. */
  readonly length: number;
  /** Those octets, and zeros up to a multiple of four. */
  readonly words: Int32Array;
}

/** Makes a phrase of `text`. */
export function phrase(text: string): Phrase {
  const octets = Buffer.from(text);
  const words = new Int32Array(Math.ceil(octets.length / 4));
  new Uint8Array(words.buffer).set(octets);
  return { length: octets.length, words };
}

/**
 * Writes one thing behind the other, into memory that grows as it must.
 *
 * @example
 * const out = new TextWriter();
 * out.phrase(phrase('spi=0x')).hex32(0x201).text(', length ').decimal(116);
 * console.log(out.taken(0)); // spi=0x00000201, length 116
 */
export class TextWriter {
  #octets: Buffer<ArrayBuffer>;
  #view: DataView;
  #end = 0;

  /** Has room for `length` octets at first. */
  constructor(length = 1024) {
    this.#octets = Buffer.from(new ArrayBuffer(length));
    this.#view = new DataView(this.#octets.buffer);
  }

  /** Octets written. */
  get length(): number {
    return this.#end;
  }

  /** What was written, a view: good until more is. */
  get octets(): Uint8Array {
    return this.#octets.subarray(0, this.#end);
  }

  /** Begins anew, in the same memory. */
  clear(): void {
    this.#end = 0;
  }

  /** Takes back what was written from the octet `from` on, and returns it. */
  taken(from: number): string {
    const text = this.#octets.toString('utf8', from, this.#end);
    this.#end = from;
    return text;
  }

  /** Writes a phrase. */
  phrase({ length, words }: Phrase): this {
    this.#makeRoom(length + OVERHANG);
    const view = this.#view;
    let at = this.#end;
    this.#end = at + length;
    for (let k = 0; k < words.length; k++, at += 4) view.setInt32(at, words[k]!, LITTLE_ENDIAN);
    return this;
  }

  /** Writes any text. */
  text(text: string): this {
    this.#makeRoom(text.length * MOST_OCTETS_PER_UNIT);
    if (text.length > LONGEST_BY_CHARACTER) return this.#encode(text);
    const octets = this.#octets;
    const start = this.#end;
    for (let k = 0; k < text.length; k++) {
      const code = text.charCodeAt(k);
      if (code > LAST_OF_ASCII) return this.#encode(text);
      octets[start + k] = code;
    }
    this.#end = start + text.length;
    return this;
  }

  #encode(text: string): this {
    this.#end += this.#octets.write(text, this.#end);
    return this;
  }

  /** Writes an integer from 0 to 2^32 - 1 in decimal digits. */
  decimal(value: number): this {
    let digits = 1;
    for (let least = 10; least <= value; least *= 10) digits += 1;
    return this.digits(value, digits);
  }

  /** Writes the last `count` decimal digits of `value`, from 0 to 2^32 - 1, zeros included. */
  digits(value: number, count: number): this {
    this.#makeRoom(count);
    const octets = this.#octets;
    let rest = value >>> 0;
    for (let at = this.#end + count - 1; at >= this.#end; at--) {
      const tenth = (rest / 10) >>> 0;
      octets[at] = DIGIT_ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.#end += count;
    return this;
  }

  /** Writes an integer from 0 to 2^32 - 1 in hexadecimal digits. */
  hex(value: number): this {
    return this.#hexDigits(value, Math.max(1, 8 - (Math.clz32(value) >>> 2)));
  }

  /** As {@link hex}, always in eight digits. */
  hex32(value: number): this {
    return this.#hexDigits(value, 8);
  }

  #hexDigits(value: number, count: number): this {
    this.#makeRoom(count);
    const octets = this.#octets;
    let at = this.#end;
    this.#end = at + count;
    for (let shift = count * 4 - 4; shift >= 0; shift -= 4) {
      octets[at++] = HEX_DIGITS[(value >>> shift) & 0xf]!;
    }
    return this;
  }

  #makeRoom(more: number): void {
    if (this.#end + more <= this.#octets.length) return;
    const octets = Buffer.from(new ArrayBuffer((this.#octets.length + more) * 2));
    octets.set(this.#octets);
    this.#octets = octets;
    this.#view = new DataView(octets.buffer);
  }
}

/** The last word of a phrase may reach so far past its end. */
const OVERHANG = 3;
/** Of UTF-8. */
const MOST_OCTETS_PER_UNIT = 3;
/** Longer ones are faster encoded by a call. */
const LONGEST_BY_CHARACTER = 32;
const LAST_OF_ASCII = 0x7f;
const DIGIT_ZERO = 0x30;
const HEX_DIGITS = Uint8Array.from(Buffer.from('0123456789abcdef'));
