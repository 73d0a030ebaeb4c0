/**
 * What the engine does with packets that want an SA which is not there yet.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';
import { EnginePair } from '../../test/support/engine-pair.ts';
import { ALICE, BOB, countedOctets, udpPacket } from '../../test/support/packets.ts';
import {
  addPolicy,
  addSa,
  ahSa,
  espSa,
  layer,
  mirrored,
  policy,
  protect,
  tunnel,
} from '../../test/support/sas.ts';
import type { BackendEvent } from '../ipsec/events.ts';
import type { Action, Policy } from '../ipsec/policy.ts';
import type { SaParameters } from '../ipsec/sa-parameters.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';

const MOMENT_MS = 100;
const PROTOCOL_AT = 9;
const OUT = policy('outbound', protect(layer('esp')));

/** Alice has the policies `out` and no SA; Bob has `sas` and takes what comes under them. */
class Pair extends EnginePair {
  readonly told: BackendEvent[] = [];
  readonly #sas: readonly SaParameters[];

  constructor(sas: readonly SaParameters[] = [espSa()], out: readonly Policy[] = [OUT]) {
    super({ unmatched: 'transmit' });
    this.#sas = sas;
    this.alice.engine.watch((event) => this.told.push(event));
    this.commit(out.map(addPolicy), [...out.map(mirrored).map(addPolicy), ...sas.map(addSa)]);
    this.told.splice(0);
  }

  /** Puts Alice's SAs there, and lets a moment go by; returns what Bob's host gets. */
  arrive(sas: readonly SaParameters[] = this.#sas): Uint8Array[] {
    this.alice.engine.commit(sas.map(addSa), this.now);
    this.settle();
    this.now += MOMENT_MS;
    this.settle();
    return this.bob.host.delivered.splice(0);
  }

  get protocolsSeen(): number[] {
    return this.seen.map(({ octets }) => octets[PROTOCOL_AT] ?? 0);
  }
}

/** The one that says `name`. */
const packet = (name: number, length = 100) =>
  udpPacket(Uint8Array.of(name, ...countedOctets(length)), { dontFragment: true });

describe('a packet that wants an SA', () => {
  test('goes under it when it came, before what is sent later', () => {
    const pair = new Pair();
    expect(pair.send('alice', packet(1))).toEqual([]);
    expect(pair.send('alice', packet(2))).toEqual([]);
    expect(pair.alice.engine.discards()).toEqual({});
    expect(pair.arrive()).toEqual([packet(1), packet(2)]);
    expect(pair.send('alice', packet(3))).toEqual([packet(3)]);
    expect(pair.protocolsSeen).toEqual([IP_PROTOCOL.esp, IP_PROTOCOL.esp, IP_PROTOCOL.esp]);
    expect(pair.told.filter(({ kind }) => kind === 'acquire')).toHaveLength(1);
  });

  test('goes before what the host sends in the same moment', () => {
    const pair = new Pair();
    pair.send('alice', packet(1));
    pair.alice.engine.commit([addSa(espSa())], 0);
    pair.settle();
    pair.now += MOMENT_MS;
    expect(pair.send('alice', packet(2))).toEqual([packet(1), packet(2)]);
  });

  test('lets the peer have a moment, for its own SA may still have to come', () => {
    const pair = new Pair();
    pair.send('alice', packet(1));
    const { engine } = pair.alice;
    expect(engine.restMs(pair.now)).toBe(Number.POSITIVE_INFINITY);
    engine.commit([addSa(espSa())], pair.now);
    expect(engine.restMs(pair.now)).toBe(0);
    pair.settle();
    expect(pair.seen).toEqual([]);
    expect(engine.restMs(pair.now + 1)).toBe(MOMENT_MS - 1);
    pair.now += MOMENT_MS;
    pair.settle();
    expect(pair.bob.host.delivered).toEqual([packet(1)]);
    expect(engine.restMs(pair.now)).toBe(Number.POSITIVE_INFINITY);
  });

  test('of a tunnel goes, whichever host sent it', () => {
    const ends = { source: ALICE, destination: BOB, mode: 'tunnel' } as const;
    const pair = new Pair([espSa(ends)], [policy('outbound', protect(tunnel('esp', ALICE, BOB)))]);
    pair.send('alice', packet(1));
    expect(pair.arrive()).toEqual([packet(1)]);
  });

  test('of two layers waits for one after the other', () => {
    const sas = [espSa(), ahSa()];
    const pair = new Pair(sas, [policy('outbound', protect(layer('esp'), layer('ah')))]);
    pair.send('alice', packet(1));
    expect(pair.arrive([espSa()])).toEqual([]);
    expect(pair.arrive([ahSa()])).toEqual([packet(1)]);
    const wanted = pair.told.flatMap((event) =>
      event.kind === 'acquire' ? [event.template.protocol] : [],
    );
    expect(wanted).toEqual(['esp', 'ah']);
  });

  test('goes on waiting where the SA went before it could go', () => {
    const pair = new Pair();
    pair.send('alice', packet(1));
    pair.send('alice', packet(2));
    pair.alice.engine.commit([addSa(espSa())], 0);
    pair.settle();
    pair.alice.engine.commit([{ kind: 'flush-sas', protocol: null }], 0);
    pair.now += MOMENT_MS;
    pair.settle();
    expect(pair.seen).toEqual([]);
    expect(pair.arrive()).toEqual([packet(1), packet(2)]);
    expect(pair.alice.engine.discards()).toEqual({});
  });

  test('is fragmented as any other', () => {
    const pair = new Pair();
    const large = udpPacket(countedOctets(4000), { identification: 7 });
    pair.send('alice', large);
    expect(pair.arrive()).toEqual([large]);
    expect(pair.seen.length).toBeGreaterThan(2);
  });

  test('counts once when nothing came in time', () => {
    const pair = new Pair();
    pair.send('alice', packet(1));
    pair.now = 29_999;
    pair.settle();
    expect(pair.alice.engine.discards()).toEqual({});
    pair.now = 30_000;
    pair.settle();
    expect(pair.alice.engine.discards()).toEqual({ 'out-no-states': 1 });
    expect(pair.arrive()).toEqual([]);
  });

  test('counts once when newer ones took its place', () => {
    const pair = new Pair();
    for (let name = 1; name <= 4; name++) pair.send('alice', packet(name));
    expect(pair.alice.engine.discards()).toEqual({ 'out-no-states': 2 });
    expect(pair.arrive()).toEqual([packet(3), packet(4)]);
  });

  test('is discarded at once where nobody hears what is wanted, or no more', () => {
    const pair = new Pair();
    pair.send('alice', packet(1));
    pair.alice.engine.watch(null);
    expect(pair.alice.engine.discards()).toEqual({ 'out-no-states': 1 });
    pair.send('alice', packet(2));
    expect(pair.alice.engine.discards()).toEqual({ 'out-no-states': 2 });
    expect(pair.arrive()).toEqual([]);
  });
});

