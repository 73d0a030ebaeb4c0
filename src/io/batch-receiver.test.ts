import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { address, ipPacket } from '../../test/support/packets.ts';
import { PLACE_LENGTH } from '../dataplane/places.ts';
import { type Packet, packetOctets } from '../ipsec/packet.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { BATCH_RECEIVE_LENGTH, BatchReceiver } from './batch-receiver.ts';
import { openIpSocket, socketAddress } from './ip-socket.ts';
import { errno, LINUX, libc } from './libc.ts';
import { PinnedMemory } from './pinned-memory.ts';

const LOOPBACK = '127.0.0.1';

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

/** One that whole packets come to, by a socket that needs no privileges: they are datagrams to it. */
async function receiver(packets: readonly Uint8Array[], bulk = true) {
  const memory = new PinnedMemory(PLACE_LENGTH + BATCH_RECEIVE_LENGTH, bulk);
  const fd = openIpSocket(4, LINUX.SOCK_DGRAM, 0, 'receive datagrams');
  if (fd === null) throw new Error('Bug: no IPv4');
  opened.push(() => libc.close(fd));
  const port = bound(fd);
  const sender = createSocket('udp4');
  for (const packet of packets) {
    await new Promise((resolve) => sender.send(packet, port, LOOPBACK, resolve));
  }
  const closed = once(sender, 'close');
  sender.close();
  await closed;
  const packet: Packet = { memory, at: 0, length: 0 };
  return { receiver: new BatchReceiver(fd, memory, PLACE_LENGTH), packet };
}

/** Binds `fd` to a port that is free, which is returned. */
function bound(fd: number): number {
  for (let port = 20_000 + (process.pid % 20_000); port < 60_000; port++) {
    const name = socketAddress(address(LOOPBACK), port);
    if (libc.bind(fd, name, name.length) >= 0) return port;
  }
  throw new Error(`No port is free: ${errno()}`);
}

/** ESP, or what is taken for it, number `k`. */
function esp(k: number, parts: Partial<Parameters<typeof ipPacket>[0]> = {}): Uint8Array {
  const payload = Uint8Array.from({ length: 40 }, (_, at) => k + at);
  return ipPacket({ protocol: IP_PROTOCOL.esp, identification: k + 1, payload, ...parts });
}

test('packets come in their order, whole, and more than one call brings', async () => {
  const packets = Array.from({ length: 100 }, (_, k) => esp(k));
  const { receiver: batch, packet } = await receiver(packets);
  for (const sent of packets) {
    expect(batch.receive(packet)).toBe(true);
    expect(packetOctets(packet)).toEqual(sent);
  }
  expect(batch.isPending).toBe(false);
  expect(batch.following.count).toBe(0);
  expect(batch.receive(packet)).toBe(false);
});

test('those under the same headers but for their numbers follow the first, and can be passed over', async () => {
  const packets = [
    ...Array.from({ length: 10 }, (_, k) => esp(k)),
    ...Array.from({ length: 3 }, (_, k) => esp(10 + k, { trafficClass: 3 })),
  ];
  const { receiver: batch, packet } = await receiver(packets);
  const { octets } = packet.memory;
  expect(batch.receive(packet)).toBe(true);
  const { at, stride } = batch.following;
  expect(batch.following).toMatchObject({ length: 40, count: 9, frontLength: 20 });
  for (const [k, sent] of packets.slice(1, 10).entries()) {
    const from = at + k * stride;
    expect(octets.slice(from - 20, from + 40)).toEqual(sent);
  }
  batch.passOver(4);
  expect(batch.following).toMatchObject({ at: at + 4 * stride, count: 5 });
  expect(batch.receive(packet)).toBe(true);
  expect(packetOctets(packet)).toEqual(packets[5]);
  expect(batch.following).toMatchObject({ at: at + 5 * stride, count: 4 });
  batch.passOver(4);
  expect(batch.following.count).toBe(0);
  expect(batch.receive(packet)).toBe(true);
  expect(packetOctets(packet)).toEqual(packets[10]);
  expect(batch.following.count).toBe(2);
});

test.each([
  ['another length', { payload: new Uint8Array(48) }],
  ['another source', { source: address('192.0.2.77') }],
  ['another protocol', { protocol: IP_PROTOCOL.ah }],
  ['DF', { dontFragment: true }],
])('one with %s does not follow', async (_, parts) => {
  const { receiver: batch, packet } = await receiver([esp(0), esp(1), esp(2, parts), esp(3)]);
  expect(batch.receive(packet)).toBe(true);
  expect(batch.following.count).toBe(1);
});

test('behind one with options nothing follows', async () => {
  const options = Uint8Array.of(1, 1, 1, 0);
  const { receiver: batch, packet } = await receiver([esp(0, { options }), esp(1, { options })]);
  expect(batch.receive(packet)).toBe(true);
  expect(batch.following.count).toBe(0);
});

test('where packets stand in plain memory, each is by itself', async () => {
  const { receiver: batch, packet } = await receiver([esp(0), esp(1)], false);
  expect(batch.receive(packet)).toBe(true);
  expect(batch.following.count).toBe(0);
});
