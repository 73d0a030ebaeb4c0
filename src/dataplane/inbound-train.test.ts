/**
 * Trains of packets that come in are opened as if each packet had come alone: two engines get the same
 * messages, one with memory that trains are for, and one without.
 *
 * @module
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALICE, ALICE6, BOB, BOB6, ipPacket, udpPacket } from '../../test/support/packets.ts';
import {
  addPolicy,
  addSa,
  cipherOf,
  espSa,
  integrityOf,
  inUdp,
  mirrored,
  networkPolicy,
  policy,
  protect,
  tunnel,
} from '../../test/support/sas.ts';
import { MESSAGE_LENGTH, UdpMessages } from '../../test/support/udp-messages.ts';
import { AES_CBC } from '../crypto/aes-cbc.ts';
import { AES_CCM_16 } from '../crypto/aes-ccm.ts';
import { AES_GCM_16 } from '../crypto/aes-gcm.ts';
import { CHACHA20_POLY1305 } from '../crypto/chacha20-poly1305.ts';
import type { CryptoProvider } from '../crypto/context.ts';
import { HMAC_SHA256 } from '../crypto/hmac-sha2.ts';
import { opensslProvider } from '../io/openssl/provider.ts';
import { PinnedMemory } from '../io/pinned-memory.ts';
import type { DiscardCounters } from '../ipsec/backend.ts';
import type { Change } from '../ipsec/change.ts';
import { EspTransform } from '../ipsec/esp-transform.ts';
import { UNLIMITED } from '../ipsec/lifetime.ts';
import type { SaParameters } from '../ipsec/sa-parameters.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { toHex } from '../octets/hex.ts';
import { setU8, setU16, setU32, u8 } from '../octets/octets.ts';
import { setIpv4TypeOfService, updateIpv4Checksum } from '../wire/ipv4.ts';
import { emitTcp, TCP_FLAG, TCP_HEADER_LENGTH } from '../wire/tcp.ts';
import { noOffload } from '../wire/virtio-net.ts';
import { COALESCING_LENGTH, Coalescing } from './coalescing.ts';
import { ENGINE_MEMORY_LENGTH, Engine } from './engine.ts';
import { NO_GUARD } from './guard.ts';
import { MemoryHost, MemoryWire } from './memory-wire.ts';

const ENDS = { 4: [ALICE, BOB], 6: [ALICE6, BOB6] } as const;
/** Where ESP begins in an IPv4 packet, and where its type of service stands. */
const ESP_AT = 28;
const MEMORY_LENGTH = ENGINE_MEMORY_LENGTH + COALESCING_LENGTH + MESSAGE_LENGTH;
const CAPACITY = 400 * 400;
/** Data is never shorter, nor longer by more than padding makes up for. */
const DATA_LENGTH = 120;

type Encryption = Pick<SaParameters, 'encryption' | 'integrity'>;

const SCHEMES: readonly (readonly [string, Encryption, multiBuffer: boolean])[] = [
  ['AES-GCM', { encryption: cipherOf(AES_GCM_16), integrity: null }, true],
  ['AES-GCM of OpenSSL', { encryption: cipherOf(AES_GCM_16), integrity: null }, false],
  ['AES-CCM', { encryption: cipherOf(AES_CCM_16), integrity: null }, false],
  ['ChaCha20-Poly1305', { encryption: cipherOf(CHACHA20_POLY1305), integrity: null }, true],
  ['AES-CBC', { encryption: cipherOf(AES_CBC), integrity: integrityOf(HMAC_SHA256) }, false],
];

/** What may be odd about a packet inside, or about the ESP packet that it is in. */
const KINDS = [
  'plain',
  'push',
  'other flow',
  'other acknowledgment',
  'odd length',
  'bad checksum',
  'no checksum',
  'marked',
  'other time to live',
  'forged',
  'forged trailer',
  'lost',
  'twice',
  'late',
  'overtaken',
  'other SPI',
  'no SPI',
  'dummy',
  'lying trailer',
  'short',
  'end of message',
  'congestion',
  'to the port of ESP',
  'ESP inside',
] as const;

