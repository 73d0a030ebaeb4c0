import { describe, expect, test } from 'vitest';
import { countedOctets, udpPacket } from '../../test/support/packets.ts';
import { type Packet, packetOctets } from '../ipsec/packet.ts';
import { MemoryHost, MemoryWire, QUEUE_LENGTH, type WireEnd } from './memory-wire.ts';

const PACKET = udpPacket(countedOctets(100));

function packetOf(octets: Uint8Array): Packet {
  return { memory: { octets: octets.slice() }, at: 0, length: octets.length };
}

function received(from: { receive(packet: Packet): boolean }): Uint8Array | null {
  const packet: Packet = { memory: { octets: new Uint8Array(70_000) }, at: 7, length: 0 };
  return from.receive(packet) ? packetOctets(packet) : null;
}

describe('MemoryWire', () => {
  test('carries packets from one end to the other, in order', () => {
    const wire = new MemoryWire();
    const second = udpPacket(countedOctets(3));
    wire.left.transmit(packetOf(PACKET));
    wire.left.transmit(packetOf(second));
    expect(received(wire.left)).toBeNull();
    expect([1, 2, 3].map(() => received(wire.right))).toEqual([PACKET, second, null]);
    wire.right.transmit(packetOf(second));
    expect(received(wire.left)).toEqual(second);
  });

  test('carries a copy: what the sender does next does not show', () => {
    const wire = new MemoryWire();
    const packet = packetOf(PACKET);
    wire.left.transmit(packet);
    packet.memory.octets.fill(0);
    expect(received(wire.right)).toEqual(PACKET);
  });

  test('shows taps every packet and where it goes, as copies, until they are stopped', () => {
    const wire = new MemoryWire();
    const seen: [WireEnd, number][] = [];
    const stop = wire.tap((octets, to) => {
      seen.push([to, octets.length]);
      octets.fill(0);
    });
    wire.left.transmit(packetOf(PACKET));
    wire.inject('left', PACKET);
    stop();
    wire.left.transmit(packetOf(PACKET));
    expect(seen).toEqual([
      ['right', PACKET.length],
      ['left', PACKET.length],
    ]);
    expect(received(wire.right)).toEqual(PACKET);
  });

  test('carries nothing beyond its MTU', () => {
    const wire = new MemoryWire(100);
    expect(wire.left.pathMtu(4, PACKET, 16, 0)).toBe(100);
    expect(wire.left.transmit(packetOf(PACKET))).toBe(false);
    wire.mtu = PACKET.length;
    expect(wire.left.transmit(packetOf(PACKET))).toBe(true);
  });

  test('loses packets when too many wait', () => {
    const wire = new MemoryWire();
    for (let k = 0; k < QUEUE_LENGTH + 10; k++) wire.inject('right', PACKET);
    let count = 0;
    while (received(wire.right) !== null) count++;
    expect(count).toBe(QUEUE_LENGTH);
  });

  test('drops what a host would: no IPv4, a wrong checksum', () => {
    const wire = new MemoryWire();
    const wrong = PACKET.slice();
    wrong[10] = (wrong[10] ?? 0) ^ 1;
    for (const octets of [new Uint8Array(0), countedOctets(40), wrong, PACKET]) {
      wire.inject('right', octets);
    }
    expect([1, 2].map(() => received(wire.right))).toEqual([PACKET, null]);
  });
});

describe('MemoryHost', () => {
  test('keeps what is delivered, as copies', () => {
    const host = new MemoryHost();
    const packet = packetOf(PACKET);
    host.deliver(packet);
    packet.memory.octets.fill(0);
    expect(host.delivered).toEqual([PACKET]);
  });

  test('gives what is delivered to its listener instead', () => {
    const heard: Uint8Array[] = [];
    const host = new MemoryHost((octets) => heard.push(octets));
    host.deliver(packetOf(PACKET));
    expect([heard, host.delivered]).toEqual([[PACKET], []]);
  });

  test('sends in order, no packet longer than any can be', () => {
    const host = new MemoryHost();
    host.send(new Uint8Array(0x10000));
    host.send(PACKET);
    expect([1, 2].map(() => received(host))).toEqual([PACKET, null]);
  });
});
