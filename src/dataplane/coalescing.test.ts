/**
 * What comes as a train is handed over as if each packet had come alone, also where it is more than one packet
 * to the host can hold.
 *
 * @module
 */
import { expect, test } from 'vitest';
import { ALICE, BOB, countedOctets, ipPacket, udpPacket } from '../../test/support/packets.ts';
import { bulkOctets } from '../octets/bulk.ts';
import { toHex } from '../octets/hex.ts';
import { u8 } from '../octets/octets.ts';
import { emitTcp, TCP_FLAG, TCP_HEADER_LENGTH } from '../wire/tcp.ts';
import { COALESCING_LENGTH, Coalescing } from './coalescing.ts';

const STRIDE = 1600;
const DATA_LENGTH = 1380;
/** More than fill two packets to the host. */
const COUNT = 120;

interface Segment {
  readonly number: number;
  readonly flags?: number;
  readonly acknowledgment?: number;
}

function tcp({ number, flags = 0, acknowledgment = 77 }: Segment): Uint8Array {
  const header = {
    sourcePort: 40000,
    destinationPort: 5201,
    sequenceNumber: (0xffff_f000 + number * DATA_LENGTH) >>> 0,
    acknowledgmentNumber: acknowledgment,
    flags: TCP_FLAG.ACK | flags,
    window: 501,
    options: new Uint8Array(0),
  };
  const payload = new Uint8Array(TCP_HEADER_LENGTH + DATA_LENGTH);
  emitTcp(header, countedOctets(DATA_LENGTH), ALICE, BOB, payload, 0);
  return ipPacket({ source: ALICE, destination: BOB, protocol: 6, payload, dontFragment: true });
}

/** What the host gets of `packets`: the first alone, the others in trains as far as `most` go in one. */
function delivered(packets: readonly Uint8Array[], most: number) {
  const octets = bulkOctets(COALESCING_LENGTH + packets.length * STRIDE);
  const placeOf = (k: number) => COALESCING_LENGTH + k * STRIDE;
  for (const [k, packet] of packets.entries()) octets.set(packet, placeOf(k));
  const seen: string[] = [];
  const coalescing = new Coalescing(octets, 0, (at, length) =>
    seen.push(toHex(octets.subarray(at, at + length))),
  );
  coalescing.takesUdp = true;
  let inTrains = 0;
  for (let k = 0; k < packets.length; ) {
    const length = packets[k]?.length ?? 0;
    const count = Math.min(most, packets.length - k);
    const train = { at: placeOf(k), stride: STRIDE, length, count, hasIp: true, isSummed: true };
    const taken = coalescing.takeTrain(train);
    inTrains += taken;
    k += taken;
    if (taken === 0 || taken < count) coalescing.take(placeOf(k), packets[k++]?.length ?? 0);
  }
  coalescing.flush();
  return { seen, inTrains };
}

const numbers = Array.from({ length: COUNT }, (_, number): Segment => ({ number }));
const SPOILT = 47;
const spoilt = tcp({ number: SPOILT });
spoilt[60] = u8(spoilt, 60) ^ 1;
const datagram = udpPacket(countedOctets(300), { dontFragment: true });

test.each([
  ['a long stream', numbers.map(tcp), 3],
  [
    'one that is pushed now and then',
    numbers.map((s) => tcp({ ...s, flags: s.number % 30 === 29 ? TCP_FLAG.PSH : 0 })),
    4,
  ],
  [
    'one that acknowledges more where a packet is full',
    numbers.map((s) => tcp({ ...s, acknowledgment: s.number < SPOILT ? 1 : 2 })),
    3,
  ],
  [
    'one with a gap where a packet is full',
    numbers.filter(({ number }) => number !== SPOILT).map(tcp),
    3,
  ],
  ['one that is spoilt where a packet is full', numbers.map(tcp).with(SPOILT, spoilt), 4],
  ['more datagrams than go together', new Array<Uint8Array>(COUNT).fill(datagram), 2],
])('%s is handed over as if each had come alone', (_, packets, made) => {
  const alone = delivered(packets, 0);
  expect(alone.inTrains).toBe(0);
  expect(alone.seen.length).toBe(made);
  for (const length of [COUNT, 45, 7]) {
    const { seen, inTrains } = delivered(packets, length);
    expect(seen).toEqual(alone.seen);
    expect(inTrains).toBeGreaterThan(COUNT - 5);
  }
});

test('a train goes on in the next packet to the host, and the next', () => {
  expect(delivered(numbers.map(tcp), COUNT)).toMatchObject({ inTrains: COUNT - 1 });
});
