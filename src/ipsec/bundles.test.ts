/**
 * Packets in several layers, in IPComp, in tunnels that somebody asked for or nobody, and in UDP.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DataPath, memoryFor } from '../../test/support/data-path.ts';
import {
  ENDS,
  everything,
  INSIDE,
  MODES,
  pair,
  path,
  type Version,
} from '../../test/support/data-path-pair.ts';
import {
  ALICE,
  ALICE6,
  address,
  BOB,
  BOB6,
  countedOctets,
  ipPacket,
  type UdpParts,
  udpPacket,
} from '../../test/support/packets.ts';
import {
  addPolicy,
  addSa,
  ahSa,
  espSa,
  inUdp,
  ipcompSa,
  layer,
  mirrored,
  tunnel,
} from '../../test/support/sas.ts';
import { nodeProvider } from '../crypto/node-provider.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { checksumOf, sumOctets } from '../octets/checksum.ts';
import { toHex } from '../octets/hex.ts';
import { setU16, u16 } from '../octets/octets.ts';
import { emitTcp } from '../wire/tcp.ts';
import type { Policy } from './policy.ts';

describe('IPComp', () => {
  const long = (inner: Version, parts: UdpParts = {}) =>
    udpPacket(new Uint8Array(900).fill(0x2e), { ...INSIDE[inner], ...parts });

  test.each(MODES)('in %s mode, IPv%i in IPv%i', (mode, inner, outer) => {
    const [source, destination] = ENDS[outer];
    const sa = ipcompSa({ source, destination, mode });
    const template = mode === 'tunnel' ? tunnel('ipcomp', source, destination) : layer('ipcomp');
    const { alice, bob } = pair([sa], [template], inner);
    const ends = mode === 'tunnel' ? INSIDE[inner] : { source, destination };
    const packet = long(inner, ends);
    const sealed = alice.seal(packet);
    expect(sealed.length).toBeLessThan(200);
    expect(bob.receive(sealed)).toEqual(packet);
    // What does not get shorter goes as it is, in the tunnel if there is one (RFC 3173 §2.2).
    const noise = udpPacket(randomBytes(300), ends);
    const plain = alice.seal(noise);
    expect(plain).toHaveLength(noise.length + (mode === 'transport' ? 0 : outer === 4 ? 20 : 40));
    expect(bob.receive(plain)).toEqual(noise);
    expect([...bob.databases.sas(0)]).toMatchObject([{ packets: mode === 'tunnel' ? 2 : 1 }]);
  });

  test.each([
    ['ipcomp in transport mode in ESP', [layer('ipcomp'), layer('esp')], 'transport', 'transport'],
    [
      'an ipcomp tunnel in ESP',
      [tunnel('ipcomp', ALICE, BOB), layer('esp')],
      'tunnel',
      'transport',
    ],
    [
      'ipcomp in transport mode in an ESP tunnel',
      [layer('ipcomp'), tunnel('esp', ALICE, BOB)],
      'transport',
      'tunnel',
    ],
    [
      'ipcomp in ipcomp in AH',
      [layer('ipcomp'), tunnel('ipcomp', ALICE, BOB), layer('ah')],
      'both',
      'transport',
    ],
  ] as const)('%s', (_, layers, compressed, sealedMode) => {
    const inner = compressed === 'transport' ? {} : INSIDE[4];
    const ends = compressed === 'transport' ? { source: ALICE, destination: BOB } : INSIDE[4];
    const sas = [
      espSa({ mode: sealedMode }),
      ahSa({ mode: sealedMode }),
      ...(compressed === 'transport' ? [ipcompSa()] : []),
      ...(compressed === 'tunnel' ? [ipcompSa({ mode: 'tunnel' })] : []),
      ...(compressed === 'both'
        ? [ipcompSa({ spi: 0x1003, mode: 'tunnel' }), ipcompSa({ ...INSIDE[4] })]
        : []),
    ];
    const { alice, bob } = pair(sas, layers, 4);
    const packet = long(4, { ...inner, ...ends });
    for (const each of [
      packet,
      udpPacket(randomBytes(300), ends),
      udpPacket(countedOctets(3), ends),
    ]) {
      expect(bob.receive(alice.seal(each))).toEqual(each);
    }
  });

  test('that is no more than a policy asks for is not enough where ESP is asked for', () => {
    const { alice } = pair([ipcompSa()], [layer('ipcomp')], 4);
    const { bob } = pair([ipcompSa(), espSa()], [layer('ipcomp'), layer('esp')], 4);
    const packet = long(4, { source: ALICE, destination: BOB });
    expect(bob.receive(alice.seal(packet))).toBe('in-tmpl-mismatch');
  });

  /** An IPComp packet from Alice to Bob with `deflated` in it. */
  const packetOf = (deflated: Uint8Array, front: UdpParts = {}) =>
    ipPacket({
      ...front,
      protocol: 108,
      payload: Uint8Array.of(17, 0, 0x10, 0x02, ...deflated),
    });

  test('junk and bombs are refused', () => {
    const { bob } = pair([ipcompSa()], [layer('ipcomp')], 4);
    for (const deflated of [
      new Uint8Array(0),
      randomBytes(50).fill(0xff),
      deflateRawSync(new Uint8Array(70_000)),
      deflateRawSync(randomBytes(40), { level: 0 }),
    ]) {
      expect(bob.receive(packetOf(deflated))).toBe('in-state-proto-error');
    }
    // With its header it would be too long.
    expect(bob.receive(packetOf(deflateRawSync(new Uint8Array(65_530))))).toBe('in-hdr-error');
    expect(bob.receive(packetOf(new Uint8Array(0)).slice(0, 22))).toBe('in-hdr-error');
  });

  test('in IPComp, over and over, ends', () => {
    const { bob } = pair([ipcompSa()], [layer('ipcomp')], 4);
    let payload: Uint8Array = countedOctets(64_000).fill(0);
    for (let k = 0; k < 8; k++) {
      // Each is longer inside, for what is behind its deflated data does not count.
      const deflated = deflateRawSync(payload);
      const next = k === 0 ? 17 : 108;
      payload = Uint8Array.of(next, 0, 0x10, 0x02, ...deflated, ...new Uint8Array(300 * (8 - k)));
    }
    expect(bob.receive(ipPacket({ protocol: 108, payload }))).toBe('in-hdr-error');
  });

  test('behind more extension headers than there is room for is refused', () => {
    const [source, destination] = ENDS[6];
    const { bob } = pair([ipcompSa({ source, destination })], [layer('ipcomp')], 6);
    const deflated = deflateRawSync(new Uint8Array(500));
    const behind = (length: number) =>
      packetOf(deflated, { source, destination, extensions: [[60, padding(length)]] });
    const inflated = bob.receive(behind(1024 - 40));
    expect(inflated).toHaveLength(1024 + 500);
    for (const length of [1024 - 32, 2040]) {
      expect(bob.receive(behind(length))).toBe('in-hdr-error');
    }
    const two = [
      [60, padding(2040)],
      [60, padding(2040)],
    ] as const;
    const long = packetOf(deflated, { source, destination, extensions: two });
    expect(bob.receive(long)).toBe('in-hdr-error');
  });
});

