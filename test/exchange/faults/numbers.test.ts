/**
 * Packets played again, in another order, late, early, with numbers that nobody should send: what the
 * anti-replay window lets through, in every sort of SA, one by one and many in a batch.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';
import { ENGINE_MEMORY_LENGTH } from '../../../src/dataplane/engine.ts';
import type { DiscardCounters } from '../../../src/ipsec/backend.ts';
import { u8 } from '../../../src/octets/octets.ts';
import type { EnginePair } from '../../support/engine-pair.ts';
import { generator } from '../../support/generator.ts';
import {
  type NamedProtection,
  outermostSa,
  PROTECTIONS,
  pairUnder,
  smallPacket,
  varied,
} from '../../support/protections.ts';
import { sealingPackets } from '../../support/sealing.ts';
import { SUBJECTS } from '../../vectors/crypto-subjects.ts';

const WINDOWS = [32, 64, 1024, 4096];
const TURN = 2 ** 32;
const BATCHES = 10;

/** Those of one layer, which {@link sealingPackets} can make. */
const SINGLE = PROTECTIONS.filter(({ layers }) => layers.length === 1);
const isExtended = (protection: NamedProtection) => outermostSa(protection).extendedSequenceNumbers;
const PLAIN = SINGLE.filter((protection) => !isExtended(protection));
const EXTENDED = SINGLE.filter(isExtended);

type Verdict = 'deliver' | 'in-state-seq-error' | 'in-state-proto-error';

/** The receiver of RFC 4303 §3.4.3 as a set of numbers. */
class Receiver {
  readonly #size: number;
  readonly #extended: boolean;
  readonly #seen = new Set<number>();
  #highest = 0;

  constructor(size: number, extended: boolean) {
    this.#size = size;
    this.#extended = extended;
  }

