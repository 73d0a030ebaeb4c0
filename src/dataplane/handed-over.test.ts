import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packetOctets } from '../ipsec/packet.ts';
import { sameOctets } from '../octets/octets.ts';
import { noOffload, type Offload } from '../wire/virtio-net.ts';
import { newRing, RingInlet, RingOutlet } from './handed-over.ts';

const SIZE = 1 << 20;

const offload: fc.Arbitrary<Offload> = fc.record({
  needsChecksum: fc.boolean(),
  segments: fc.constantFrom(0, 1, 4, 5),
  segmentSize: fc.nat(0xffff),
  checksumStart: fc.nat(0xffff),
  checksumOffset: fc.nat(0xffff),
});

const putting = fc.record({
  length: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 0xffff })),
  offload,
});

/** A ring, and what is to be in it. */
class Oracle {
  readonly #memory = { octets: new Uint8Array(0x20000) };
  readonly #inlet: RingInlet;
  readonly #outlet: RingOutlet;
  readonly #expected: { readonly octets: Uint8Array; readonly offload: Offload }[] = [];
  #next = 1;

  constructor() {
    const ring = newRing();
    this.#inlet = new RingInlet(ring);
    this.#outlet = new RingOutlet(ring);
  }

  put({ length, offload: left }: { readonly length: number; readonly offload: Offload }): boolean {
    const { octets } = this.#memory;
    for (let k = 0; k < length; k++) octets[100 + k] = (this.#next * 7 + k) & 0xff;
    const taken = this.#inlet.put({ memory: this.#memory, at: 100, length }, left);
    if (taken) this.#expected.push({ octets: octets.slice(100, 100 + length), offload: left });
    this.#next += 1;
    return taken;
  }

  take(): boolean {
    const packet = { memory: this.#memory, at: 300, length: 0 };
    const left = noOffload();
    const wanted = this.#expected.shift();
    expect(this.#outlet.isEmpty).toBe(wanted === undefined);
    const taken = this.#outlet.take(packet, left);
    expect(taken).toBe(wanted !== undefined);
    if (wanted === undefined) return false;
    expect(packet.length).toBe(wanted.octets.length);
    expect(sameOctets(packetOctets(packet), wanted.octets)).toBe(true);
    expect(left).toEqual(wanted.offload);
    return true;
  }
}

test('what was put in comes out, whole and in its order', () => {
  const steps = fc.array(fc.option(putting), { minLength: 50, maxLength: 300, size: 'max' });
  fc.assert(
    fc.property(steps, (taken) => {
      const oracle = new Oracle();
      for (const step of taken) {
        if (step === null) oracle.take();
        else oracle.put(step);
      }
      while (oracle.take());
    }),
    { numRuns: 50 },
  );
});

test('goes round, many times', () => {
  const oracle = new Oracle();
  for (let k = 0; k < 200; k++) {
    expect(oracle.put({ length: 60_000 + 13 * k, offload: noOffload() })).toBe(true);
    expect(oracle.put({ length: 40 + k, offload: noOffload() })).toBe(true);
    oracle.take();
    oracle.take();
  }
});

test('takes no more than there is room for, and takes again when there is', () => {
  const oracle = new Oracle();
  let octets = 0;
  while (oracle.put({ length: 1400, offload: noOffload() })) octets += 1400;
  expect(octets).toBeGreaterThan(SIZE * 0.9);
  expect(octets).toBeLessThanOrEqual(SIZE);
  oracle.take();
  oracle.take();
  expect(oracle.put({ length: 1400, offload: noOffload() })).toBe(true);
  while (oracle.take());
});