/** The contents of options of `length` octets with nothing but padding in them. */
function padding(length: number): Uint8Array {
  return new Uint8Array(length - 2);
}

describe('layers in layers', () => {
  const middle = [address('192.0.2.1'), address('192.0.2.2')] as const;
  const between = { source: middle[0], destination: middle[1], mode: 'tunnel' } as const;

  test('ESP in AH, both in transport mode, under IPv6', () => {
    const [source, destination] = ENDS[6];
    const sas = [espSa({ source, destination }), ahSa({ source, destination })];
    const { alice, bob } = pair(sas, [layer('esp'), layer('ah')], 6);
    const extensions = [
      [0, padding(8)],
      [60, padding(16)],
    ] as const;
    for (const parts of [{}, { extensions }]) {
      const packet = udpPacket(countedOctets(50), { source, destination, ...parts });
      const sealed = alice.seal(packet);
      expect(bob.receive(sealed)).toEqual(packet);
    }
    const sealed = alice.seal(udpPacket(countedOctets(50), { source, destination, extensions }));
    // Hop-by-hop options stay in front; those for the destination are hidden.
    expect([sealed[6], sealed[40]]).toEqual([0, 51]);
    expect(toHex(sealed.subarray(48, 49))).toBe(toHex(Uint8Array.of(50)));
  });

  test('an ESP tunnel in an ESP tunnel, to another end', () => {
    const sas = [espSa({ mode: 'tunnel' }), espSa({ ...between, spi: 0x202 })];
    const layers = [tunnel('esp', ALICE, BOB), tunnel('esp', ...middle)];
    const { alice, bob } = pair(sas, layers, 6);
    const packet = udpPacket(countedOctets(50), INSIDE[6]);
    expect(bob.receive(alice.seal(packet))).toEqual(packet);
  });

  test('an ESP tunnel under AH between its ends', () => {
    const [source, destination] = ENDS[6];
    const sas = [espSa({ source, destination, mode: 'tunnel' }), ahSa({ source, destination })];
    const { alice, bob } = pair(sas, [tunnel('esp', source, destination), layer('ah')], 4);
    const packet = udpPacket(countedOctets(50), INSIDE[4]);
    const sealed = alice.seal(packet);
    expect(sealed[6]).toBe(51);
    expect(bob.receive(sealed)).toEqual(packet);
  });

  test('DF and number are those that the packet itself asks for', () => {
    const six = { source: ALICE6, destination: BOB6, mode: 'tunnel' } as const;
    const sas = [espSa(six), espSa({ ...between, spi: 0x202 })];
    const layers = [tunnel('esp', ALICE6, BOB6), tunnel('esp', ...middle)];
    const { alice } = pair(sas, layers, 6);
    const of = (length: number) => ipPacket({ ...INSIDE[6], payload: countedOctets(length - 40) });
    // In the first tunnel it is longer than 1280 octets.
    expect(u16(alice.seal(of(1280)), 6)).toBe(0);
    expect(u16(alice.seal(of(1280)), 4)).not.toBe(0);
    expect(u16(alice.seal(of(1281)), 6)).toBe(0x4000);
  });

  test('in the wrong order, or without one of them, are refused', () => {
    const sas = [espSa({ mode: 'tunnel' }), ahSa(), espSa({ spi: 0x203 })];
    const asked = [tunnel('esp', ALICE, BOB), layer('ah')];
    const packet = udpPacket(countedOctets(50), INSIDE[4]);
    const outcomes = [
      asked,
      [tunnel('esp', ALICE, BOB)],
      [tunnel('esp', ALICE, BOB), layer('ah'), layer('esp')],
      [tunnel('esp', ALICE, BOB), layer('esp')],
    ].map((layers) => pair(sas, asked, 4).bob.receive(pair(sas, layers, 4).alice.seal(packet)));
    expect(outcomes).toEqual([packet, 'in-tmpl-mismatch', packet, 'in-tmpl-mismatch']);
  });
});

