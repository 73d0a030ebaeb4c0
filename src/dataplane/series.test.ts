/**
 * What the engine decides about once for many packets is as if each had come alone: segments of a
 * large packet, and packets of one flow in one batch, in every shape that ESP has.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';
import {
  ALICE,
  ALICE6,
  BOB,
  BOB6,
  countedOctets,
  ipPacket,
  udpPacket,
} from '../../test/support/packets.ts';
import {
  addPolicy,
  addSa,
  cipherOf,
  espSa,
  integrityOf,
  inUdp,
  layer,
  mirrored,
  networkPolicy,
  policy,
  protect,
  tunnel,
} from '../../test/support/sas.ts';
import { withRandom } from '../../test/support/with-random.ts';
import { AES_CBC } from '../crypto/aes-cbc.ts';
import { AES_CCM_16 } from '../crypto/aes-ccm.ts';
import { AES_GCM_16, AES_GMAC } from '../crypto/aes-gcm.ts';
import { CHACHA20_POLY1305 } from '../crypto/chacha20-poly1305.ts';
import { HMAC_SHA256 } from '../crypto/hmac-sha2.ts';
import { nodeProvider } from '../crypto/node-provider.ts';
import { opensslProvider } from '../io/openssl/provider.ts';
import { PinnedMemory } from '../io/pinned-memory.ts';
import type { Change } from '../ipsec/change.ts';
import { UNLIMITED } from '../ipsec/lifetime.ts';
import type { Packet } from '../ipsec/packet.ts';
import type { SaParameters } from '../ipsec/sa-parameters.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { onePort } from '../net/port-range.ts';
import { toHex } from '../octets/hex.ts';
import { u16, u32 } from '../octets/octets.ts';
import { emitTcp, TCP_FLAG, TCP_HEADER_LENGTH, type TcpHeader } from '../wire/tcp.ts';
import { noOffload, type Offload, VIRTIO_SEGMENTS } from '../wire/virtio-net.ts';
import { ENGINE_MEMORY_LENGTH, Engine } from './engine.ts';
import { NO_GUARD } from './guard.ts';
import type { ProtectedInterface } from './interfaces.ts';
import { MemoryHost, MemoryWire, type WireEnd } from './memory-wire.ts';
import { BATCH } from './places.ts';
import { Segmentation } from './segmentation.ts';

const SEGMENT_SIZE = 500;
const LARGE_LENGTH = 9 * SEGMENT_SIZE;
const ENDS = { 4: [ALICE, BOB], 6: [ALICE6, BOB6] } as const;

interface Shape {
  readonly name: string;
  readonly inner: 4 | 6;
  readonly outer: 4 | 6;
  readonly tunnel: boolean;
  readonly udp: boolean;
}

const SHAPES: readonly Shape[] = [
  { name: 'transport, IPv4', inner: 4, outer: 4, tunnel: false, udp: false },
  { name: 'transport, IPv6', inner: 6, outer: 6, tunnel: false, udp: false },
  { name: 'transport in UDP, IPv4', inner: 4, outer: 4, tunnel: false, udp: true },
  { name: 'transport in UDP, IPv6', inner: 6, outer: 6, tunnel: false, udp: true },
  { name: 'tunnel, IPv4 in IPv4', inner: 4, outer: 4, tunnel: true, udp: false },
  { name: 'tunnel, IPv4 in IPv6', inner: 4, outer: 6, tunnel: true, udp: false },
  { name: 'tunnel, IPv6 in IPv4', inner: 6, outer: 4, tunnel: true, udp: false },
  { name: 'tunnel in UDP, IPv4 in IPv4', inner: 4, outer: 4, tunnel: true, udp: true },
];

const PROVIDERS = [
  ['node:crypto', () => nodeProvider({ octets: new Uint8Array(ENGINE_MEMORY_LENGTH) })],
  ['OpenSSL', () => opensslProvider(new PinnedMemory(ENGINE_MEMORY_LENGTH, true), null)],
  ['the best there is', () => opensslProvider(new PinnedMemory(ENGINE_MEMORY_LENGTH, true))],
] as const;

/** A host that hands over packets with what is left to be done on them. */
class LargeHost implements ProtectedInterface {
  offload: Offload = noOffload();
  readonly #packets: { readonly octets: Uint8Array; readonly offload: Offload }[] = [];

  send(octets: Uint8Array, offload: Offload = noOffload()): void {
    this.#packets.push({ octets, offload });
  }

