/**
 * What the SPD said about flows lately: packets come in flows, and the next one gets the same answer.
 *
 *   everything that selectors look at ──► a hash ──► the two places where the flow may stand
 *
 * Memory is taken once. A flow that comes to places where others stand takes that of the one that came
 * first; one change of the SPD makes all of them strangers.
 *
 * @module
 */
import { mix } from '../net/hash.ts';
import { u32 } from '../octets/octets.ts';
import type { Direction, Traffic } from './selector.ts';
import type { SpdEntry } from './spd-entry.ts';

/** What a look at the SPD gave. */
export type SpdAnswer = SpdEntry | 'hidden' | undefined;

/** Nothing is known of the flow. */
export const UNKNOWN_FLOW = 'unknown';

/** Flows that are remembered at most; a power of two. */
const PLACES = 8192;

/** In words of 32 bits: two addresses, three words for the rest, and when it was noted. */
const PLACE = {
  LOCAL: 0,
  REMOTE: 4,
  PORTS: 8,
  MESSAGE: 9,
  GRE_KEY: 10,
  KIND: 11,
  GENERATION: 12,
  LENGTH: 16,
} as const;
const KEY_LENGTH = PLACE.GENERATION;

const DIRECTION_NUMBER: Readonly<Record<Direction, number>> = {
  outbound: 0,
  inbound: 1,
  forward: 2,
};

export class FlowCache {
  readonly #words = new Int32Array(PLACES * PLACE.LENGTH);
  readonly #answers = new Array<SpdAnswer>(PLACES).fill(undefined);
  /** Of the packet that was asked about last, and the first of the two places of its flow. */
  readonly #key = new Int32Array(KEY_LENGTH);
  #place = 0;
  /** Places that were never taken have 0. */
  #generation = 1;

  /** Forgets all flows. */
  forget(): void {
    if (this.#generation === LAST_GENERATION) {
      this.#words.fill(0);
      this.#generation = 0;
    }
    this.#generation += 1;
  }

  /** The answer that was kept for packets such as `traffic`. */
  recall(direction: Direction, traffic: Traffic): SpdAnswer | typeof UNKNOWN_FLOW {
    this.#read(direction, traffic);
    if (this.#standsAt(this.#place)) return this.#answers[this.#place];
    if (this.#standsAt(this.#place + 1)) return this.#answers[this.#place + 1];
    return UNKNOWN_FLOW;
  }

  /** Keeps `answer` for packets such as the one that was asked about last. */
  keep(answer: SpdAnswer): void {
    const place = this.#place;
    const at = place * PLACE.LENGTH;
    this.#words.copyWithin(at + PLACE.LENGTH, at, at + PLACE.LENGTH);
    this.#answers[place + 1] = this.#answers[place];
    this.#words.set(this.#key, at);
    this.#words[at + PLACE.GENERATION] = this.#generation;
    this.#answers[place] = answer;
  }

  /** Whether the flow that was asked about last stands at `place`. */
  #standsAt(place: number): boolean {
    const words = this.#words;
    const key = this.#key;
    const at = place * PLACE.LENGTH;
    if (words[at + PLACE.GENERATION] !== this.#generation) return false;
    for (let k = 0; k < KEY_LENGTH; k++) if (words[at + k] !== key[k]) return false;
    return true;
  }

  /** All that a selector may look at; two packets that it may tell apart have different keys. */
  #read(direction: Direction, traffic: Traffic): void {
    const { version, octets, localPort, remotePort, messageType, messageCode, greKey } = traffic;
    const key = this.#key;
    const words = version === 4 ? 1 : 4;
    for (let word = 0; word < 4; word++) {
      const isThere = word < words;
      key[PLACE.LOCAL + word] = isThere ? u32(octets, traffic.localAddressAt + word * 4) : 0;
      key[PLACE.REMOTE + word] = isThere ? u32(octets, traffic.remoteAddressAt + word * 4) : 0;
    }
    key[PLACE.PORTS] = ((localPort & 0xffff) << 16) | (remotePort & 0xffff);
    // What is not there is -1, and one more than an octet has 9 bits.
    key[PLACE.MESSAGE] = ((messageType + 1) << 9) | (messageCode + 1);
    key[PLACE.GRE_KEY] = greKey | 0;
    key[PLACE.KIND] =
      ((traffic.nextLayerProtocol + 1) << 7) |
      (DIRECTION_NUMBER[direction] << 5) |
      (version === 4 ? 0 : 1 << 4) |
      (traffic.hidesDetail ? 1 << 3 : 0) |
      (localPort < 0 ? 1 << 2 : 0) |
      (remotePort < 0 ? 1 << 1 : 0) |
      (greKey < 0 ? 1 : 0);
    let hash = 0;
    for (let k = 0; k < KEY_LENGTH; k++) hash = mix(hash, key[k] ?? 0);
    this.#place = hash & (PLACES - 2);
  }
}

const LAST_GENERATION = 0x7fffffff;