describe('a packet that was held never leaves in the clear', () => {
  const actionOf = (action: Action) => ({ ...OUT, action });

  test.each([
    ['deleted', [{ kind: 'delete-policy', policy: OUT }]],
    ['flushed', [{ kind: 'flush-policies' }]],
    ['made to let pass', [{ kind: 'update-policy', policy: actionOf({ kind: 'bypass' }) }]],
    [
      'made to do without the SA',
      [{ kind: 'update-policy', policy: actionOf(protect(layer('ah', 'use'))) }],
    ],
  ] as const)('when the policy was %s meanwhile', (_, changes) => {
    const pair = new Pair();
    pair.send('alice', packet(1));
    pair.alice.engine.commit(changes, 0);
    expect(pair.arrive()).toEqual([]);
    expect(pair.seen).toEqual([]);
    expect(pair.alice.engine.discards()).toEqual({ 'out-pol-error': 1 });
    // What is sent now goes as the SPD says now.
    pair.send('alice', packet(2));
    expect(pair.protocolsSeen).toEqual([IP_PROTOCOL.udp]);
  });

  test('when the policy says discard by now', () => {
    const pair = new Pair();
    pair.send('alice', packet(1));
    const stop = { kind: 'update-policy', policy: actionOf({ kind: 'discard' }) } as const;
    pair.alice.engine.commit([stop], 0);
    expect(pair.arrive()).toEqual([]);
    expect(pair.alice.engine.discards()).toEqual({ 'out-pol-block': 1 });
  });

  test('and goes under another policy that protects', () => {
    const sas = [espSa(), ahSa()];
    const both = actionOf(protect(layer('esp'), layer('ah')));
    const pair = new Pair(sas, [OUT]);
    pair.bob.engine.commit([{ kind: 'update-policy', policy: mirrored(both) }], 0);
    pair.send('alice', packet(1));
    pair.alice.engine.commit([{ kind: 'update-policy', policy: both }], 0);
    expect(pair.arrive()).toEqual([packet(1)]);
    expect(pair.protocolsSeen).toEqual([IP_PROTOCOL.ah]);
  });
});
