import { describe, expect, test } from 'vitest';
import { EnginePair } from '../../test/support/engine-pair.ts';
import { address, BOB, udpPacket } from '../../test/support/packets.ts';
import {
  addPolicy,
  addSa,
  espSa,
  layer,
  policy,
  protect,
  saOutline,
  tunnel,
} from '../../test/support/sas.ts';
import type { BackendEvent } from '../ipsec/events.ts';
import { UNLIMITED } from '../ipsec/lifetime.ts';
import { onePort } from '../net/port-range.ts';
import { hostPrefix } from '../net/prefix.ts';

const OUT = policy('outbound', protect(layer('esp', 'require', 7)));

/** Alice's engine, and what it tells from now on. */
function watched() {
  const pair = new EnginePair();
  const told: BackendEvent[] = [];
  pair.alice.engine.watch((event) => told.push(event));
  return { pair, engine: pair.alice.engine, told: () => told.splice(0) };
}

describe('an acquire', () => {
  test('tells of the packet, the layer and the policy, once in a while', () => {
    const { pair, engine, told } = watched();
    engine.commit([addPolicy(OUT)], 0);
    const [added] = told();
    for (let k = 0; k < 3; k++) pair.send('alice', udpPacket(new Uint8Array(8)));
    const [first, ...more] = told();
    expect(more).toEqual([]);
    expect(first).toEqual({
      kind: 'acquire',
      source: address('10.9.0.1'),
      destination: BOB,
      template: layer('esp', 'require', 7),
      selector: expect.objectContaining({
        localAddress: hostPrefix(address('10.9.0.1')),
        remoteAddress: hostPrefix(BOB),
        nextLayerProtocol: 17,
      }),
      policy: OUT,
      index: added?.kind === 'policy-added' ? added.index : 'none',
    });
    pair.now += 30_000;
    pair.send('alice', udpPacket(new Uint8Array(8)));
    expect(told().map(({ kind }) => kind)).toEqual(['acquire']);
  });

  test('comes once for a tunnel, whichever hosts have packets for it', () => {
    const { pair, engine, told } = watched();
    const [local, remote] = [address('192.0.2.1'), address('192.0.2.2')];
    const network = { address: address('10.9.0.0'), length: 16 };
    const ends = protect(tunnel('esp', local, remote));
    engine.commit([addPolicy(policy('outbound', ends, { remoteAddress: network }))], 0);
    told();
    for (let k = 2; k < 8; k++) {
      const destination = address(`10.9.0.${k}`);
      pair.send('alice', udpPacket(new Uint8Array(8), { destination }));
    }
    expect(told()).toMatchObject([{ kind: 'acquire', source: local, destination: remote }]);
  });

  test('for a layer around a tunnel names the ends of the tunnel', () => {
    const { pair, engine, told } = watched();
    const [local, remote] = [address('192.0.2.1'), address('192.0.2.2')];
    const layers = protect(tunnel('esp', local, remote), layer('ah'));
    const ends = { source: local, destination: remote };
    engine.commit(
      [addPolicy(policy('outbound', layers)), addSa(espSa({ ...ends, mode: 'tunnel' }))],
      0,
    );
    told();
    pair.send('alice', udpPacket(new Uint8Array(8)));
    expect(told()).toMatchObject([{ kind: 'acquire', ...ends, template: { protocol: 'ah' } }]);
  });

  test('comes again at once when the SA that was wanted came and went', () => {
    const { pair, engine, told } = watched();
    engine.commit([addPolicy(OUT)], 0);
    const wanted = () => {
      pair.send('alice', udpPacket(new Uint8Array(8)));
      return told().filter(({ kind }) => kind === 'acquire').length;
    };
    expect([wanted(), wanted()]).toEqual([1, 0]);
    engine.commit([addSa(espSa({ reqid: 8 }))], 0);
    expect(wanted()).toBe(0);
    engine.commit([addSa(espSa({ spi: 0x202, reqid: 7 }))], 0);
    engine.commit([{ kind: 'flush-sas', protocol: null }], 0);
    expect([wanted(), wanted()]).toEqual([1, 0]);
  });

  test('comes again when the clock was set back', () => {
    const { pair, engine, told } = watched();
    pair.now = 10_000_000;
    engine.commit([addPolicy(OUT)], 0);
    told();
    pair.send('alice', udpPacket(new Uint8Array(8)));
    pair.now = 5_000_000;
    pair.send('alice', udpPacket(new Uint8Array(8)));
    expect(told().map(({ kind }) => kind)).toEqual(['acquire', 'acquire']);
  });

  test('is told for so many SAs at a time, and then that some are missing', () => {
    const { pair, engine, told } = watched();
    const network = { address: address('10.9.0.0'), length: 16 };
    engine.commit([addPolicy(policy('outbound', OUT.action, { remoteAddress: network }))], 0);
    told();
    for (let k = 0; k < 4200; k++) {
      const destination = address(`10.9.${1 + (k >> 8)}.${k & 0xff}`);
      pair.send('alice', udpPacket(new Uint8Array(0), { destination }));
    }
    const kinds = told().map(({ kind }) => kind);
    expect(kinds).toEqual([...new Array<string>(4096).fill('acquire'), 'overrun']);
  });

  test('comes for a layer that may be left out, too', () => {
    const { pair, engine, told } = watched();
    engine.commit([addPolicy(policy('outbound', protect(layer('ah', 'use'))))], 0);
    told();
    pair.send('alice', udpPacket(new Uint8Array(8)));
    expect(told()).toMatchObject([{ kind: 'acquire', template: { protocol: 'ah' } }]);
  });

  test('does not come where there is an SA, nor when nobody watches', () => {
    const { pair, engine, told } = watched();
    engine.commit([addPolicy(OUT), addSa(espSa({ reqid: 7 }))], 0);
    told();
    pair.send('alice', udpPacket(new Uint8Array(8)));
    expect(told()).toEqual([]);
    engine.watch(null);
    engine.commit([{ kind: 'flush-sas', protocol: null }], 0);
    pair.send('alice', udpPacket(new Uint8Array(8)));
    expect(told()).toEqual([]);
  });
});

