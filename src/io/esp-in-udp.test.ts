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
import { libc } from './libc.ts';
import { MessageReceiver } from './message-receiver.ts';
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
  return { esp, packet: { memory, at: 0, length: 0 }, tally, heard, send };
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