describe('a tunnel', () => {
  const sa = espSa({ mode: 'tunnel', reqid: 3 });
  const template = tunnel('esp', ALICE, BOB);
  const packet = udpPacket(countedOctets(50), INSIDE[4]);
  const sealed = () => pair([sa], [template], 4).alice.seal(packet);

  /** Bob, who has the SA and `policies`. */
  function bobWith(...policies: Policy[]): DataPath {
    const bob = path();
    bob.commit(addSa(sa), ...policies.map(addPolicy));
    return bob;
  }

  test('that no policy asks for admits nothing (RFC 4301 §5.2)', () => {
    const out = everything(4, template);
    const bypass: Policy = { ...mirrored(out), action: { kind: 'bypass' } };
    expect(bobWith().receive(sealed())).toBe('in-no-pols');
    expect(bobWith(bypass).receive(sealed())).toBe('in-tmpl-mismatch');
    const optional = everything(4, { ...template, level: 'use' });
    expect(bobWith(mirrored(optional)).receive(sealed())).toEqual(packet);
    const other = everything(4, layer('esp', 'use'));
    expect(bobWith(mirrored(other)).receive(sealed())).toBe('in-tmpl-mismatch');
  });

  test.each([
    ['other ends', tunnel('esp', ALICE, address('10.9.0.3'))],
    ['another reqid', tunnel('esp', ALICE, BOB, 'require', 4)],
    ['another protocol', tunnel('ah', ALICE, BOB)],
    ['transport mode', layer('esp')],
  ])('is not what a policy with %s asks for', (_, asked) => {
    const bob = bobWith(mirrored(everything(4, asked)));
    expect(bob.receive(sealed())).toBe('in-tmpl-mismatch');
  });

  test('is what a policy for what passes through asks for, too', () => {
    const forward: Policy = { ...mirrored(everything(4, template)), direction: 'forward' };
    expect(bobWith(forward).receive(sealed())).toEqual(packet);
  });

  test('lets pass what is protected for somebody else, whole or in part', () => {
    const fragment = { offset: 0, more: true };
    const theirs = ipPacket({
      ...INSIDE[4],
      protocol: 50,
      payload: Uint8Array.of(0, 0, 9, 9, 0, 0, 0, 1, ...countedOctets(40)),
    });
    const ah = ipPacket({
      ...INSIDE[4],
      protocol: 51,
      payload: Uint8Array.of(17, 4, 0, 0, 0, 0, 9, 9, ...countedOctets(40)),
    });
    const part = ipPacket({ ...INSIDE[4], protocol: 50, payload: countedOctets(48), fragment });
    const natted = udpPacket(countedOctets(60), { ...INSIDE[4], destinationPort: 4500 });
    const { alice, bob } = pair([sa, inUdp(espSa({ spi: 0x209 }))], [template], 4);
    for (const each of [theirs, ah, part, natted]) {
      expect(bob.receive(alice.seal(each))).toEqual(each);
    }
    // Outside of the tunnel, ESP with an SPI that nobody knows goes nowhere.
    expect(bob.receive(theirs)).toBe('in-no-states');
  });

  test('with something else inside than it says is refused', () => {
    const crypto = nodeProvider({ octets: new Uint8Array(memoryFor(512)) });
    const carrying = (protocol: number, payload: Uint8Array) => {
      const alice = new DataPath(crypto);
      alice.commit(addSa(espSa({ reqid: 3 })), addPolicy(everything(4, layer('esp'))));
      return alice.seal(ipPacket({ protocol, payload }));
    };
    const six = udpPacket(countedOctets(9), INSIDE[6]);
    const bob = () => bobWith(mirrored(everything(4, template)));
    expect(bob().receive(carrying(4, packet))).toEqual(packet);
    expect(bob().receive(carrying(41, packet))).toBe('in-hdr-error');
    expect(bob().receive(carrying(4, six))).toBe('in-hdr-error');
    expect(bob().receive(carrying(17, packet))).toBe('in-hdr-error');
    expect(bob().receive(carrying(4, packet.slice(0, 40)))).toBe('in-hdr-error');
    expect(bob().receive(carrying(59, packet))).toBe('in-state-proto-error');
    // Padding behind the inner packet hides how long it is (RFC 4303 §2.7).
    const padded = Uint8Array.of(...packet, ...countedOctets(99));
    expect(bob().receive(carrying(4, padded))).toEqual(packet);
  });
});