  receive(packet: Parameters<ProtectedInterface['receive']>[0]): boolean {
    const next = this.#packets.shift();
    if (next === undefined) return false;
    packet.memory.octets.set(next.octets, packet.at);
    packet.length = next.octets.length;
    this.offload = next.offload;
    return true;
  }

  deliver(): void {}

  deliverTrain(): number {
    return 0;
  }

  flush(): void {}
}

/** Two engines under `shape`, and what was seen between them. */
function pair(
  shape: Shape,
  crypto: (typeof PROVIDERS)[number][1],
  change: Partial<SaParameters> = {},
  sent = 0,
  mostTogether: (packet: Packet) => number = () => BATCH,
) {
  const [source, destination] = ENDS[shape.outer];
  const plain = espSa({
    source,
    destination,
    mode: shape.tunnel ? 'tunnel' : 'transport',
    encryption: cipherOf(AES_GCM_16),
    integrity: null,
    ...change,
  });
  const sa = shape.udp ? inUdp(plain) : plain;
  const action = protect(shape.tunnel ? tunnel('esp', source, destination) : layer('esp'));
  const out =
    shape.inner === 4
      ? policy('outbound', action)
      : networkPolicy('outbound', action, '2001:db8:9::1/128', '2001:db8:9::2/128');
  const wire = new MemoryWire();
  const seen: Uint8Array[] = [];
  wire.tap((octets) => seen.push(octets));
  const engine = (host: ProtectedInterface, end: WireEnd, changes: readonly Change[]) => {
    const made = new Engine({
      crypto: crypto(),
      protectedInterface: host,
      unprotectedInterface: { ...wire[end], mostTogether },
      guard: NO_GUARD,
      unmatched: 'discard',
    });
    made.commit(changes, 0);
    return made;
  };
  const host = new LargeHost();
  const far = new MemoryHost();
  const added = { ...addSa(sa), from: { sent, received: 0 } };
  const alice = engine(host, 'left', [added, addPolicy(out)]);
  // Who receives knows of no limits.
  const unlimited = { ...sa, hardLifetime: UNLIMITED, softLifetime: UNLIMITED };
  const bob = engine(far, 'right', [addSa(unlimited), addPolicy(mirrored(out))]);
  const run = () => {
    while (alice.pump(0));
    while (bob.pump(0));
    bob.pump(0);
    return far.delivered.splice(0);
  };
  return { host, alice, bob, seen, run };
}

/** TCP with `length` octets of data between the hosts. */
function tcp(version: 4 | 6, length: number, change: Partial<TcpHeader> = {}): Uint8Array {
  const [source, destination]: readonly IpAddress[] = ENDS[version];
  if (source === undefined || destination === undefined) throw new Error('Bug: no ends');
  const header = {
    sourcePort: 40000,
    destinationPort: 5201,
    sequenceNumber: 0xffff_f000,
    acknowledgmentNumber: 77,
    flags: TCP_FLAG.ACK | TCP_FLAG.PSH,
    window: 501,
    options: new Uint8Array(0),
    ...change,
  };
  const payload = new Uint8Array(TCP_HEADER_LENGTH + header.options.length + length);
  emitTcp(header, countedOctets(length), source, destination, payload, 0);
  const parts = { source, destination, protocol: IP_PROTOCOL.tcp, payload };
  return ipPacket({ ...parts, dontFragment: true });
}

function segmentsOf(packet: Uint8Array, offload: Offload): Uint8Array[] {
  const TO_AT = 0x10000;
  const octets = new Uint8Array(2 * TO_AT);
  octets.set(packet);
  const segmentation = new Segmentation(octets);
  expect(segmentation.begin(0, packet.length, offload)).toBe(true);
  const segments: Uint8Array[] = [];
  for (let length = segmentation.next(TO_AT); length > 0; length = segmentation.next(TO_AT)) {
    segments.push(octets.slice(TO_AT, TO_AT + length));
  }
  return segments;
}

/** Where ESP begins in what `shape` puts on the wire. */
function espAt(shape: Shape): number {
  return (shape.outer === 4 ? 20 : 40) + (shape.udp ? 8 : 0);
}