describe('expiry', () => {
  const limits = {
    softLifetime: { ...UNLIMITED, seconds: 10 },
    hardLifetime: { ...UNLIMITED, seconds: 20 },
  };
  const sa = saOutline(espSa());
  const expired = (limit: 'soft' | 'hard') => ({
    kind: 'sa-expired',
    limit,
    state: limit === 'soft' ? 'dying' : 'dead',
    parameters: sa,
  });

  test('is told once for each limit', () => {
    const { engine, told } = watched();
    engine.commit([addSa(espSa(limits))], 0);
    told();
    const at = (seconds: number) => {
      expect(engine.tellExpired(seconds * 1000)).toBe(false);
      return told();
    };
    expect([at(0), at(9), at(9.5)]).toEqual([[], [], []]);
    expect(at(10)).toMatchObject([expired('soft')]);
    expect(at(12)).toEqual([]);
    expect(at(20)).toMatchObject([expired('hard')]);
    expect(at(30)).toEqual([]);
  });

  test.each([
    ['octets', 40, 80],
    ['packets', 2, 3],
  ] as const)('by %s is told, too', (unit, soft, hard) => {
    const { pair, engine, told } = watched();
    const used = espSa({
      reqid: 7,
      softLifetime: { ...UNLIMITED, [unit]: soft },
      hardLifetime: { ...UNLIMITED, [unit]: hard },
    });
    engine.commit([addPolicy(OUT), addSa(used)], 0);
    engine.tellExpired(0);
    told();
    const limits = Array.from({ length: 4 }, () => {
      pair.send('alice', udpPacket(new Uint8Array(2)));
      engine.tellExpired(0);
      return told().map((event) => (event.kind === 'sa-expired' ? event.limit : event.kind));
    });
    // A packet of 30 octets each time; the last finds the SA dead.
    expect(limits).toEqual([[], ['soft'], ['hard'], []]);
    expect(engine.discards()).toEqual({ 'out-state-expired': 1 });
  });

  test('for good is told by the next commit at the latest, which removes the SA', () => {
    const { pair, engine, told } = watched();
    engine.commit([addPolicy(OUT), addSa(espSa({ ...limits, reqid: 7 }))], 0);
    engine.tellExpired(0);
    told();
    engine.commit([addSa(espSa({ spi: 0x999, reqid: 8 }))], 20_000);
    expect(told()).toMatchObject([{ kind: 'sa-expired', limit: 'hard' }, { kind: 'sa-added' }]);
    pair.now = 20_000;
    pair.send('alice', udpPacket(new Uint8Array(8)));
    expect(told()).toMatchObject([{ kind: 'acquire' }]);
    // There is no SA of the name any more.
    engine.commit([addSa(espSa({ reqid: 7 }))], 20_000);
  });

  test('does not come early when the clock is set back', () => {
    const { engine, told } = watched();
    engine.commit([addSa(espSa(limits))], 100_000);
    engine.tellExpired(105_000);
    told();
    for (const at of [50_000, 109_000, 60_000]) engine.tellExpired(at);
    expect(told()).toEqual([]);
    engine.tellExpired(110_000);
    engine.tellExpired(70_000);
    engine.commit([], 70_000);
    engine.tellExpired(120_000);
    expect(told()).toMatchObject([expired('soft'), expired('hard')]);
  });

  test('of a larval SA is told, and its SPI is free again', () => {
    const { engine, told } = watched();
    engine.tellExpired(0);
    const request = { ...sa, least: 0x1000, most: 0x1000 };
    const { parameters } = engine.allocateSpi(request, 0);
    engine.tellExpired(29_000);
    expect(told()).toEqual([]);
    engine.tellExpired(30_000);
    expect(told()).toMatchObject([
      { kind: 'sa-expired', parameters: { spi: 0x1000 }, limit: 'hard' },
    ]);
    expect(engine.sa(parameters, 30_000)).toBeNull();
    expect([...engine.sas(30_000)]).toEqual([]);
    expect(engine.allocateSpi(request, 30_000).parameters.spi).toBe(0x1000);
  });

  test('before anybody watched is not told', () => {
    const { engine, told } = watched();
    engine.watch(null);
    engine.commit([addSa(espSa(limits))], 0);
    const late: BackendEvent[] = [];
    engine.watch((event) => late.push(event));
    for (let at = 15_000; at <= 21_000; at += 1000) engine.tellExpired(at);
    expect(told()).toEqual([]);
    expect(late).toMatchObject([expired('hard')]);
  });

  test('of many is looked for in slices', () => {
    const { engine, told } = watched();
    const many = Array.from({ length: 2000 }, (_, k) =>
      addSa(espSa({ ...limits, spi: 0x1000 + k })),
    );
    engine.commit(many, 0);
    while (engine.tellExpired(0));
    told();
    let slices = 1;
    while (engine.tellExpired(10_000)) slices += 1;
    expect(told()).toHaveLength(2000);
    expect(slices).toBeGreaterThan(2);
  });
});

