import { randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { countedOctets } from '../../test/support/packets.ts';
import { ipcompSa } from '../../test/support/sas.ts';
import { sameOctets } from '../octets/octets.ts';
import { INFLATED_AT, IpcompTransform } from './ipcomp-transform.ts';
import { HEADROOM, LONGEST_PACKET, SCRATCH_LENGTH } from './packet.ts';

const AT = SCRATCH_LENGTH + HEADROOM + 1;
const UDP = 17;
const FRONT = Uint8Array.from({ length: 40 }, (_, k) => 200 - k);

/** A transform, and the octets it works on: `payload` at {@link AT} behind {@link FRONT}. */
function transform(payload: Uint8Array) {
  const octets = new Uint8Array(AT + LONGEST_PACKET + HEADROOM).fill(0xa5);
  octets.set(FRONT, AT - FRONT.length);
  octets.set(payload, AT);
  return { octets, ipcomp: new IpcompTransform(ipcompSa(), { octets }) };
}

/** What becomes of an IPComp packet with `deflated` in it. */
function decompress(deflated: Uint8Array): Uint8Array | null {
  const { octets, ipcomp } = transform(Uint8Array.of(UDP, 0, 0x10, 0x02, ...deflated));
  const before = octets.slice();
  const length = ipcomp.decompress(AT, 4 + deflated.length, FRONT.length);
  if (length === null) expect(sameOctets(octets, before)).toBe(true);
  return length === null ? null : octets.slice(INFLATED_AT - FRONT.length, INFLATED_AT + length);
}

describe('compressing', () => {
  test('puts a header before what zlib inflates to the same', () => {
    const payload = countedOctets(1400).fill(0x20, 100, 1200);
    const { octets, ipcomp } = transform(payload);
    const length = ipcomp.compress(AT, payload.length, UDP);
    if (length === null) throw new Error('Bug: not compressed');
    expect(length).toBeLessThan(500);
    expect(Array.from(octets.subarray(AT, AT + 4))).toEqual([UDP, 0, 0x10, 0x02]);
    const inflated = inflateRawSync(octets.subarray(AT + 4, AT + length));
    expect(Buffer.from(payload).equals(inflated)).toBe(true);
  });

  test('refers back no further than Linux does', () => {
    const far = new Uint8Array(8000);
    const block = randomBytes(1000);
    far.set(block, 0);
    far.set(randomBytes(5000), 1000);
    far.set(block, 6000);
    const { octets, ipcomp } = transform(far);
    const length = ipcomp.compress(AT, far.length, UDP);
    if (length === null) throw new Error('Bug: not compressed');
    // The block, which comes again after 6000 octets, is there twice.
    expect(length).toBeGreaterThan(7000);
    const deflated = octets.subarray(AT + 4, AT + length);
    expect(inflateRawSync(deflated, { windowBits: 11 })).toHaveLength(8000);
  });

  test('leaves alone what does not get shorter (RFC 3173 §2.2)', () => {
    for (const payload of [randomBytes(1400), new Uint8Array(89), new Uint8Array(0)]) {
      const { octets, ipcomp } = transform(payload);
      const before = octets.slice();
      expect(ipcomp.compress(AT, payload.length, UDP)).toBeNull();
      expect(sameOctets(octets, before)).toBe(true);
    }
  });
});

describe('decompressing', () => {
  test('undoes it, and takes along what stood in front', () => {
    const payload = countedOctets(3000);
    expect(decompress(deflateRawSync(payload))).toEqual(Uint8Array.of(...FRONT, ...payload));
  });

  test('takes the longest payload and no longer one, in a time that does not grow', () => {
    const bomb = (length: number) => deflateRawSync(new Uint8Array(length));
    expect(decompress(bomb(LONGEST_PACKET))).toHaveLength(FRONT.length + LONGEST_PACKET);
    expect(decompress(bomb(LONGEST_PACKET + 1))).toBeNull();
    // Inflated, this is sixty times as long as what is taken: a thousand of it would be gigabytes.
    const huge = bomb(60 * LONGEST_PACKET);
    const { ipcomp, octets } = transform(Uint8Array.of(UDP, 0, 0x10, 0x02, ...huge));
    const at = octets.slice(0, AT);
    for (let k = 0; k < 1000; k++) {
      expect(ipcomp.decompress(AT, 4 + huge.length, FRONT.length)).toBeNull();
    }
    expect(sameOctets(octets.subarray(0, AT), at)).toBe(true);
  });

  test('refuses what is not deflated, or cut short', () => {
    const deflated = deflateRawSync(countedOctets(500));
    for (let length = 0; length < deflated.length; length++) {
      expect(decompress(deflated.subarray(0, length)), `${length} octets`).toBeNull();
    }
    expect(decompress(Uint8Array.of(7, 7, 7, 7))).toBeNull();
    expect(decompress(new Uint8Array(50).fill(0xff))).toBeNull();
  });

  test('refuses what was not shorter for it (RFC 3173 §2.2)', () => {
    const stored = deflateRawSync(randomBytes(200), { level: 0 });
    expect(stored.length).toBeGreaterThan(200);
    expect(decompress(stored)).toBeNull();
  });

  test('works on what it inflated before, in the same place', () => {
    const payload = countedOctets(4000);
    const deflated = deflateRawSync(payload);
    const { octets, ipcomp } = transform(new Uint8Array(0));
    // A tunnel's inner packet stands where it was inflated.
    octets.set(Uint8Array.of(...FRONT, UDP, 0, 0x10, 0x02, ...deflated), INFLATED_AT);
    const at = INFLATED_AT + FRONT.length;
    expect(ipcomp.decompress(at, 4 + deflated.length, FRONT.length)).toBe(payload.length);
    expect(octets.subarray(INFLATED_AT - FRONT.length, INFLATED_AT)).toEqual(FRONT);
    expect(octets.subarray(INFLATED_AT, INFLATED_AT + payload.length)).toEqual(payload);
  });
});