/** Each kind of list of calls that a packet takes. */
const PROTECTIONS = [
  ['AES-GCM', { encryption: cipherOf(AES_GCM_16), integrity: null }],
  ['AES-CCM', { encryption: cipherOf(AES_CCM_16), integrity: null }],
  ['AES-GMAC', { encryption: cipherOf(AES_GMAC), integrity: null }],
  ['ChaCha20-Poly1305', { encryption: cipherOf(CHACHA20_POLY1305), integrity: null }],
  ['AES-CBC, HMAC-SHA-256', { encryption: cipherOf(AES_CBC), integrity: integrityOf(HMAC_SHA256) }],
] as const;

describe.each(PROVIDERS.slice(1))('as trains, with %s', (_, crypto) => {
  test.each(PROTECTIONS)('under %s, segments are sealed as one by one', (__, protection) => {
    let inTrains = 0;
    const watched = () => {
      const provider = crypto();
      const { trains } = provider;
      if (trains === null) throw new Error('Bug: a provider without trains');
      const goOn = trains.goOn.bind(trains);
      trains.goOn = (from, times) => {
        inTrains += times;
        goOn(from, times);
      };
      return provider;
    };
    for (const shape of SHAPES) {
      const { host, run } = pair(shape, watched, protection);
      const segments = shape.inner === 4 ? VIRTIO_SEGMENTS.TCPV4 : VIRTIO_SEGMENTS.TCPV6;
      const offload = { ...noOffload(), needsChecksum: true, segments, segmentSize: SEGMENT_SIZE };
      const packet = tcp(shape.inner, 90 * SEGMENT_SIZE + 7);
      host.send(packet, offload);
      host.send(packet, offload);
      const expected = segmentsOf(packet, offload).map(toHex);
      expect(run().map(toHex)).toEqual([...expected, ...expected]);
    }
    expect(inTrains).toBeGreaterThan(500);
  });
});

