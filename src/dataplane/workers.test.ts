import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { workerBetween } from './workers.ts';

const COUNTS = [2, 3, 4, 8, 16];

test('both ways between two addresses have one worker', () => {
  const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  for (const [version, length] of [
    [4, 4],
    [6, 16],
  ] as const) {
    fc.assert(
      fc.property(octets(length), octets(length), fc.constantFrom(...COUNTS), (a, b, count) => {
        const both = new Uint8Array([1, 2, 3, 4, ...a, ...b]);
        const worker = workerBetween(version, a, 0, b, 0, count);
        expect(workerBetween(version, both, 4 + length, both, 4, count)).toBe(worker);
        expect(worker).toBeGreaterThanOrEqual(0);
        expect(worker).toBeLessThan(count);
      }),
    );
  }
});

describe('peers are spread over the workers', () => {
  for (const count of COUNTS) {
    for (const [name, step] of [
      ['of one network', 1],
      ['one of each network', 256],
    ] as const) {
      test(`${name}, over ${count}`, () => {
        const own = Uint8Array.of(192, 0, 2, 1);
        const peers = new Array<number>(count).fill(0);
        for (let k = 1; k <= 250; k++) {
          const peer = new Uint8Array(4);
          new DataView(peer.buffer).setUint32(0, 0x0a000000 + k * step);
          const worker = workerBetween(4, own, 0, peer, 0, count);
          peers[worker] = (peers[worker] ?? 0) + 1;
        }
        expect(Math.min(...peers)).toBeGreaterThan((250 / count) * 0.6);
        expect(Math.max(...peers)).toBeLessThan((250 / count) * 1.5);
      });
    }
  }
});