type Kind = (typeof KINDS)[number];

/** What trailers may say that what is inside is, and is not (RFC 4303 §2.6). */
const OTHER_TRAILERS: ReadonlyMap<Kind | undefined, number> = new Map([
  ['dummy', IP_PROTOCOL['ipv6-nonxt']],
  ['lying trailer', IP_PROTOCOL.ospf],
]);

/** Other ports than most have. */
const PORTS: ReadonlyMap<Kind, readonly [number, number]> = new Map([
  // The same sum: what the checksum of such a packet says holds under the ports of most, too.
  ['other flow', [7, 5202]],
  ['to the port of ESP', [4500, 4500]],
  ['ESP inside', [4500, 4500]],
]);

interface Trip {
  readonly kinds: readonly Kind[];
  readonly version: 4 | 6;
  readonly protocol: 'tcp' | 'udp';
  readonly change: Partial<SaParameters>;
}

/** TCP or UDP as `trip` has it, the `k`th of them, `sequenceNumber` having been sent. */
function inner(trip: Trip, kind: Kind, k: number, sequenceNumber: number): Uint8Array {
  const [source, destination] = ENDS[trip.version];
  const odd = kind === 'odd length' ? 1 : 0;
  const data = Uint8Array.from(
    { length: kind === 'short' ? 40 : DATA_LENGTH - odd },
    (_, at) => k + at * (2 * k + 1),
  );
  if (kind === 'ESP inside') data.set([0, 0, 2, 1]);
  const [sourcePort, destinationPort] = PORTS.get(kind) ?? [8, 5201];
  const trafficClass = kind === 'marked' ? 3 : 2;
  const parts = { source, destination, trafficClass, dontFragment: true, identification: k + 1 };
  const ipLength = trip.version === 4 ? 20 : 40;
  let packet: Uint8Array;
  if (trip.protocol === 'udp') {
    packet = udpPacket(data, { ...parts, sourcePort, destinationPort });
    if (kind === 'no checksum') setU16(packet, ipLength + 6, 0);
  } else {
    const header = {
      sourcePort,
      destinationPort,
      sequenceNumber,
      acknowledgmentNumber: kind === 'other acknowledgment' ? 78 : 77,
      flags: kind === 'push' ? TCP_FLAG.ACK | TCP_FLAG.PSH : TCP_FLAG.ACK,
      window: 501,
      options: Uint8Array.of(1, 1, 8, 10, 0, 0, 7, 1, 0, 0, 7, 2),
    };
    const payload = new Uint8Array(TCP_HEADER_LENGTH + header.options.length + data.length);
    emitTcp(header, data, source, destination, payload, 0);
    packet = ipPacket({ ...parts, protocol: IP_PROTOCOL.tcp, payload });
  }
  if (kind === 'bad checksum') setU8(packet, packet.length - 1, u8(packet, packet.length - 1) ^ 1);
  if (kind === 'other time to live') {
    setU8(packet, trip.version === 4 ? 8 : 7, 60);
    if (trip.version === 4) updateIpv4Checksum(packet, 0);
  }
  return packet;
}

function changesOf(trip: Trip, encryption: Encryption): Record<'alice' | 'bob', Change[]> {
  const sa = inUdp(espSa({ mode: 'tunnel', ...encryption, ...trip.change }));
  const action = protect(tunnel('esp', ALICE, BOB));
  const out =
    trip.version === 4
      ? policy('outbound', action)
      : networkPolicy('outbound', action, '2001:db8:9::1/128', '2001:db8:9::2/128');
  // Who sends knows of no limits.
  const unlimited = { ...sa, hardLifetime: UNLIMITED, softLifetime: UNLIMITED };
  return {
    alice: [addSa(unlimited), addPolicy(out)],
    bob: [addSa(sa), addPolicy(mirrored(out))],
  };
}