describe.each(PROVIDERS)('with %s', (_, crypto) => {
  describe.each(SHAPES)('ESP, $name', (shape) => {
    const segments = shape.inner === 4 ? VIRTIO_SEGMENTS.TCPV4 : VIRTIO_SEGMENTS.TCPV6;
    const offload = {
      ...noOffload(),
      needsChecksum: true,
      segments,
      segmentSize: SEGMENT_SIZE,
    };

    test.each([2 * SEGMENT_SIZE, 7 * SEGMENT_SIZE - 1, 100 * SEGMENT_SIZE + 1])(
      'brings every segment of %i octets of TCP',
      (length) => {
        const { host, run, seen } = pair(shape, crypto);
        const packet = tcp(shape.inner, length);
        host.send(packet, offload);
        const expected = segmentsOf(packet, offload);
        expect(run()).toEqual(expected);
        const at = espAt(shape);
        expect(seen.map((octets) => u32(octets, at + 4))).toEqual(expected.map((__, k) => k + 1));
        // Every one of them has an IV of its own.
        expect(new Set(seen.map((octets) => octets.slice(at + 8, at + 16).join())).size).toBe(
          expected.length,
        );
        if (shape.udp && shape.outer === 4) {
          expect(seen.every((octets) => u16(octets, 24) === octets.length - 20)).toBe(true);
        }
      },
    );

    test('brings packets of flows that come one after the other and among others', () => {
      const { host, run, seen } = pair(shape, crypto);
      const [source, destination] = ENDS[shape.inner];
      const datagram = (port: number, length: number, identification: number) =>
        udpPacket(countedOctets(length), {
          source,
          destination,
          sourcePort: port,
          dontFragment: true,
          identification,
        });
      const packets = Array.from({ length: 200 }, (__, k) =>
        datagram(k % 7 === 0 ? 7 : 8, k % 5 === 0 ? 60 : 100, k + 1),
      );
      packets.splice(50, 0, tcp(shape.inner, 100));
      for (const packet of packets) host.send(packet);
      expect(run()).toEqual(packets);
      const at = espAt(shape);
      expect(seen.map((octets) => u32(octets, at + 4))).toEqual(packets.map((__, k) => k + 1));
    });

    test('brings large packets of flows that come one after the other and among others', () => {
      const { host, alice, run, seen } = pair(shape, crypto);
      const large = (change: Partial<TcpHeader> = {}) => tcp(shape.inner, LARGE_LENGTH, change);
      const cutSmaller = { ...offload, segmentSize: SEGMENT_SIZE - 100 };
      const cwr = TCP_FLAG.ACK | TCP_FLAG.CWR | TCP_FLAG.PSH;
      const sent: readonly (readonly [Uint8Array, Offload])[] = [
        [large(), offload],
        [large({ sequenceNumber: 1 }), offload],
        [large({ flags: cwr }), offload],
        [large({ flags: TCP_FLAG.ACK }), offload],
        [large({ flags: TCP_FLAG.ACK | TCP_FLAG.FIN }), offload],
        [large({ flags: TCP_FLAG.ACK | TCP_FLAG.CWR }), offload],
        [large({ acknowledgmentNumber: 78, window: 2 }), offload],
        [large({ sourcePort: 40001 }), offload],
        [large({ sourcePort: 40001 }), cutSmaller],
        [large({ sourcePort: 40001 }), cutSmaller],
        [tcp(shape.inner, LARGE_LENGTH - SEGMENT_SIZE + 1), offload],
        [tcp(shape.inner, LARGE_LENGTH - SEGMENT_SIZE + 1), offload],
        [tcp(shape.inner, 100), noOffload()],
        [large(), offload],
        [tcp(shape.inner, LARGE_LENGTH - 12, { options: new Uint8Array(12).fill(1) }), offload],
        [large(), noOffload()],
        [large(), offload],
      ];
      for (const [packet, left] of sent) host.send(packet, left);
      const isCut = ([packet, left]: (typeof sent)[number]) =>
        left.segmentSize > 0 || packet.length < 1000;
      const expected = sent
        .filter(isCut)
        .flatMap(([packet, left]) => (left.segmentSize > 0 ? segmentsOf(packet, left) : [packet]));
      expect(run().map(toHex)).toEqual(expected.map(toHex));
      // The one that nobody is to cut.
      expect(alice.discards()).toEqual({ 'out-too-big': 1 });
      const at = espAt(shape);
      expect(seen.map((octets) => u32(octets, at + 4))).toEqual(expected.map((__, k) => k + 1));
    });

    test('brings no packet of another flow among them that its policy stops', () => {
      const { host, bob, run } = pair(shape, crypto);
      const [source, destination] = ENDS[shape.inner];
      const [all] = [...bob.policies()];
      if (all === undefined) throw new Error('Bug: no policy');
      const selector = { ...all.policy.selector, nextLayerProtocol: 17, localPort: onePort(6000) };
      const stop = { ...all.policy, priority: 1, selector, action: { kind: 'discard' } } as const;
      bob.commit([addPolicy(stop)], 0);
      const datagram = (destinationPort: number) =>
        udpPacket(countedOctets(50), { source, destination, destinationPort, dontFragment: true });
      for (const port of [5000, 6000, 5000, 5000, 6000, 6000]) host.send(datagram(port));
      expect(run()).toEqual([5000, 5000, 5000].map(datagram));
      expect(bob.discards()).toEqual({ 'in-pol-block': 3 });
    });

    test('counts every segment', () => {
      const { host, alice, run } = pair(shape, crypto);
      const [before] = [...alice.sas(0)];
      expect(before?.sequenceNumber).toBe(0);
      host.send(tcp(shape.inner, 3 * SEGMENT_SIZE), offload);
      expect(run()).toHaveLength(3);
      const [after] = [...alice.sas(0)];
      expect(after).toMatchObject({ sequenceNumber: 3, packets: 3 });
    });
  });
});

test.each([
  ['octets', 1],
  ['octets', 64],
  ['packets', 1],
  ['packets', 64],
] as const)(
  'a flow ends with the life of its SA in %s, to the packet, %i at a time',
  (unit, batch) => {
    const [shape] = SHAPES;
    if (shape === undefined) throw new Error('Bug: no shapes');
    const datagram = udpPacket(countedOctets(72), { dontFragment: true });
    const limit = unit === 'octets' ? 5 * datagram.length : 5;
    const hardLifetime = { ...UNLIMITED, [unit]: limit };
    const { host, alice, run } = pair(shape, PROVIDERS[0][1], { hardLifetime });
    let delivered = 0;
    for (let sent = 0; sent < 64; sent += batch) {
      for (let k = 0; k < batch; k++) host.send(datagram);
      delivered += run().length;
    }
    expect(delivered).toBe(5);
    expect(alice.discards()).not.toEqual({});
  },
);

