import { describe, expect, test } from 'vitest';
import {
  ah,
  arp,
  B,
  cooked1,
  cooked2,
  data,
  esp,
  ethernet,
  ike,
  ipv4,
  ipv6,
  join,
  tcp,
  udp,
  vlan,
} from '../../test/support/sample-packets.ts';
import { LINK_TYPE_OF } from '../wire/pcap.ts';
import { TCP_FLAG } from '../wire/tcp.ts';
import { dissect } from './dissect.ts';
import type { Layer } from './layer.ts';
import { MAX_LAYERS } from './part.ts';

const { RAW, ETHERNET, IPV4, IPV6, LINUX_SLL, LINUX_SLL2, NULL, LOOP } = LINK_TYPE_OF;

/** The layers from the outermost in, by name. */
function kinds(layer: Layer): string[] {
  const inner = 'payload' in layer ? layer.payload : null;
  return inner === null ? [layer.kind] : [layer.kind, ...kinds(inner)];
}

test('AH around ESP dissects into its layers, each in its place', () => {
  const packet = ipv4(51, ah(50, esp()));
  const ip = dissect(packet, RAW);
  if (ip.kind !== 'ipv4' || ip.payload.kind !== 'ah') throw new Error(ip.kind);
  expect(ip).toMatchObject({ at: 0, length: 160, captured: 160, protocol: 51, ttl: 64 });
  expect(ip.destination).toMatchObject(B);
  const layer = ip.payload;
  expect(layer).toMatchObject({ at: 20, length: 140, spi: 0x200, sequenceNumber: 1 });
  expect(layer.icv).toEqual(new Uint8Array(12).fill(0xab));
  expect(layer.payload).toMatchObject({
    kind: 'esp',
    at: 44,
    length: 116,
    captured: 116,
    spi: 0x201,
    sequenceNumber: 1,
  });
});

describe('the chain of layers', () => {
  for (const [name, packet, linkType, expected] of [
    ['raw IPv4', ipv4(17, udp(1, 2, data(3))), RAW, 'ipv4 udp opaque'],
    ['raw IPv6', ipv6(50, esp()), RAW, 'ipv6 esp'],
    ['IPv4 by link type', ipv4(50, esp()), IPV4, 'ipv4 esp'],
    ['IPv6 by link type', ipv6(50, esp()), IPV6, 'ipv6 esp'],
    ['IPv6 where IPv4 belongs', ipv6(50, esp()), IPV4, 'malformed'],
    ['Ethernet', ethernet(0x0800, ipv4(50, esp())), ETHERNET, 'ethernet ipv4 esp'],
    ['ARP', ethernet(0x0806, arp(1)), ETHERNET, 'ethernet arp'],
    ['another EtherType', ethernet(0x88cc, data(9)), ETHERNET, 'ethernet opaque'],
    ['a tunnel', ipv4(4, ipv6(6, tcp({}))), RAW, 'ipv4 malformed'],
    ['a tunnel of another version', ipv4(41, ipv6(6, tcp({}))), RAW, 'ipv4 ipv6 tcp'],
    ['a later fragment', ipv4(50, esp(), { offset: 8 }), RAW, 'ipv4 later-fragment'],
    ['ESP in UDP', ipv4(17, udp(4500, 9, esp())), RAW, 'ipv4 udp esp'],
    ['a keepalive', ipv4(17, udp(4500, 9, Uint8Array.of(255))), RAW, 'ipv4 udp nat-keepalive'],
    ['IKE', ipv4(17, udp(500, 500, data(28))), RAW, 'ipv4 udp ike'],
    [
      'IKE with marker',
      ipv4(17, udp(9, 4500, data(32).fill(0))),
      RAW,
      'ipv4 udp non-esp-marker ike',
    ],
    [
      'an 802.1Q tag',
      ethernet(0x8100, vlan(5, 0x0800, ipv4(50, esp()))),
      ETHERNET,
      'ethernet vlan ipv4 esp',
    ],
    [
      'two tags',
      ethernet(0x88a8, vlan(3, 0x8100, vlan(5, 0x86dd, ipv6(50, esp())))),
      ETHERNET,
      'ethernet vlan vlan ipv6 esp',
    ],
    ['a cooked header', cooked1(0x0800, ipv4(50, esp())), LINUX_SLL, 'cooked ipv4 esp'],
    ['its second version', cooked2(0x86dd, ipv6(50, esp())), LINUX_SLL2, 'cooked ipv6 esp'],
    [
      'a loopback header',
      join(Uint8Array.of(2, 0, 0, 0), ipv4(50, esp())),
      NULL,
      'loopback ipv4 esp',
    ],
    [
      'the same elsewhere',
      join(Uint8Array.of(0, 0, 0, 24), ipv6(50, esp())),
      LOOP,
      'loopback ipv6 esp',
    ],
    ['IPComp', ipv4(108, Uint8Array.of(4, 0, 0, 3, 9)), RAW, 'ipv4 ipcomp'],
    ['another link type', ipv4(50, esp()), 9, 'malformed'],
    ['nothing', data(0), RAW, 'truncated'],
  ] as const) {
    test(name, () => expect(kinds(dissect(packet, linkType)).join(' ')).toBe(expected));
  }
});