/** ESP packets with what is inside of them, one for each kind, as Alice sends them. */
function sealed(trip: Trip, crypto: CryptoProvider, changes: readonly Change[]): Uint8Array[] {
  const wire = new MemoryWire();
  const seen: Uint8Array[] = [];
  wire.tap((octets) => seen.push(octets));
  const host = new MemoryHost();
  const alice = new Engine({
    crypto,
    protectedInterface: host,
    unprotectedInterface: wire.left,
    guard: NO_GUARD,
    unmatched: 'discard',
  });
  alice.commit(changes, 0);
  let sequenceNumber = 0xffff_f000;
  const sequenceNumbers: number[] = [];
  for (const [k, kind] of trip.kinds.entries()) {
    const packet = inner(trip, kind, k, sequenceNumber);
    sequenceNumbers.push(sequenceNumber);
    const headersLength = (trip.version === 4 ? 20 : 40) + 32;
    sequenceNumber = (sequenceNumber + packet.length - headersLength) >>> 0;
    host.send(packet);
  }
  while (alice.pump(0));
  const [sa] = [...alice.sas(0)];
  if (sa === undefined) throw new Error('Bug: no SA');
  return seen.map((packet, k) => {
    const nextHeader = OTHER_TRAILERS.get(trip.kinds[k]);
    if (nextHeader === undefined) return packet;
    const content = inner(trip, 'plain', k, sequenceNumbers[k] ?? 0);
    return withTrailer(packet, k, content, nextHeader, sa.parameters, crypto);
  });
}

/** The ESP packet `sealed`, number `k + 1`, made again with a trailer that says something else. */
function withTrailer(
  packet: Uint8Array,
  k: number,
  content: Uint8Array,
  nextHeader: number,
  sa: SaParameters,
  crypto: CryptoProvider,
): Uint8Array {
  const AT = 0x1000;
  const transform = new EspTransform(sa, crypto);
  const { octets } = crypto.memory;
  octets.set(content, AT);
  transform.seal(AT, content.length, nextHeader, k + 1);
  const at = AT - transform.headerLength;
  const made = packet.slice();
  made.set(octets.subarray(at, at + transform.sealedLength(content.length)), ESP_AT);
  transform.destroy();
  return made;
}

/** What becomes of `packets` on their way, as messages. */
function sendAll(trip: Trip, packets: readonly Uint8Array[], messages: UdpMessages): void {
  const late: Uint8Array[] = [];
  for (const [k, packet] of packets.entries()) {
    const kind = trip.kinds[k];
    if (kind === 'end of message') messages.endMessage();
    if (kind === 'lost') continue;
    if (kind === 'late') {
      late.push(packet);
      continue;
    }
    const copy = packet.slice();
    const last = copy.length - 1;
    if (kind === 'forged') setU8(copy, last, u8(copy, last) ^ 1);
    if (kind === 'forged trailer') setU8(copy, last - 17, u8(copy, last - 17) ^ 1);
    if (kind === 'other SPI') setU8(copy, ESP_AT + 3, u8(copy, ESP_AT + 3) ^ 1);
    if (kind === 'no SPI') setU32(copy, ESP_AT, 0);
    if (kind === 'congestion') {
      messages.endMessage();
      setIpv4TypeOfService(copy, 0, 3);
      updateIpv4Checksum(copy, 0);
    }
    const ahead = packets[k + 5];
    if (kind === 'overtaken' && ahead !== undefined) {
      messages.endMessage();
      messages.put(ahead);
      messages.endMessage();
    }
    messages.put(copy);
    if (kind === 'twice') messages.put(copy);
    for (const other of late.splice(0)) messages.put(other);
  }
}

