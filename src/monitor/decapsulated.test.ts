import { expect, test } from 'vitest';
import { address, countedOctets, ipPacket, udpPacket } from '../../test/support/packets.ts';
import { tcp } from '../../test/support/sample-packets.ts';
import { newIpHeader, readIp } from '../wire/ip.ts';
import { Decapsulated } from './decapsulated.ts';

const DATA = countedOctets(300);

/** The octets `from` to `to` of a stream, as a packet. */
function segment(from: number, to: number, version: 4 | 6 = 4): Uint8Array {
  const ends = version === 4 ? {} : { source: address('fd01::1'), destination: address('fd02::1') };
  const payload = tcp({ sequenceNumber: 0xffff_ff00 + from }, DATA.slice(from, to));
  return ipPacket({ ...ends, protocol: 6, payload });
}

/** What is explained of `seen`, after `expected` came out of tunnels. */
function explained(expected: readonly Uint8Array[], seen: readonly Uint8Array[]): boolean[] {
  const decapsulated = new Decapsulated();
  const header = newIpHeader();
  const read = (packet: Uint8Array) => {
    expect(readIp(header, packet, 0, packet.length)).toBe(true);
    return header;
  };
  for (const packet of expected) decapsulated.expect(packet, read(packet));
  return seen.map((packet) => decapsulated.explains(packet, read(packet)));
}

test('a packet explains itself once, with another mark of congestion, too', () => {
  const marked = udpPacket(DATA, { trafficClass: 3 });
  const plain = udpPacket(DATA);
  expect(explained([plain], [marked, plain])).toEqual([true, false]);
  expect(
    explained([plain], [udpPacket(DATA.slice(1)), udpPacket(DATA.slice(1), {}), plain]),
  ).toEqual([false, false, true]);
});

test.each([4, 6] as const)(
  'segments over IPv%i explain the packet they were joined to',
  (version) => {
    const parts = [
      segment(0, 100, version),
      segment(100, 256, version),
      segment(256, 300, version),
    ];
    const whole = segment(0, 300, version);
    // The numbers go past 2^32.
    expect(explained(parts, [whole, whole])).toEqual([true, false]);
    expect(explained([...parts].reverse(), [segment(100, 300, version), whole])).toEqual([
      true,
      false,
    ]);
  },
);

test('segments do not explain what has more, other data, or is of another connection', () => {
  const parts = [segment(0, 100), segment(100, 200)];
  const changed = segment(0, 200);
  changed.set([0xff], changed.length - 1);
  const elsewhere = segment(0, 200);
  elsewhere.set([1], 23);
  expect(explained(parts, [segment(0, 300), changed, elsewhere, segment(0, 200)])).toEqual([
    false,
    false,
    false,
    true,
  ]);
});