test('a flow ends with the batch: what the SPD says next holds for what comes next', () => {
  const [shape] = SHAPES;
  if (shape === undefined) throw new Error('Bug: no shapes');
  const { host, alice, run } = pair(shape, PROVIDERS[0][1]);
  const datagram = udpPacket(countedOctets(40), { dontFragment: true });
  host.send(datagram);
  host.send(datagram);
  expect(run()).toHaveLength(2);
  const blocked = policy('outbound', { kind: 'discard' });
  alice.commit([{ kind: 'delete-policy', policy: policy('outbound', protect(layer('esp'))) }], 0);
  alice.commit([addPolicy(blocked)], 0);
  host.send(datagram);
  expect(run()).toEqual([]);
  expect(alice.discards()).toMatchObject({ 'out-pol-block': 1 });
});

/** What is left when a lifetime or the numbers end within a large packet. */
test.each([
  ['a lifetime in octets', { hardLifetime: { ...UNLIMITED, octets: 57 * 540 } }, 0],
  ['a soft lifetime in octets', { softLifetime: { ...UNLIMITED, octets: 57 * 540 } }, 0],
  ['a lifetime in packets', { hardLifetime: { ...UNLIMITED, packets: 57 } }, 0],
  ['a soft lifetime in packets', { softLifetime: { ...UNLIMITED, packets: 57 } }, 0],
  ['the sequence numbers', {}, 0xffff_ffff - 57],
])('%s ends within a large packet as it does among single ones', (_, change, sent) => {
  const [shape] = SHAPES;
  if (shape === undefined) throw new Error('Bug: no shapes');
  const outcomes = PROVIDERS.map(([, crypto]) => {
    const { host, alice, run } = pair(shape, crypto, { ...change, replayWindow: 0 }, sent);
    const offload = {
      ...noOffload(),
      needsChecksum: true,
      segments: VIRTIO_SEGMENTS.TCPV4,
      segmentSize: SEGMENT_SIZE,
    };
    host.send(tcp(4, 80 * SEGMENT_SIZE), offload);
    const delivered = run().map(toHex);
    return { delivered, sas: [...alice.sas(0)], discards: alice.discards() };
  });
  const [plain, ...others] = outcomes;
  for (const other of others) expect(other).toEqual(plain);
  expect(plain?.delivered.length).toBe('softLifetime' in change ? 80 : 57);
});

test('IVs go on past their lower half, and are as they would be one by one', () => {
  const [shape] = SHAPES;
  if (shape === undefined) throw new Error('Bug: no shapes');
  const ivs = PROVIDERS.map(([, crypto]) => {
    const from = Uint8Array.of(0, 0, 0, 7, 0xff, 0xff, 0xff, 0xe0);
    const counted = () => withRandom(crypto(), (octets, at) => octets.set(from, at));
    const { host, seen, run } = pair(shape, counted);
    const offload = {
      ...noOffload(),
      needsChecksum: true,
      segments: VIRTIO_SEGMENTS.TCPV4,
      segmentSize: SEGMENT_SIZE,
    };
    host.send(tcp(4, 60 * SEGMENT_SIZE), offload);
    expect(run()).toHaveLength(60);
    return seen.map((octets) => u32(octets, 28) * 2 ** 32 + u32(octets, 32));
  });
  const first = 7 * 2 ** 32 + 0xffff_ffe0;
  for (const seen of ivs) expect(seen).toEqual(Array.from({ length: 60 }, (_, k) => first + k));
});

test('segments leave, however few are best sent together with what came before them', () => {
  const shape = SHAPES.find(({ name }) => name === 'tunnel in UDP, IPv4 in IPv4');
  if (shape === undefined) throw new Error('Bug: no such shape');
  const { host, run } = pair(shape, PROVIDERS[2][1], {}, 0, (packet) =>
    Math.min(64, Math.floor(65_507 / (packet.length - 28))),
  );
  const offload = { ...noOffload(), needsChecksum: true, segments: VIRTIO_SEGMENTS.TCPV4 };
  const small = { ...offload, segmentSize: 100 };
  const large = { ...offload, segmentSize: 1380 };
  // 64 of the small fit in one batch; the first of the large has its last place.
  for (const count of [61, 62, 63, 64]) {
    const sent: readonly [Uint8Array, Offload][] = [
      [tcp(4, count * 100), small],
      ...Array.from({ length: 4 }, (): [Uint8Array, Offload] => [tcp(4, 47 * 1380), large]),
    ];
    for (const [packet, left] of sent) host.send(packet, left);
    const expected = sent.flatMap(([packet, left]) => segmentsOf(packet, left).map(toHex));
    expect(run().map(toHex)).toEqual(expected);
  }
});
