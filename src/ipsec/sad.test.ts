import { describe, expect, test } from 'vitest';
import { ALICE, ALICE6, address, BOB, BOB6 } from '../../test/support/packets.ts';
import { ahSa, espSa, inUdp, ipcompSa, layer } from '../../test/support/sas.ts';
import { nodeProvider } from '../crypto/node-provider.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { type Lifetime, UNLIMITED } from './lifetime.ts';
import type { Template } from './policy.ts';
import { Sa } from './sa.ts';
import { NO_CARRIERS, type SaParameters } from './sa-parameters.ts';
import { Sad } from './sad.ts';

const CRYPTO = nodeProvider({ octets: new Uint8Array(0) });
const CAROL = address('10.9.0.3');

/** SAs added at 0 to a SAD, in order. */
function sadOf(...parameters: SaParameters[]): { sad: Sad; sas: Sa[] } {
  const sas = parameters.map((each) => new Sa(each, CRYPTO, 0));
  return { sad: new Sad(sas), sas };
}

/** What is found for a packet from one address to another. */
function outbound(sad: Sad, template: Template, now: number, local = ALICE, remote = BOB) {
  return sad.outbound(template, remote.version, local.octets, 0, remote.octets, 0, now);
}

describe('the SAD, inbound', () => {
  test('tells SAs of one SPI apart by protocol and destination', () => {
    const { sad, sas } = sadOf(
      espSa({ spi: 0x300 }),
      ahSa({ spi: 0x300 }),
      espSa({ spi: 0x300, destination: CAROL }),
    );
    expect(sad.inbound('esp', 0x300, BOB.octets, 0, 4)).toBe(sas[0]);
    expect(sad.inbound('ah', 0x300, BOB.octets, 0, 4)).toBe(sas[1]);
    expect(sad.inbound('esp', 0x300, CAROL.octets, 0, 4)).toBe(sas[2]);
    expect(sad.inbound('ah', 0x300, CAROL.octets, 0, 4)).toBeUndefined();
    expect(sad.inbound('esp', 0x301, BOB.octets, 0, 4)).toBeUndefined();
  });

  test('finds SPIs with the top bit set', () => {
    const { sad, sas } = sadOf(espSa({ spi: 0xffffffff }), espSa({ spi: 0x80000000 }));
    expect(sad.inbound('esp', 0xffffffff, BOB.octets, 0, 4)).toBe(sas[0]);
    expect(sad.find({ protocol: 'esp', spi: 0x80000000, destination: BOB })).toBe(sas[1]);
  });

  test('forgets what is removed, and only that', () => {
    const { sad, sas } = sadOf(espSa(), ahSa(), espSa({ spi: 0x202 }));
    const [first, second, third] = sas;
    if (first) sad.remove(first);
    expect([...sad.all]).toEqual([second, third]);
    expect(sad.inbound('esp', 0x201, BOB.octets, 0, 4)).toBeUndefined();
    expect(sad.inbound('ah', 0x200, BOB.octets, 0, 4)).toBe(second);
    expect(outbound(sad, layer('esp'), 0)).toBe(third);
  });
});

describe('the SAD, of two IP versions', () => {
  // The first four octets are those of an IPv4 address.
  const both: IpAddress = {
    version: 6,
    octets: Uint8Array.of(...BOB.octets, ...new Uint8Array(12)),
  };

  test('tells addresses apart that begin alike', () => {
    const six = espSa({ source: ALICE6, destination: both });
    const { sad, sas } = sadOf(espSa(), six);
    expect(sad.inbound('esp', 0x201, both.octets, 0, 4)).toBe(sas[0]);
    expect(sad.inbound('esp', 0x201, both.octets, 0, 6)).toBe(sas[1]);
    expect(outbound(sad, layer('esp'), 0, ALICE6, both)).toBe(sas[1]);
    expect(outbound(sad, layer('esp'), 0, ALICE6, BOB6)).toBeUndefined();
  });
});

describe('the SAD, of ESP in UDP', () => {
  const encapsulates = (sad: Sad, to: IpAddress, port: number) =>
    sad.isUdpEnd(to.version, to.octets, 0, port);

  test('knows the ports that ESP comes to, and at whose address', () => {
    const { sad, sas } = sadOf(
      espSa(),
      inUdp(espSa({ spi: 0x202 }), 4500, 4501),
      inUdp(espSa({ spi: 0x203 }), 4500, 4501),
    );
    expect(encapsulates(sad, BOB, 4501)).toBe(true);
    expect(encapsulates(sad, BOB, 4500)).toBe(false);
    // The port of the peer is none of ours.
    expect(encapsulates(sad, ALICE, 4501)).toBe(false);
    expect(encapsulates(sad, BOB6, 4501)).toBe(false);
    for (const [k, sa] of sas.entries()) {
      sad.remove(sa);
      expect(encapsulates(sad, BOB, 4501)).toBe(k < 2);
    }
  });
});

