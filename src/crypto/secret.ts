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
  readonly #room: Uint8Array;
  readonly #at: number;
  /** In octets. */
  readonly length: number;

  /** Moves `octets` to where secrets are kept and overwrites them where they were. */
  constructor(octets: Uint8Array) {
    const at = roomFor(octets.length);
    room.set(octets, at);
    octets.fill(0);
    this.#room = room;
    this.#at = at;
    this.length = octets.length;
  }

  /** In bits, as key lengths are usually told. */
  get bits(): number {
    return this.length * 8;
  }

  /** The octets themselves, as a view: for crypto contexts and for the dump that must show keys. */
  expose(): Uint8Array {
    return this.#room.subarray(this.#at, this.#at + this.length);
  }

  /** Whether both hold the same octets; not in constant time, for comparing configurations. */
  equals(other: Secret): boolean {
    return sameOctets(this.expose(), other.expose());
  }

  /** Overwrites the octets with zeros. */
  zeroise(): void {
    this.expose().fill(0);
  }

  toString(): string {
    return `[secret of ${this.length} octets]`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/**
 * Where the next secrets go. Small arrays live on the garbage collector's heap, which leaves copies
 * behind as it moves them, and cost several times what they hold; this room does not move.
 */
let room = new Uint8Array(0);
let used = 0;

/** Takes `length` octets of {@link room}, of a new one when the old one is full. */
function roomFor(length: number): number {
  if (used + length > room.length) {
    room = new Uint8Array(Math.max(length, ROOM_OCTETS));
    used = 0;
  }
  const at = used;
  used += length;
  return at;
}

/** Lives as long as any secret in it, and holds some dozens. */
const ROOM_OCTETS = 4096;
