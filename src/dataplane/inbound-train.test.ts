/**
 * Trains of packets that come in are opened as if each packet had come alone: two engines get the same
 * messages, one with memory that trains are for, and one without.
 *
 * @module
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  changesOf,
  type Encryption,
  inner,
  KINDS,
  type Kind,
  sealed,
  sendAll,
  type Trip,
} from '../../test/support/odd-streams.ts';
import { RAW_BATCH_LENGTH, RawBatches } from '../../test/support/raw-batches.ts';
import { cipherOf, integrityOf } from '../../test/support/sas.ts';
import { MESSAGE_LENGTH, type Messages, UdpMessages } from '../../test/support/udp-messages.ts';
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
import { UNLIMITED } from '../ipsec/lifetime.ts';
import { toHex } from '../octets/hex.ts';
import { noOffload } from '../wire/virtio-net.ts';
import { COALESCING_LENGTH, Coalescing } from './coalescing.ts';
import { ENGINE_MEMORY_LENGTH, Engine } from './engine.ts';
import { NO_GUARD } from './guard.ts';
import { MemoryWire } from './memory-wire.ts';

const MEMORY_LENGTH =
  ENGINE_MEMORY_LENGTH + COALESCING_LENGTH + Math.max(MESSAGE_LENGTH, RAW_BATCH_LENGTH);
const CAPACITY = 400 * 400;
const SCHEMES: readonly (readonly [string, Encryption, multiBuffer: boolean])[] = [
  ['AES-GCM', { encryption: cipherOf(AES_GCM_16), integrity: null }, true],
  ['AES-GCM of OpenSSL', { encryption: cipherOf(AES_GCM_16), integrity: null }, false],
  ['AES-CCM', { encryption: cipherOf(AES_CCM_16), integrity: null }, false],
  ['ChaCha20-Poly1305', { encryption: cipherOf(CHACHA20_POLY1305), integrity: null }, true],
  ['AES-CBC', { encryption: cipherOf(AES_CBC), integrity: integrityOf(HMAC_SHA256) }, false],
];

/** An engine that opens what `fill` puts in, and what came of it. */
function opened(
  crypto: CryptoProvider,
  changes: readonly Change[],
  carrier: Trip['carrier'],
  fill: (to: Messages) => void,
) {
  const { octets } = crypto.memory;
  const messagesAt = ENGINE_MEMORY_LENGTH + COALESCING_LENGTH;
  const messages =
    carrier === 'udp'
      ? new UdpMessages(octets, messagesAt, CAPACITY)
      : new RawBatches(octets, messagesAt);
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

/** How packets go, and what goes inside. */
type Way = Pick<Trip, 'carrier' | 'mode' | 'version'>;

const WAYS: readonly Way[] = [
  { carrier: 'udp', mode: 'tunnel', version: 4 },
  { carrier: 'udp', mode: 'tunnel', version: 6 },
  { carrier: 'raw', mode: 'tunnel', version: 4 },
  { carrier: 'raw', mode: 'tunnel', version: 6 },
  { carrier: 'raw', mode: 'transport', version: 4 },
  { carrier: 'udp', mode: 'transport', version: 4 },
];

const STREAM: Trip = {
  kinds: new Array<Kind>(60).fill('plain'),
  version: 4,
  protocol: 'tcp',
  mode: 'tunnel',
  carrier: 'udp',
  change: { replayWindow: 64 },
};

const trips = (way: Way): fc.Arbitrary<Trip> =>
  fc.record({
    carrier: fc.constant(way.carrier),
    mode: fc.constant(way.mode),
    version: fc.constant(way.version),
    kinds: fc.array(
      fc.oneof(
        { weight: 30, arbitrary: fc.constant<Kind>('plain') },
        { weight: 1, arbitrary: fc.constantFrom(...KINDS) },
      ),
      { minLength: 20, maxLength: 150, size: 'max' },
    ),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    change: fc
      .record({
        replayWindow: fc.constantFrom(0, 32, 64, 1024),
        soft: fc.option(fc.integer({ min: 1, max: 15_000 }), { freq: 3 }),
        hard: fc.option(fc.integer({ min: 1, max: 30_000 }), { freq: 3 }),
        softPackets: fc.option(fc.integer({ min: 1, max: 75 }), { freq: 2 }),
        hardPackets: fc.option(fc.integer({ min: 1, max: 150 }), { freq: 2 }),
      })
      .map(({ replayWindow, soft, hard, softPackets, hardPackets }) => ({
        replayWindow,
        softLifetime: { ...UNLIMITED, octets: soft ?? 0, packets: softPackets ?? 0 },
        hardLifetime: { ...UNLIMITED, octets: hard ?? 0, packets: hardPackets ?? 0 },
      })),
  });

describe.each(SCHEMES)('with %s', (_, encryption, multiBuffer) => {
  const { sender, trains, single } = providers(multiBuffer);

  /** What the engine with trains saw, which must be what that without them did. */
  function compared(trip: Trip) {
    const { alice, bob } = changesOf(trip, encryption);
    const packets = sealed(trip, sender, alice);
    const fill = (messages: Messages) => sendAll(trip, packets, messages);
    const together = opened(trains, bob, trip.carrier, fill);
    const apart = opened(single, bob, trip.carrier, fill);
    expect(apart.passedOver).toBe(0);
    const { octets, packets: most } = trip.change.hardLifetime ?? UNLIMITED;
    const mayDie = octets > 0 || most > 0;
    const whatIsAlike = ({ seen }: typeof apart) => (mayDie ? withSum(seen) : seen);
    expect(whatIsAlike(together)).toEqual(whatIsAlike(apart));
    return together;
  }

  describe.each(WAYS)('by $carrier in $mode mode, IPv$version', (way) => {
    test('a stream of TCP comes in trains', () => {
      const { seen, inTrains, passedOver } = compared({ ...STREAM, ...way });
      expect(seen.delivered).toHaveLength(1);
      expect(seen.discards).toEqual({});
      expect(seen.sas).toMatchObject([{ packets: 60, window: { highest: 60, missing: 0 } }]);
      // All but the first.
      expect(passedOver).toBe(59);
      expect(inTrains).toBe(59);
    });

    test('datagrams of UDP come in trains', () => {
      const { seen, inTrains } = compared({ ...STREAM, ...way, protocol: 'udp' });
      expect(seen.delivered).toHaveLength(1);
      expect(inTrains).toBe(59);
    });

    test('messages make what single packets make, whatever is in them', () => {
      let taken = 0;
      fc.assert(
        fc.property(trips(way), (trip) => {
          taken += compared(trip).inTrains;
        }),
        { numRuns: 25 },
      );
      expect(taken).toBeGreaterThan(200);
    });

    test.each(KINDS)('a train with one packet in its middle that is odd: %s', (kind) => {
      for (const protocol of ['tcp', 'udp'] as const) {
        const kinds = STREAM.kinds.with(30, kind);
        const { inTrains } = compared({ ...STREAM, ...way, protocol, kinds });
        expect(inTrains).toBeGreaterThan(25);
      }
    });
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

  test.each(WAYS)('of what is not authentic nothing is left to be seen: %j', (way) => {
    const kinds = STREAM.kinds.with(30, 'forged');
    const trip: Trip = { ...STREAM, ...way, kinds };
    const { alice, bob } = changesOf(trip, encryption);
    const packets = sealed(trip, sender, alice);
    const { octets } = trains.memory;
    octets.fill(0);
    const { seen, inTrains } = opened(trains, bob, trip.carrier, (to) =>
      sendAll(trip, packets, to),
    );
    expect(seen.discards).toEqual({ 'in-state-proto-error': 1 });
    expect(inTrains).toBeGreaterThan(50);
    const secret = inner(trip, 'forged', 30, 0).subarray(-40);
    expect(Buffer.from(octets.buffer).indexOf(secret)).toBe(-1);
    const known = inner(trip, 'plain', 29, 0).subarray(-40);
    expect(Buffer.from(octets.buffer).indexOf(known)).toBeGreaterThan(0);
  });
});