test('every shorter capture dissects, and ends in a truncated layer until ESP shows', () => {
  const packet = ipv4(51, ah(50, esp()));
  for (let length = 0; length < packet.length; length++) {
    const last = kinds(dissect(packet.subarray(0, length), RAW, packet.length)).at(-1);
    expect(last, `${length} octets`).toBe(length <= 20 + 24 + 8 ? 'truncated' : 'esp');
  }
});

test('a TCP layer has its options as octets', () => {
  const options = Uint8Array.of(2, 4, 5, 180, 1, 3, 3, 7);
  const layer = dissect(ipv4(6, tcp({ flags: TCP_FLAG.SYN, options })), RAW);
  if (layer.kind !== 'ipv4' || layer.payload.kind !== 'tcp') throw new Error(layer.kind);
  expect(layer.payload.optionsEnd).toBe('complete');
  expect(layer.payload.options).toEqual([
    { kind: 2, data: Uint8Array.of(5, 180) },
    { kind: 1, data: new Uint8Array(0) },
    { kind: 3, data: Uint8Array.of(7) },
  ]);
});

test('an IKE layer has the payloads that are in the clear', () => {
  const body = join(Uint8Array.of(10, 0, 0, 8), data(4), Uint8Array.of(46, 0, 0, 4), data(9));
  const [kept, broken] = [join(body, Uint8Array.of(0, 0, 0, 1)), join(body, data(3))];
  const payloadsOf = (message: Uint8Array, flags = 0) => {
    const layer = dissect(ipv4(17, udp(500, 500, message)), RAW);
    if (layer.kind !== 'ipv4' || layer.payload.kind !== 'udp') throw new Error(layer.kind);
    if (layer.payload.payload.kind !== 'ike') throw new Error(layer.payload.payload.kind);
    return { ...layer.payload.payload, flags };
  };
  expect(payloadsOf(ike(2, 34, 8, { nextPayload: 34, body: body.slice(0, 8) }))).toMatchObject({
    payloads: [{ type: 34, length: 8 }],
    payloadsEnd: 'malformed',
  });
  expect(payloadsOf(ike(1, 2, 1, { nextPayload: 5, body: kept }))).toMatchObject({
    payloads: [],
    payloadsEnd: 'encrypted',
  });
  expect(payloadsOf(ike(2, 34, 8, { nextPayload: 46, body: broken.slice(0, 8) }))).toMatchObject({
    payloads: [{ type: 46, length: 8 }],
    payloadsEnd: 'encrypted',
  });
});

test('tunnels within tunnels end at a bound', () => {
  let packet = ipv4(50, esp());
  for (let depth = 0; depth < 1000; depth++) packet = ipv4(4, packet);
  const layers = kinds(dissect(packet, RAW));
  expect(layers.at(-1)).toBe('too-deep');
  expect(layers.length).toBe(MAX_LAYERS + 2);
});

test('dissect() changes nothing in the packet', () => {
  const packet = ipv4(51, ah(50, esp()));
  const before = packet.slice();
  dissect(packet, RAW);
  expect(packet).toEqual(before);
});