describe('ESP in UDP (RFC 3948)', () => {
  const sa = inUdp(espSa(), 4500, 4501);
  const { alice, bob } = pair([sa], [layer('esp')], 4);
  const bypassed: Policy = { ...mirrored(everything(4)), action: { kind: 'bypass' } };
  const open = path();
  open.commit(addSa(sa), addPolicy(bypassed));
  const to = (payload: Uint8Array, destinationPort = 4501) =>
    udpPacket(payload, { destinationPort });

  test('goes between its ports, without a checksum under IPv4 and with one under IPv6', () => {
    const four = alice.seal(udpPacket(countedOctets(20)));
    expect([u16(four, 20), u16(four, 22), u16(four, 24), u16(four, 26)]).toEqual([
      ...[4500, 4501, four.length - 20, 0],
    ]);
    const [source, destination] = ENDS[6];
    const six = pair([inUdp(espSa({ source, destination }))], [layer('esp')], 6).alice.seal(
      udpPacket(countedOctets(20), { source, destination }),
    );
    const pseudo = sumOctets(six, 8, 32, 17 + six.length - 40);
    expect(u16(six, 46)).not.toBe(0);
    expect(checksumOf(sumOctets(six, 40, six.length - 40, pseudo))).toBe(0);
  });

  test('leaves alone keepalives, IKE, other ports, and what is cut short', () => {
    for (const packet of [
      to(Uint8Array.of(0xff)),
      to(Uint8Array.of(0, 0, 0, 0, ...countedOctets(40))),
      to(countedOctets(40), 4500),
      ipPacket({ protocol: 17, payload: Uint8Array.of(1, 1, 0x11, 0x95, 0, 99, 0, 0) }),
      udpPacket(countedOctets(40), { destinationPort: 4501, fragment: { offset: 0, more: true } }),
    ]) {
      expect(open.receive(packet)).toEqual(packet);
    }
    expect(open.receive(to(countedOctets(3)))).toBe('in-hdr-error');
    expect(open.receive(to(Uint8Array.of(0, 0, 9, 9, ...countedOctets(40))))).toBe('in-no-states');
  });

  test.each(['transport', 'tunnel'] as const)(
    'is agreed on or not, as Linux has it: out of UDP, or in UDP against it, nothing is opened (%s)',
    (mode) => {
      const ends = mode === 'tunnel' ? tunnel('esp', ALICE, BOB) : layer('esp');
      const plain = pair([espSa({ mode })], [ends], 4);
      const wrapped = pair([inUdp(espSa({ mode }), 4500, 4501)], [ends], 4);
      // So that the port is one for ESP, whatever SA it names.
      plain.bob.commit(addSa(inUdp(espSa({ spi: 0x777 }), 4500, 4501)));
      const clear = udpPacket(countedOctets(20));
      const esp = plain.alice.seal(clear).slice(20);
      const datagram = wrapped.alice.seal(clear).slice(20);
      const inDatagram = ipPacket({
        protocol: 17,
        payload: Uint8Array.of(...datagram.slice(0, 8), ...esp),
      });
      const alone = ipPacket({ protocol: 50, payload: datagram.slice(8) });
      expect(plain.bob.receive(inDatagram)).toBe('in-state-mismatch');
      expect(wrapped.bob.receive(alone)).toBe('in-state-mismatch');
      // Neither has used up the number.
      expect(plain.bob.receive(ipPacket({ protocol: 50, payload: esp }))).toEqual(clear);
      expect(wrapped.bob.receive(ipPacket({ protocol: 17, payload: datagram }))).toEqual(clear);
    },
  );

  test('has what is behind the datagram no part of it', () => {
    const sealed = alice.seal(udpPacket(countedOctets(20)));
    const longer = Uint8Array.of(...sealed, 1, 2, 3);
    setU16(longer, 2, longer.length);
    expect(bob.receive(longer)).toEqual(udpPacket(countedOctets(20)));
  });

  test.each(['udp', 'tcp'] as const)(
    'behind a NAT: the checksum of %s counts the addresses that are there now (RFC 3948 §3.1.2)',
    (protocol) => {
      const nat = address('203.0.113.7');
      const behind = { source: ALICE, destination: BOB };
      const seen = { source: nat, destination: BOB };
      const payload = (source: IpAddress) => {
        const octets = new Uint8Array(60);
        const ports = [4000, 80, 1, 2] as const;
        if (protocol === 'udp') return udpPacket(countedOctets(40), { source });
        const header = {
          ...{ sourcePort: ports[0], destinationPort: ports[1], sequenceNumber: 1 },
          ...{ acknowledgmentNumber: 2, flags: 0x10, window: 100, options: new Uint8Array(0) },
        };
        const length = emitTcp(header, countedOctets(40), source, BOB, octets, 0);
        return ipPacket({ source, protocol: 6, payload: octets.slice(0, length) });
      };
      const sender = pair([inUdp(espSa(behind))], [layer('esp')], 4).alice;
      const receiver = pair([inUdp(espSa(seen))], [layer('esp')], 4).bob;
      const sealed = sender.seal(payload(ALICE));
      sealed.set(nat.octets, 12);
      expect(receiver.receive(sealed)).toEqual(payload(nat));
    },
  );
});