describe('the SAD, of tunnels with IPComp', () => {
  const ends = [ALICE.octets, BOB.octets].flatMap((octets) => [...octets]);
  const find = (sad: Sad) => sad.compressedTunnel(4, Uint8Array.from(ends), 0, 4);

  test('tells their ends, of either direction, as long as they are there', () => {
    const { sad, sas } = sadOf(
      ipcompSa({ mode: 'tunnel' }),
      ipcompSa({ spi: 0x1003 }),
      espSa({ mode: 'tunnel' }),
      ipcompSa({ spi: 0x1004, mode: 'tunnel', source: BOB, destination: ALICE }),
    );
    expect(sad.carriers).toEqual({
      udpEnds: [],
      compressedTunnels: [
        { source: ALICE, destination: BOB },
        { source: BOB, destination: ALICE },
      ],
    });
    for (const sa of sas) sad.remove(sa);
    expect(sad.carriers).toEqual(NO_CARRIERS);
  });

  test('finds the one between two addresses', () => {
    const { sad, sas } = sadOf(
      ipcompSa(),
      espSa({ mode: 'tunnel' }),
      ipcompSa({ spi: 0x1003, mode: 'tunnel', source: CAROL }),
      ipcompSa({ spi: 0x1004, mode: 'tunnel' }),
    );
    expect(find(sad)).toBe(sas[3]);
    if (sas[3]) sad.remove(sas[3]);
    expect(find(sad)).toBeUndefined();
  });
});

describe('the SAD, outbound', () => {
  const forEsp = (parts: Partial<Template> = {}) => ({ ...layer('esp'), ...parts });

  test('takes the newest', () => {
    const { sad, sas } = sadOf(espSa(), espSa({ spi: 0x202 }), espSa({ spi: 0x203 }));
    expect(outbound(sad, forEsp(), 0)).toBe(sas[2]);
  });

  test('takes one that is mature before a newer one that is dying', () => {
    const dying = { ...UNLIMITED, seconds: 10 };
    const dead = { ...UNLIMITED, seconds: 20 };
    const { sad, sas } = sadOf(
      espSa(),
      espSa({ spi: 0x202, softLifetime: dying, hardLifetime: dead }),
    );
    expect(outbound(sad, forEsp(), 9_999)).toBe(sas[1]);
    expect(outbound(sad, forEsp(), 10_000)).toBe(sas[0]);
  });

  test('takes one that is dying before one that is dead, and the dead one at last', () => {
    const soft = { ...UNLIMITED, seconds: 10 };
    const { sad, sas } = sadOf(
      espSa({ softLifetime: soft, hardLifetime: { ...UNLIMITED, seconds: 30 } }),
      espSa({ spi: 0x202, softLifetime: soft, hardLifetime: { ...UNLIMITED, seconds: 20 } }),
    );
    expect(outbound(sad, forEsp(), 15_000)).toBe(sas[1]);
    expect(outbound(sad, forEsp(), 25_000)).toBe(sas[0]);
    expect(outbound(sad, forEsp(), 35_000)?.stateAt(35_000)).toBe('dead');
  });

  test('heeds protocol, mode, reqid and both addresses', () => {
    const { sad, sas } = sadOf(espSa({ reqid: 7 }), ahSa(), espSa({ spi: 0x202, source: CAROL }));
    expect(outbound(sad, forEsp({ reqid: 7 }), 0)).toBe(sas[0]);
    expect(outbound(sad, forEsp({ reqid: 0 }), 0)).toBe(sas[0]);
    expect(outbound(sad, forEsp({ reqid: 8 }), 0)).toBeUndefined();
    expect(outbound(sad, forEsp({ mode: 'tunnel' }), 0)).toBeUndefined();
    expect(outbound(sad, layer('ah'), 0)).toBe(sas[1]);
    expect(outbound(sad, forEsp(), 0, CAROL, BOB)).toBe(sas[2]);
    expect(outbound(sad, forEsp(), 0, BOB, ALICE)).toBeUndefined();
    expect(outbound(sad, forEsp(), 0, ALICE, CAROL)).toBeUndefined();
  });
});

