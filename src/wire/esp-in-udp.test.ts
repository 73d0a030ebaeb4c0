import { expect, test } from 'vitest';
import { ikeMessageIn, KEEPALIVE, withNonEspMarker } from './esp-in-udp.ts';

const MESSAGE = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

test('a message stands behind four octets of zeros, and is found there', () => {
  const datagram = withNonEspMarker(MESSAGE);
  expect(datagram).toEqual(Uint8Array.of(0, 0, 0, 0, ...MESSAGE));
  expect(ikeMessageIn(datagram)).toEqual(MESSAGE);
});

test('a keepalive goes as it is', () => {
  expect(withNonEspMarker(KEEPALIVE)).toEqual(Uint8Array.of(0xff));
});

test('ESP, keepalives and what is too short are no messages', () => {
  for (const octets of [[], [0xff], [0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0, 1, 2, 3]]) {
    expect(ikeMessageIn(Uint8Array.from(octets))).toBeNull();
  }
});