/** An engine that opens what `fill` puts in, and what came of it. */
function opened(
  crypto: CryptoProvider,
  changes: readonly Change[],
  fill: (to: UdpMessages) => void,
) {
  const { octets } = crypto.memory;
  const messagesAt = ENGINE_MEMORY_LENGTH + COALESCING_LENGTH;
  const messages = new UdpMessages(octets, messagesAt, CAPACITY);
  const delivered: string[] = [];
  let inTrains = 0;
  const coalescing = new Coalescing(octets, ENGINE_MEMORY_LENGTH, (at, length) =>
    delivered.push(toHex(octets.subarray(at, at + length))),
  );
  coalescing.takesUdp = true;
  const wire = new MemoryWire();
  const bob = new Engine({
    crypto,
    protectedInterface: {
      receive: () => false,
      offload: noOffload(),
      deliver: (packet) => coalescing.take(packet.at, packet.length),
      deliverTrain: (train) => {
        const taken = coalescing.takeTrain(train);
        inTrains += taken;
        return taken;
      },
      flush: () => coalescing.flush(),
    },
    unprotectedInterface: {
      ...wire.right,
      receive: (packet) => messages.receive(packet),
      following: messages.following,
      passOver: (count) => messages.passOver(count),
    },
    guard: NO_GUARD,
    unmatched: 'discard',
  });
  const events: string[] = [];
  bob.watch((event) => events.push(event.kind));
  bob.commit(changes, 0);
  fill(messages);
  while (bob.pump(5));
  const sas = [...bob.sas(5)].map(({ parameters, ...rest }) => ({ ...rest, spi: parameters.spi }));
  const policies = [...bob.policies()].map(({ usedAt }) => usedAt);
  const seen = { delivered, discards: bob.discards(), sas, policies, events };
  return { seen, inTrains, passedOver: messages.passedOver };
}

/**
 * An SA that has died refuses what is not authentic before it knows that: for which of two reasons a packet is
 * discarded then depends on where batches end.
 */
function withSum<
  Seen extends { readonly discards: DiscardCounters; readonly sas: readonly object[] },
>(seen: Seen) {
  const { discards } = seen;
  const {
    'in-state-expired': expired = 0,
    'in-state-proto-error': forged = 0,
    'in-state-seq-error': old = 0,
    ...others
  } = discards;
  const sas = seen.sas.map((sa) => ({ ...sa, discards: null }));
  return { ...seen, discards: { ...others, sum: expired + forged + old }, sas };
}

function providers(multiBuffer: boolean) {
  const provider = (bulk: boolean) => {
    const memory = new PinnedMemory(MEMORY_LENGTH, bulk);
    return multiBuffer ? opensslProvider(memory) : opensslProvider(memory, null);
  };
  return { sender: provider(true), trains: provider(true), single: provider(false) };
}

const STREAM: Trip = {
  kinds: new Array<Kind>(60).fill('plain'),
  version: 4,
  protocol: 'tcp',
  change: { replayWindow: 64 },
};

const trips: fc.Arbitrary<Trip> = fc.record({
  kinds: fc.array(
    fc.oneof(
      { weight: 30, arbitrary: fc.constant<Kind>('plain') },
      { weight: 1, arbitrary: fc.constantFrom(...KINDS) },
    ),
    { minLength: 20, maxLength: 150, size: 'max' },
  ),
  version: fc.constantFrom(4 as const, 6 as const),
  protocol: fc.constantFrom('tcp' as const, 'udp' as const),
  change: fc
    .record({
      replayWindow: fc.constantFrom(0, 32, 64, 1024),
      soft: fc.option(fc.integer({ min: 1, max: 15_000 }), { freq: 3 }),
      hard: fc.option(fc.integer({ min: 1, max: 30_000 }), { freq: 3 }),
    })
    .map(({ replayWindow, soft, hard }) => ({
      replayWindow,
      softLifetime: { ...UNLIMITED, ...(soft === null ? {} : { octets: soft }) },
      hardLifetime: { ...UNLIMITED, ...(hard === null ? {} : { octets: hard }) },
    })),
});