describe('an SA', () => {
  const soft = { ...UNLIMITED, seconds: 10, octets: 1000 };
  const hard = { ...UNLIMITED, seconds: 20, octets: 2000 };
  const limited = () => new Sa(espSa({ softLifetime: soft, hardLifetime: hard }), CRYPTO, 5_000);

  test('is mature, dying, dead as time goes by', () => {
    const sa = limited();
    const states = [5_000, 14_999, 15_000, 24_999, 25_000, 10 ** 15].map((at) => sa.stateAt(at));
    expect(states).toEqual(['mature', 'mature', 'dying', 'dying', 'dead', 'dead']);
  });

  test('is mature, dying, dead as it is used', () => {
    const sa = limited();
    const states = [999, 1, 999, 1].map((octets) => {
      sa.use(octets, 5_000);
      return sa.stateAt(5_000);
    });
    expect(states).toEqual(['mature', 'dying', 'dying', 'dead']);
  });

  test('is mature, dying, dead as it carries packets', () => {
    const sa = new Sa(
      espSa({
        softLifetime: { ...UNLIMITED, packets: 2 },
        hardLifetime: { ...UNLIMITED, packets: 5 },
      }),
      CRYPTO,
      0,
    );
    const states = [1, 1, 1, 2].map((count) => {
      sa.useTrain(1400, count, 0);
      return sa.stateAt(0);
    });
    expect(states).toEqual(['mature', 'dying', 'dying', 'dead']);
  });

  test.each<[string, Partial<Lifetime>, number]>([
    ['octets', { octets: 1000 }, 9],
    ['octets of which some are left over', { octets: 1001 }, 10],
    ['packets', { packets: 7 }, 6],
    ['both, octets first', { octets: 500, packets: 7 }, 4],
    ['both, packets first', { octets: 1000, packets: 3 }, 2],
  ])('carries together what passes no limit in %s', (_, limit, most) => {
    for (const [name, other] of [
      ['softLifetime', 'hardLifetime'],
      ['hardLifetime', 'softLifetime'],
    ] as const) {
      const [first, last] = [
        { ...UNLIMITED, ...limit },
        { ...UNLIMITED, packets: 1000 },
      ];
      const sa = new Sa(espSa({ [name]: first, [other]: last }), CRYPTO, 0);
      let told = 0;
      sa.onUsedUp = () => told++;
      expect(sa.uneventful(100)).toBe(most);
      sa.useTrain(100, most, 0);
      expect([told, sa.stateAt(0), sa.uneventful(100)]).toEqual([0, 'mature', 0]);
      sa.use(100, 0);
      expect(told).toBe(1);
      expect(sa.stateAt(0)).toBe(name === 'softLifetime' ? 'dying' : 'dead');
    }
  });

  test('tells of each limit once, be it in octets or in packets', () => {
    const sa = new Sa(
      espSa({
        softLifetime: { ...UNLIMITED, packets: 2 },
        hardLifetime: { ...UNLIMITED, octets: 400, packets: 8 },
      }),
      CRYPTO,
      0,
    );
    let told = 0;
    sa.onUsedUp = () => told++;
    const tellings = Array.from({ length: 6 }, () => {
      sa.use(100, 0);
      return told;
    });
    expect(tellings).toEqual([0, 1, 1, 2, 2, 2]);
  });

  test('without limits lives on', () => {
    const sa = new Sa(espSa(), CRYPTO, 0);
    sa.useTrain(2 ** 18, 2 ** 32, 0);
    expect(sa.stateAt(10 ** 15)).toBe('mature');
  });

  test('is no older than new when the clock is set back', () => {
    expect(limited().stateAt(-1_000_000)).toBe('mature');
  });

  test('numbers packets from 1', () => {
    const sa = new Sa(espSa(), CRYPTO, 0);
    expect([sa.nextSequenceNumber(), sa.nextSequenceNumber()]).toEqual([1, 2]);
    expect(sa.record(0)).toMatchObject({ sequenceNumber: 2 });
  });

  test('without a replay window takes any number any time', () => {
    const sa = new Sa(espSa({ replayWindow: 0 }), CRYPTO, 0);
    for (const number of [5, 5, 0, 1]) {
      expect(sa.mayAccept(number)).toBe(true);
      sa.accept(number);
    }
    expect(sa.record(0)).toMatchObject({ sequenceNumber: 5 });
  });

  test('without integrity there is no replay window', () => {
    const sa = new Sa(espSa({ replayWindow: 64, integrity: null }), CRYPTO, 0);
    sa.accept(0x7fffffff);
    expect(sa.mayAccept(1)).toBe(true);
  });

  test('reports what it carried', () => {
    const sa = limited();
    expect(sa.record(6_000)).toMatchObject({ addedAt: 5_000, usedAt: null, octets: 0, packets: 0 });
    sa.use(84, 6_000);
    sa.use(1000, 7_000);
    expect(sa.record(8_000)).toEqual({
      parameters: sa.parameters,
      state: 'dying',
      sequenceNumber: 0,
      addedAt: 5_000,
      usedAt: 7_000,
      octets: 1084,
      packets: 2,
      window: { highest: 0, missing: 0 },
      discards: {},
    });
  });

  test('reports what it discarded, by reason', () => {
    const sa = limited();
    sa.discard('in-state-seq-error');
    sa.discard('in-state-seq-error');
    sa.discard('in-state-proto-error');
    expect(sa.record(6_000).discards).toEqual({
      'in-state-seq-error': 2,
      'in-state-proto-error': 1,
    });
  });
});