test('a larval SA is nothing to packets', () => {
  const { pair, engine, told } = watched();
  engine.commit([addPolicy(OUT)], 0);
  const name = { ...saOutline(espSa({ reqid: 7 })), least: 0x201, most: 0x201 };
  engine.allocateSpi(name, 0);
  expect(pair.send('alice', udpPacket(new Uint8Array(8)))).toEqual([]);
  expect(pair.seen).toEqual([]);
  told();
  engine.commit([addSa(espSa({ reqid: 7 }))], 0);
  expect(told()).toMatchObject([
    { kind: 'sa-updated', parameters: saOutline(espSa({ reqid: 7 })) },
  ]);
  pair.bob.engine.commit([addSa(espSa({ reqid: 7 }))], 0);
  expect(pair.send('alice', udpPacket(new Uint8Array(8)))).toHaveLength(1);
});

test('ports that packets show are in the selector of an acquire', () => {
  const { pair, engine, told } = watched();
  engine.commit([addPolicy(OUT)], 0);
  told();
  pair.send('alice', udpPacket(new Uint8Array(8)));
  const [acquire] = told();
  const { localPort, remotePort } = acquire?.kind === 'acquire' ? acquire.selector : {};
  expect(localPort).toEqual(onePort(localPort?.first ?? -1));
  expect(remotePort).toEqual(onePort(remotePort?.first ?? -1));
});
