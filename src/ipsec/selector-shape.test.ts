import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { portPrefixes } from './selector-shape.ts';

describe('portPrefixes()', () => {
  const port = fc.nat({ max: 0xffff });

  test('are the ports of the range and no others, without overlap', () => {
    fc.assert(
      fc.property(port, port, (a, b) => {
        const [first, last] = [Math.min(a, b), Math.max(a, b)];
        let next = first;
        for (const prefix of portPrefixes({ first, last })) {
          const size = 2 ** (16 - prefix.bits);
          expect(prefix.port).toBe(next);
          expect(prefix.port % size).toBe(0);
          next += size;
        }
        expect(next).toBe(last + 1);
      }),
    );
  });

  test('are few', () => {
    expect(portPrefixes({ first: 0, last: 0xffff })).toEqual([{ port: 0, bits: 0 }]);
    expect(portPrefixes({ first: 443, last: 443 })).toEqual([{ port: 443, bits: 16 }]);
    expect(portPrefixes({ first: 1, last: 0xfffe })).toHaveLength(30);
  });
});
