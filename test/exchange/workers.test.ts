/**
 * A host whose packets several engines carry, and one with a single engine that has all the addresses of its
 * peers.
 *
 * @module
 */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { nodeProvider } from '../../src/crypto/node-provider.ts';
import { ENGINE_MEMORY_LENGTH, Engine } from '../../src/dataplane/engine.ts';
import { NO_GUARD } from '../../src/dataplane/guard.ts';
import { MemoryHost, MemoryWire } from '../../src/dataplane/memory-wire.ts';
import { workerBetween } from '../../src/dataplane/workers.ts';
import type { Change } from '../../src/ipsec/change.ts';
import type { BackendEvent } from '../../src/ipsec/events.ts';
import { UNLIMITED } from '../../src/ipsec/lifetime.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { u16, u32 } from '../../src/octets/octets.ts';
import { EngineCrew } from '../support/engine-crew.ts';
import { ALICE, address, udpPacket } from '../support/packets.ts';
import {
  addPolicy,
  addSa,
  espSa,
  layer,
  mirrored,
  network,
  opposite,
  policy,
  protect,
} from '../support/sas.ts';

const WORKERS = 3;
const PEERS = Array.from({ length: 16 }, (_, k) => address(`10.9.1.${k + 1}`));
const OUT = policy('outbound', protect(layer('esp')), { remoteAddress: network('10.9.1.0/24') });
const IN = policy('inbound', protect(layer('esp')), { remoteAddress: network('10.9.1.0/24') });
const WINDOW = 32;
const IPV4_HEADER_LENGTH = 20;

/** From Alice to a peer; the other way it is the opposite. */
const saTo = (k: number, parts: Partial<SaParameters> = {}) =>
  espSa({
    source: ALICE,
    destination: PEERS[k] ?? ALICE,
    spi: 0x1000 + k,
    replayWindow: WINDOW,
    ...parts,
  });

const packetTo = (k: number, name: number, sourcePort = 5000) =>
  udpPacket(Uint8Array.of(name >>> 8, name), {
    source: ALICE,
    destination: PEERS[k] ?? ALICE,
    sourcePort,
  });
const answerOf = (k: number, name: number) =>
  udpPacket(Uint8Array.of(name >>> 8, name), { source: PEERS[k] ?? ALICE, destination: ALICE });

/** Which of Alice's workers has what goes to that peer. */
const workerTo = (peer: IpAddress | undefined) =>
  workerBetween(4, ALICE.octets, 0, peer?.octets ?? ALICE.octets, 0, WORKERS);

class Trial {
  readonly wire = new MemoryWire();
  readonly alice = new EngineCrew(WORKERS, this.wire.left);
  readonly peers = new MemoryHost();
  readonly #far = new Engine({
    crypto: nodeProvider({ octets: new Uint8Array(ENGINE_MEMORY_LENGTH) }),
    protectedInterface: this.peers,
    unprotectedInterface: this.wire.right,
    guard: NO_GUARD,
    unmatched: 'discard',
  });
  /** What left Alice, and what was on its way to her. */
  readonly sent: Uint8Array[] = [];
  readonly arrived: Uint8Array[] = [];
  now = 0;

  constructor() {
    this.wire.tap((octets, to) => (to === 'right' ? this.sent : this.arrived).push(octets));
  }

  /** The same SAs for both sides, and policies. */
  load(sas: readonly SaParameters[]): void {
    const both = sas.flatMap((sa) => [addSa(sa), addSa(opposite(sa))]);
    this.alice.first.commit([...both, addPolicy(OUT), addPolicy(IN)], this.now);
    this.far(...both, addPolicy(mirrored(OUT)), addPolicy(mirrored(IN)));
  }

  far(...changes: readonly Change[]): void {
    this.#far.commit(changes, this.now);
  }

  /** Everybody works until nothing moves, Alice's workers in the order of `order`. */
  settle(order: readonly number[] = [0, 1, 2]): void {
    for (let quiet = 0; quiet < 3; ) {
      const before = this.sent.length + this.arrived.length + this.alice.handedOver;
      this.alice.pump(order, this.now);
      this.#far.pump(this.now);
      const moved = this.sent.length + this.arrived.length + this.alice.handedOver > before;
      quiet = moved ? 0 : quiet + 1;
    }
  }

  get farDiscards(): unknown {
    return this.#far.discards();
  }
}

/** The sequence numbers of ESP packets, by SPI. */
function numbersOf(packets: readonly Uint8Array[]): Map<number, number[]> {
  const numbers = new Map<number, number[]>();
  for (const octets of packets) {
    const spi = u32(octets, IPV4_HEADER_LENGTH);
    const known = numbers.get(spi) ?? [];
    known.push(u32(octets, IPV4_HEADER_LENGTH + 4));
    numbers.set(spi, known);
  }
  return numbers;
}

const nameOf = (octets: Uint8Array) => u16(octets, IPV4_HEADER_LENGTH + 8);