  /**
   * What becomes of an authentic packet, or of one that is not. `either` of the reasons where it
   * matters whether the packets before it in its batch are known to be authentic by then.
   */
  take(number: number, authentic: boolean): Verdict | 'either' {
    const tooOld = number <= this.#highest - this.#size;
    if (tooOld || this.#seen.has(number)) {
      // Of extended numbers, one left of the window looks like one of the next turn (Appendix A2).
      return authentic && !(tooOld && this.#extended) ? 'in-state-seq-error' : 'either';
    }
    if (!authentic) return 'in-state-proto-error';
    this.#seen.add(number);
    this.#highest = Math.max(this.#highest, number);
    return 'deliver';
  }
}

/** Has all of `packets` come to Bob at once; returns what his host gets. */
function comeTogether(pair: EnginePair, packets: readonly Uint8Array[]): Uint8Array[] {
  for (const packet of packets) pair.wire.inject('right', packet);
  pair.settle();
  return pair.bob.host.delivered.splice(0);
}

/** With its last octet, which the ICV covers or is, changed. */
function forged(sealed: Uint8Array): Uint8Array {
  const copy = sealed.slice();
  copy[copy.length - 1] = u8(copy, copy.length - 1) ^ 0x55;
  return copy;
}

/** What Bob counted, what for. */
const counted = (pair: EnginePair) => pair.bob.engine.discards();

const sum = (counts: DiscardCounters) => Object.values(counts).reduce((all, one) => all + one, 0);

/** A sender of the outermost SA of `protection`, and Bob. */
function against(protection: NamedProtection, crypto?: Parameters<typeof pairUnder>[1]) {
  const pair = pairUnder(protection, crypto);
  const seal = sealingPackets(outermostSa(protection));
  const packet = (number: number) => smallPacket(protection, number % 50_000);
  return { pair, packet, sealed: (number: number) => seal(number, packet(number)) };
}

for (const [k, { name: provider, provider: crypto }] of SUBJECTS.entries()) {
  const provide = () => crypto(ENGINE_MEMORY_LENGTH);
  const version = k % 2 === 0 ? 6 : 4;
  const protections = SINGLE.filter(({ outer, inner }) => outer === version && inner === version);

  describe.each(WINDOWS)(`a window of %i, with ${provider}`, (replayWindow) => {
    test.each(protections)('any order, copies and forgeries: $name', (protection) => {
      const { pair, packet, sealed } = against(varied(protection, { replayWindow }), provide);
      const random = generator(replayWindow);
      const receiver = new Receiver(replayWindow, isExtended(protection));
      const tally = { deliver: 0, 'in-state-seq-error': 0, 'in-state-proto-error': 0, either: 0 };
      let about = 1;
      for (let batch = 0; batch < BATCHES; batch++) {
        const packets: Uint8Array[] = [];
        const delivered: Uint8Array[] = [];
        // From one packet to more than are worked on together.
        for (let left = 1 + random(random(3) === 0 ? 90 : 8); left > 0; left--) {
          if (random(4) === 0) about += random(random(5) === 0 ? 2 * replayWindow : 6);
          const number = Math.max(1, about - random(random(3) === 0 ? replayWindow + 8 : 4));
          const authentic = random(4) > 0;
          packets.push(authentic ? sealed(number) : forged(sealed(number)));
          const verdict = receiver.take(number, authentic);
          tally[verdict] += 1;
          if (verdict === 'deliver') delivered.push(packet(number));
        }
        expect(comeTogether(pair, packets)).toEqual(delivered);
      }
      const { deliver: _, either, ...sure } = tally;
      const reasons = counted(pair);
      expect(sum(reasons)).toBe(sum(sure) + either);
      for (const [reason, packets] of Object.entries(sure)) {
        expect(packets).toBeGreaterThan(0);
        expect(reasons[reason]).toBeGreaterThanOrEqual(packets);
      }
    });
  });

  test.each(protections)(`copies in one batch and the next, with ${provider}: $name`, (each) => {
    const { pair, packet, sealed } = against(each, provide);
    const [one, two, three] = [sealed(1), sealed(2), sealed(3)];
    expect(comeTogether(pair, [one, one, two, one, two])).toEqual([packet(1), packet(2)]);
    expect(comeTogether(pair, [two, one])).toEqual([]);
    expect(counted(pair)).toEqual({ 'in-state-seq-error': 5 });
    // A forgery before it in the same batch does not use up its number.
    expect(comeTogether(pair, [forged(three), forged(three), three])).toEqual([packet(3)]);
    expect(counted(pair)).toEqual({ 'in-state-seq-error': 5, 'in-state-proto-error': 2 });
  });
}

describe('the edges of the window', () => {
  const ways = SINGLE.filter(({ outer, inner }) => outer === inner);
  const rows = WINDOWS.flatMap((size) => ways.map((each) => ({ ...each, size })));
  test.each(rows)('$size packets, $name', ({ size, ...protection }) => {
    const { pair, packet, sealed } = against(varied(protection, { replayWindow: size }));
    const highest = 10 * size;
    expect(pair.attack(sealed(highest))).toEqual([packet(highest)]);
    expect(pair.attack(sealed(highest - size))).toEqual([]);
    expect(pair.attack(sealed(highest - size + 1))).toEqual([packet(highest - size + 1)]);
    expect(pair.attack(sealed(highest - size + 1))).toEqual([]);
    expect(pair.attack(sealed(highest - 1))).toEqual([packet(highest - 1)]);
    // With extended numbers, what is left of the window looks like one to come (RFC 4303 §A2.2).
    const early = isExtended(protection) ? 'in-state-proto-error' : 'in-state-seq-error';
    const expected = { 'in-state-seq-error': 1 };
    expect(counted(pair)).toEqual({ ...expected, [early]: early === 'in-state-seq-error' ? 2 : 1 });
  });
});

describe('numbers of 32 bits', () => {
  test.each(PLAIN)('end where they end: $name', (protection) => {
    const { pair, packet, sealed } = against(protection);
    expect(pair.attack(sealed(TURN - 2))).toEqual([packet(TURN - 2)]);
    expect(pair.attack(sealed(TURN - 1))).toEqual([packet(TURN - 1)]);
    // Around again: 0, 1, 2, all authentic.
    for (const number of [0, 1, 2]) expect(pair.attack(sealed(number))).toEqual([]);
    expect(counted(pair)).toEqual({ 'in-state-seq-error': 3 });
    expect(pair.attack(sealed(TURN - 3))).toEqual([packet(TURN - 3)]);
  });

  test.each(SINGLE)('0 is nobody’s number: $name', (protection) => {
    const { pair, packet, sealed } = against(protection);
    expect(pair.attack(sealed(0))).toEqual([]);
    expect(pair.attack(sealed(1))).toEqual([packet(1)]);
    expect(pair.attack(sealed(0))).toEqual([]);
    expect(counted(pair)).toEqual({ 'in-state-seq-error': 2 });
  });
});

describe('numbers of 64 bits (RFC 4303 §2.2.1)', () => {
  test.each(EXTENDED)('go past 2^32, and back within the window: $name', (protection) => {
    const { pair, packet, sealed } = against(protection);
    // From 0 half a turn is as far as can be told.
    const order = [TURN / 2, TURN - 3, TURN - 1, TURN, TURN + 1, TURN - 2, TURN + 40, TURN - 4];
    for (const number of order) expect(pair.attack(sealed(number))).toEqual([packet(number)]);
    for (const number of order.slice(1)) expect(pair.attack(sealed(number))).toEqual([]);
    expect(counted(pair)).toEqual({ 'in-state-seq-error': order.length - 1 });
  });

  test.each(EXTENDED)('are found half a turn ahead, and no more than one: $name', (protection) => {
    const { pair, packet, sealed } = against(protection);
    const window = outermostSa(protection).replayWindow;
    let at = 1000;
    expect(pair.attack(sealed(at))).toEqual([packet(at)]);
    for (let turn = 0; turn < 5; turn++) {
      at += TURN / 2;
      expect(pair.attack(sealed(at))).toEqual([packet(at)]);
    }
    // The last that can be told from an old one, and the first that cannot.
    at += TURN - window;
    expect(pair.attack(sealed(at))).toEqual([packet(at)]);
    // It looks like the one before it, and like one that the window has room for.
    expect(pair.attack(sealed(at + TURN))).toEqual([]);
    expect(pair.attack(sealed(at + TURN - window + 1))).toEqual([]);
    expect(counted(pair)).toEqual({ 'in-state-seq-error': 1, 'in-state-proto-error': 1 });
    expect(pair.attack(sealed(at + 1))).toEqual([packet(at + 1)]);
  });

  test.each(EXTENDED)('of another turn do not verify: $name', (protection) => {
    const { pair, packet, sealed } = against(protection);
    expect(pair.attack(sealed(3 * TURN + 5))).toEqual([]);
    expect(pair.attack(sealed(TURN + 5))).toEqual([]);
    expect(counted(pair)).toEqual({ 'in-state-proto-error': 2 });
    expect(pair.attack(sealed(5))).toEqual([packet(5)]);
  });
});
