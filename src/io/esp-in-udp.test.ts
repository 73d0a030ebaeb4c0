import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { address } from '../../test/support/packets.ts';
import { DiscardTally } from '../ipsec/discard-reason.ts';
import { LONGEST_PACKET, type Packet, packetOctets } from '../ipsec/packet.ts';
import { formatIpAddress } from '../net/ip-address.ts';
import { toHex } from '../octets/hex.ts';
import {
  type EspInUdpReceiver,
  openEspInUdp,
  type TakeIke,
  UDP_RECEIVE_LENGTH,
} from './esp-in-udp.ts';
import { openIpSocket, SOCKADDR_LENGTH, setSocketOption, socketAddress } from './ip-socket.ts';
import { LINUX, libc } from './libc.ts';
import { MessageReceiver, SOL_UDP } from './message-receiver.ts';
import { PinnedMemory } from './pinned-memory.ts';

const LOOPBACK = '127.0.0.1';
const HEADERS_LENGTH = 28;
const KEEPALIVE = Uint8Array.of(0xff);
const IKE = Uint8Array.of(0, 0, 0, 0, 1, 2, 3, 4);
const ESP = Uint8Array.of(0, 0, 2, 1, 0, 0, 0, 1, 5, 6, 7, 8);

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

/** A receiver at a port of this machine, and how datagrams get there: when it resolves, they are there. */
async function receiver(takes = false): Promise<{
  readonly esp: EspInUdpReceiver;
  readonly packet: Packet;
  readonly port: number;
  readonly tally: DiscardTally;
  /** What was handed on: who sent it, and what. */
  readonly heard: readonly string[];
  readonly send: (...datagrams: Uint8Array[]) => Promise<void>;
}> {
  const free = createSocket('udp4').bind(0, LOOPBACK);
  await once(free, 'listening');
  const { port } = free.address();
  await closed(free);
  const memory = new PinnedMemory(LONGEST_PACKET + UDP_RECEIVE_LENGTH);
  const tally = new DiscardTally();
  const end = { address: address(LOOPBACK), port };
  const heard: string[] = [];
  const takeIke: TakeIke = (_, remote, message) => {
    heard.push(`${formatIpAddress(remote.address)} ${toHex(message)}`);
    return takes;
  };
  const receiver = new MessageReceiver();
  const esp = openEspInUdp(end, memory, LONGEST_PACKET, receiver, tally, takeIke);
  if (esp === null) throw new Error('Bug: the loopback address is not of this host');
  const sender = createSocket('udp4');
  opened.push(
    () => libc.close(esp.fd),
    () => sender.close(),
  );
  const send = async (...datagrams: Uint8Array[]): Promise<void> => {
    for (const datagram of datagrams) {
      await new Promise((resolve) => sender.send(datagram, port, LOOPBACK, resolve));
    }
  };
  return { esp, packet: { memory, at: 0, length: 0 }, port, tally, heard, send };
}

async function closed(socket: Socket): Promise<void> {
  const event = once(socket, 'close');
  socket.close();
  await event;
}

test('ESP is received as a whole IP packet, whatever comes before it', async () => {
  const { esp, packet, tally, send } = await receiver();
  await send(IKE, KEEPALIVE, KEEPALIVE, IKE, ESP, IKE);
  expect(esp.receive(packet)).toBe(true);
  expect(packetOctets(packet).slice(HEADERS_LENGTH)).toEqual(ESP);
  expect(tally.snapshot()).toEqual({ 'in-no-ike': 2 });
  expect(esp.receive(packet)).toBe(false);
  expect(tally.snapshot()).toEqual({ 'in-no-ike': 3 });
});

test('IKE is handed on as it came, and not counted when somebody takes it', async () => {
  const { esp, packet, tally, heard, send } = await receiver(true);
  await send(IKE, KEEPALIVE, Uint8Array.of(1, 2), ESP);
  expect(esp.receive(packet)).toBe(true);
  expect(heard).toEqual([`${LOOPBACK} 01020304`]);
  // What is too short is nobody's.
  expect(tally.snapshot()).toEqual({ 'in-no-ike': 1 });
});

test('others have their turn, however much comes that is no ESP', async () => {
  const { esp, packet, tally, send } = await receiver();
  await send(...Array<Uint8Array>(100).fill(IKE), ESP);
  let turns = 1;
  for (; !esp.receive(packet); turns++) expect(turns).toBeLessThan(100);
  expect(turns).toBeGreaterThan(2);
  expect(turns).toBeLessThan(20);
  expect(packetOctets(packet).slice(HEADERS_LENGTH)).toEqual(ESP);
  expect(tally.snapshot()).toEqual({ 'in-no-ike': 100 });
});

test('an empty datagram is nothing, and does not hide what is behind it', async () => {
  const { esp, packet, send } = await receiver();
  await send(new Uint8Array(0), ESP);
  expect(esp.receive(packet) || esp.receive(packet)).toBe(true);
  expect(packetOctets(packet).slice(HEADERS_LENGTH)).toEqual(ESP);
});

test('datagrams of one message follow the first of them, and can be passed over', async () => {
  const { esp, packet, port } = await receiver();
  const { memory } = packet;
  const [size, count] = [ESP.length, 9];
  const datagrams = Uint8Array.from({ length: size * count + 8 }, (_, k) => k + 1);
  sendInOne(datagrams, size, port);
  expect(esp.receive(packet)).toBe(true);
  expect(esp.following).toMatchObject({ stride: size, length: size, count: count - 1 });
  const { at } = esp.following;
  expect(memory.octets.slice(at, at + size * count - size)).toEqual(
    datagrams.slice(size, size * count),
  );
  esp.passOver(3);
  expect(esp.following).toMatchObject({ at: at + 3 * size, count: count - 4 });
  expect(esp.receive(packet)).toBe(true);
  expect(packetOctets(packet).slice(HEADERS_LENGTH)).toEqual(datagrams.slice(4 * size, 5 * size));
  esp.passOver(esp.following.count);
  expect(esp.following.count).toBe(0);
  expect(esp.isPending).toBe(true);
  // The last one is shorter.
  expect(esp.receive(packet)).toBe(true);
  expect(packetOctets(packet).slice(HEADERS_LENGTH)).toEqual(datagrams.slice(size * count));
  expect(esp.following.count).toBe(0);
  expect(esp.isPending).toBe(false);
  expect(esp.receive(packet)).toBe(false);
});

/** Sends `octets` to `port` as datagrams of `size` octets each, which the kernel leaves together. */
function sendInOne(octets: Uint8Array, size: number, port: number): void {
  const UDP_SEGMENT = 103;
  const fd = openIpSocket(4, LINUX.SOCK_DGRAM, 0, 'send datagrams');
  if (fd === null) throw new Error('Bug: no IPv4');
  opened.push(() => libc.close(fd));
  setSocketOption(fd, SOL_UDP, UDP_SEGMENT, size);
  const memory = new PinnedMemory(octets.length);
  memory.octets.set(octets);
  const to = new PinnedMemory(SOCKADDR_LENGTH[4]);
  to.octets.set(socketAddress(address(LOOPBACK), port));
  const sent = libc.sendto(fd, memory.address, octets.length, 0, to.address, to.octets.length);
  expect(sent).toBe(octets.length);
}