describe('packets of one host that several workers carry', () => {
  let trial: Trial;

  beforeEach(() => {
    trial = new Trial();
  });

  test('all workers have peers', () => {
    expect(new Set(PEERS.map(workerTo)).size).toBe(WORKERS);
  });

  test('arrive once, and those of each SA in its order, whichever queues they come by', () => {
    const order = fc.shuffledSubarray([0, 1, 2], { minLength: 3 });
    const step = fc.record({
      queue: fc.nat(WORKERS - 1),
      peer: fc.nat(PEERS.length - 1),
      back: fc.boolean(),
      settle: fc.option(order, { freq: 3 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 200, size: 'max' }), (steps) => {
        const each = new Trial();
        each.load(PEERS.map((_, k) => saTo(k)));
        const names: Record<'there' | 'back', number[]> = { there: [], back: [] };
        for (const [name, { queue, peer, back, settle }] of steps.entries()) {
          if (back) each.peers.send(answerOf(peer, name));
          else each.alice.queues[queue]?.send(packetTo(peer, name));
          names[back ? 'back' : 'there'].push(name);
          if (settle !== null) each.settle(settle);
        }
        each.settle();
        const sorted = (packets: readonly Uint8Array[]) =>
          packets.map(nameOf).sort((a, b) => a - b);
        expect(sorted(each.peers.delivered)).toEqual(names.there);
        expect(sorted(each.alice.takeDelivered())).toEqual(names.back);
        for (const numbers of numbersOf(each.sent).values()) {
          expect(numbers).toEqual(numbers.map((_, k) => k + 1));
        }
        expect([each.alice.first.discards(), each.farDiscards]).toEqual([{}, {}]);
      }),
      { numRuns: 40 },
    );
  });

  test('are handed over where they belong to another worker, and else not', () => {
    trial.load(PEERS.map((_, k) => saTo(k)));
    for (const k of PEERS.keys()) trial.alice.queues[workerTo(PEERS[k])]?.send(packetTo(k, k));
    trial.settle();
    expect(trial.alice.handedOver).toBe(0);
    for (const k of PEERS.keys()) {
      trial.alice.queues[(workerTo(PEERS[k]) + 1) % WORKERS]?.send(packetTo(k, k));
    }
    trial.settle();
    expect(trial.alice.handedOver).toBe(PEERS.length);
    expect(trial.peers.delivered).toHaveLength(2 * PEERS.length);
  });

  test('are taken once, whichever worker gets a copy', () => {
    trial.load([saTo(0)]);
    for (let name = 0; name < 20; name++) trial.peers.send(answerOf(0, name));
    trial.settle();
    expect(trial.alice.takeDelivered()).toHaveLength(20);
    for (const octets of trial.arrived.slice()) {
      trial.wire.inject('left', octets);
      trial.wire.inject('left', octets);
    }
    trial.alice.pump([2], 0);
    trial.alice.pump([1], 0);
    trial.settle([2, 1, 0]);
    expect(trial.alice.takeDelivered()).toEqual([]);
    expect(trial.alice.first.discards()).toEqual({ 'in-state-seq-error': 40 });
    const [sa] = [...trial.alice.first.sas(0)].filter(({ octets }) => octets > 0);
    expect(sa).toMatchObject({
      packets: 20,
      window: { highest: 20, missing: 0 },
      discards: { 'in-state-seq-error': 40 },
    });
  });

  test('count, for whoever asks the first worker', () => {
    trial.load(PEERS.map((_, k) => saTo(k)));
    trial.now = 5000;
    for (const k of PEERS.keys()) trial.alice.queues[0]?.send(packetTo(k, k));
    trial.settle();
    const sent = [...trial.alice.first.sas(5000)].filter(
      ({ sequenceNumber }) => sequenceNumber > 0,
    );
    expect(sent).toHaveLength(PEERS.length);
    for (const sa of sent) expect(sa).toMatchObject({ packets: 1, octets: 30, usedAt: 5000 });
    const [out] = [...trial.alice.first.policies()].filter(
      ({ policy: { direction } }) => direction === 'outbound',
    );
    expect(out?.usedAt).toBe(5000);
  });
});