describe.each(SCHEMES)('with %s', (_, encryption, multiBuffer) => {
  const { sender, trains, single } = providers(multiBuffer);

  /** What the engine with trains saw, which must be what that without them did. */
  function compared(trip: Trip) {
    const { alice, bob } = changesOf(trip, encryption);
    const packets = sealed(trip, sender, alice);
    const fill = (messages: UdpMessages) => sendAll(trip, packets, messages);
    const together = opened(trains, bob, fill);
    const apart = opened(single, bob, fill);
    expect(apart.passedOver).toBe(0);
    const mayDie = (trip.change.hardLifetime?.octets ?? 0) > 0;
    const whatIsAlike = ({ seen }: typeof apart) => (mayDie ? withSum(seen) : seen);
    expect(whatIsAlike(together)).toEqual(whatIsAlike(apart));
    return together;
  }

  test.each([4, 6] as const)('a stream of TCP over IPv%i comes in trains', (version) => {
    const { seen, inTrains, passedOver } = compared({ ...STREAM, version });
    expect(seen.delivered).toHaveLength(1);
    expect(seen.discards).toEqual({});
    expect(seen.sas).toMatchObject([{ packets: 60, window: { highest: 60, missing: 0 } }]);
    // All but the first.
    expect(passedOver).toBe(59);
    expect(inTrains).toBe(59);
  });

  test('datagrams of UDP come in trains', () => {
    const { seen, inTrains } = compared({ ...STREAM, protocol: 'udp' });
    expect(seen.delivered).toHaveLength(1);
    expect(inTrains).toBe(59);
  });

  test('messages make what single packets make, whatever is in them', () => {
    let taken = 0;
    fc.assert(
      fc.property(trips, (trip) => {
        taken += compared(trip).inTrains;
      }),
      { numRuns: 60 },
    );
    expect(taken).toBeGreaterThan(1000);
  });

  test.each(KINDS)('a train with one packet in its middle that is odd: %s', (kind) => {
    for (const protocol of ['tcp', 'udp'] as const) {
      const kinds = STREAM.kinds.with(30, kind);
      const { inTrains } = compared({ ...STREAM, protocol, kinds });
      expect(inTrains).toBeGreaterThan(25);
    }
  });

  test('what may have another layer inside is in no train, like as it may be', () => {
    const kinds = [
      ...STREAM.kinds.slice(0, 20),
      ...new Array<Kind>(10).fill('to the port of ESP'),
      ...new Array<Kind>(3).fill('ESP inside'),
      ...STREAM.kinds.slice(0, 20),
    ];
    const { seen, inTrains } = compared({ ...STREAM, protocol: 'udp', kinds });
    expect(seen.discards).not.toEqual({});
    expect(inTrains).toBeGreaterThan(30);
    expect(inTrains).toBeLessThan(40);
  });

  test('of what is not authentic nothing is left to be seen', () => {
    const kinds = STREAM.kinds.with(30, 'forged');
    const trip: Trip = { ...STREAM, kinds };
    const { alice, bob } = changesOf(trip, encryption);
    const packets = sealed(trip, sender, alice);
    const { octets } = trains.memory;
    octets.fill(0);
    const { seen, inTrains } = opened(trains, bob, (to) => sendAll(trip, packets, to));
    expect(seen.discards).toEqual({ 'in-state-proto-error': 1 });
    expect(inTrains).toBeGreaterThan(50);
    const secret = inner(trip, 'forged', 30, 0).subarray(-40);
    expect(Buffer.from(octets.buffer).indexOf(secret)).toBe(-1);
    const known = inner(trip, 'plain', 29, 0).subarray(-40);
    expect(Buffer.from(octets.buffer).indexOf(known)).toBeGreaterThan(0);
  });
});
