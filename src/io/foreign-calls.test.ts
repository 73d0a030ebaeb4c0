import { describe, expect, test } from 'vitest';
import { addressOf, ForeignCalls, type Runner } from './foreign-calls.ts';
import { PinnedMemory } from './pinned-memory.ts';

const MEMCMP = addressOf(null, 'memcmp');
const MEMSET = addressOf(null, 'memset');
const SNPRINTF = addressOf(null, 'snprintf');
const MEMCPY = addressOf(null, 'memcpy');

describe.each<[string, Runner | null | undefined]>([
  ['on this machine', undefined],
  ['in JavaScript', null],
])('ForeignCalls %s', (_, runner) => {
  test('makes calls in their order, with all their arguments', () => {
    const memory = new PinnedMemory(64);
    const { address, octets } = memory;
    const calls = new ForeignCalls(8, runner);
    calls.add(MEMSET, address, 0x41, 8, 0, 0);
    calls.add(MEMCPY, address + 8, address, 4, 0, 0);
    calls.add(MEMSET, address, 0x42, 2, 0, 0);
    const same = calls.add(MEMCMP, address + 2, address + 8, 4, 0, 0);
    const less = calls.add(MEMCMP, address + 8, address, 4, 0, 0);
    expect(calls.count).toBe(5);
    expect(octets[0]).toBe(0);
    calls.run();
    expect(Buffer.from(octets).toString('latin1', 0, 12)).toBe('BBAAAAAAAAAA');
    expect(calls.returned(same)).toBe(0);
    expect(calls.returned(less)).toBeLessThan(0);
  });

  test('gives functions as many arguments as they take', () => {
    const { address, octets } = new PinnedMemory(64);
    const calls = new ForeignCalls(2, runner);
    Buffer.from('%d %d %d %d %d %d %d\0').copy(octets);
    // int snprintf(char *, size_t, const char *, ...)
    const written = calls.addMore(SNPRINTF, address + 32, 32, address, 1, 2, 3, 4, 5, 6, 7);
    calls.run();
    expect(calls.returned(written)).toBe(13);
    expect(Buffer.from(octets).toString('latin1', 32, 45)).toBe('1 2 3 4 5 6 7');
  });

  test('begins anew after they were made', () => {
    const { address, octets } = new PinnedMemory(8);
    const calls = new ForeignCalls(2, runner);
    calls.run();
    for (let round = 1; round <= 3; round++) {
      expect(calls.hasRoom(2)).toBe(true);
      expect(calls.add(MEMSET, address, round, 1, 0, 0)).toBe(0);
      calls.add(MEMSET, address + 1, round, 1, 0, 0);
      expect(calls.hasRoom(1)).toBe(false);
      calls.run();
      expect(octets.subarray(0, 3)).toEqual(Uint8Array.of(round, round, 0));
    }
  });
});

test('addressOf() throws for what is not there', () => {
  expect(() => addressOf(null, 'no_such_function')).toThrow('Cannot find no_such_function');
});