describe('what the first worker changes', () => {
  let trial: Trial;
  const other = PEERS.findIndex((peer) => workerTo(peer) !== 0);

  beforeEach(() => {
    trial = new Trial();
    trial.alice.first.commit([addPolicy(OUT), addPolicy(IN)], 0);
    trial.far(addPolicy(mirrored(OUT)), addPolicy(mirrored(IN)));
  });

  const send = (name = 1) => {
    trial.alice.queues[workerTo(PEERS[other])]?.send(packetTo(other, name));
    trial.settle();
    return trial.peers.delivered.splice(0).length;
  };

  test('holds for the others at once: SAs that come, are replaced, and go', () => {
    expect(send()).toBe(0);
    trial.alice.first.commit([addSa(saTo(other))], 0);
    trial.far(addSa(saTo(other)));
    expect(send()).toBe(1);
    const id = saTo(other);
    trial.alice.first.commit([{ kind: 'delete-sa', id }, addSa(saTo(other))], 0);
    expect(send()).toBe(0);
    expect(trial.farDiscards).toEqual({ 'in-state-seq-error': 1 });
    trial.alice.first.commit([{ kind: 'flush-sas', protocol: null }], 0);
    expect(send()).toBe(0);
    expect(trial.alice.first.discards()).toEqual({ 'out-no-states': 2 });
  });

  test('holds for the others at once: policies that come, are replaced, and go', () => {
    trial.alice.first.commit([addSa(saTo(other))], 0);
    trial.far(addSa(saTo(other)));
    expect(send()).toBe(1);
    const discard = policy(
      'outbound',
      { kind: 'discard' },
      { remoteAddress: network('10.9.1.0/24') },
    );
    trial.alice.first.commit([{ kind: 'update-policy', policy: discard }], 0);
    expect(send()).toBe(0);
    expect(trial.alice.first.discards()).toEqual({ 'out-pol-block': 1 });
    trial.alice.first.commit([{ kind: 'flush-policies' }], 0);
    expect(send()).toBe(0);
    expect(trial.alice.first.discards()).toEqual({ 'out-pol-block': 1, 'out-pol-error': 1 });
  });

  test('and takes back, they never hear of', () => {
    trial.alice.first.commit([addSa(saTo(other))], 0);
    trial.far(addSa(saTo(other)));
    const refused: Change[] = [
      { kind: 'flush-sas', protocol: null },
      { kind: 'flush-policies' },
      { kind: 'delete-sa', id: saTo(other) },
    ];
    expect(() => trial.alice.first.commit(refused, 0)).toThrow('there is no SA');
    expect(send()).toBe(1);
  });

  test('counts on from where it was told to, with other IVs', () => {
    const from = { sent: 41, received: 0 };
    trial.alice.first.commit([{ kind: 'add-sa', sa: saTo(other), from }], 0);
    trial.far(addSa(saTo(other)));
    expect(send()).toBe(1);
    expect(numbersOf(trial.sent)).toEqual(new Map([[saTo(other).spi, [42]]]));
  });
});

describe('events of several workers', () => {
  const other = PEERS.findIndex((peer) => workerTo(peer) !== 0);

  function watched(): { trial: Trial; told: BackendEvent[] } {
    const trial = new Trial();
    const told: BackendEvent[] = [];
    trial.alice.first.watch((event) => told.push(event));
    trial.alice.first.commit([addPolicy(OUT), addPolicy(IN)], 0);
    trial.far(addPolicy(mirrored(OUT)), addPolicy(mirrored(IN)));
    told.splice(0);
    trial.alice.told.splice(0);
    return { trial, told };
  }

  test('an SA is wanted by one of them, whichever queues packets come by, and they wait there', () => {
    const { trial, told } = watched();
    for (const [name, queue] of [0, 1, 2].entries()) {
      trial.alice.queues[queue]?.send(packetTo(other, name));
    }
    trial.settle();
    const acquires = [...told, ...trial.alice.told].filter(({ kind }) => kind === 'acquire');
    expect(acquires).toMatchObject([{ destination: PEERS[other] }]);
    trial.far(addSa(saTo(other)));
    trial.alice.first.commit([addSa(saTo(other))], 0);
    trial.settle();
    trial.now += 100;
    trial.settle();
    // As many as are kept for one SA.
    expect(trial.peers.delivered).toHaveLength(2);
    expect(trial.alice.first.discards()).toEqual({ 'out-no-states': 1 });
  });

  test('an SA that another worker used up expires, and is gone for all', () => {
    const { trial, told } = watched();
    const limited = saTo(other, {
      softLifetime: { ...UNLIMITED, packets: 2 },
      hardLifetime: { ...UNLIMITED, packets: 4 },
    });
    trial.alice.first.commit([addSa(limited)], 0);
    trial.far(addSa(saTo(other)));
    told.splice(0);
    for (let name = 0; name < 6; name++) {
      trial.alice.queues[name % WORKERS]?.send(packetTo(other, name));
      trial.settle();
      trial.alice.first.tellExpired(0);
    }
    expect(trial.peers.delivered).toHaveLength(4);
    expect(told.filter(({ kind }) => kind === 'sa-expired')).toMatchObject([
      { limit: 'soft', packets: 2 },
      { limit: 'hard', packets: 4 },
    ]);
    expect(trial.alice.first.discards()).toEqual({ 'out-state-expired': 2 });
    // What is dead makes room when the databases change.
    trial.alice.first.commit([addSa(saTo(other))], 0);
    trial.far({ kind: 'delete-sa', id: saTo(other) }, addSa(saTo(other)));
    trial.alice.queues[0]?.send(packetTo(other, 7));
    trial.settle();
    expect(trial.peers.delivered).toHaveLength(5);
  });
});
