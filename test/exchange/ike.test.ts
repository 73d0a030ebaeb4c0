import { describe, expect, test } from 'vitest';
import { sameAddress } from '../../src/net/ip-address.ts';
import { IKEV1_EXCHANGE } from '../../src/wire/ikev1/message.ts';
import { type Pair, pairOf, sasOf, wantToSend } from '../support/ike-pair.ts';

describe('two hosts with a shared key', () => {
  test.each([
    ['main', 'esp/transport'],
    ['aggressive', 'esp/transport'],
    ['base', 'esp/transport'],
    ['main', 'esp/tunnel'],
    ['main', 'esp/transport ah/transport'],
    ['main', 'ah/transport'],
    ['main', 'ipcomp/transport esp/transport'],
  ])('come to the same SAs in %s mode, for %s', (mode, layers) => {
    const { net, alice, bob } = pairOf({ mode, layers });
    wantToSend(net, alice);
    net.run(5000);
    expect(alice.told('phase1-failed')).toEqual([]);
    expect(alice.told('phase2-failed')).toEqual([]);
    expect(bob.told('phase2-failed')).toEqual([]);
    expect(bob.told('ignored')).toEqual([]);
    expect(alice.told('phase2-established')).toHaveLength(1);
    expect(bob.told('phase2-established')).toHaveLength(1);
    const sas = sasOf(alice, net.now);
    expect(sas).toHaveLength(2 * layers.split(' ').length);
    expect(sasOf(bob, net.now)).toEqual(sas);
  });

  test('have the proof of the initiator enciphered in aggressive mode, as Libreswan needs it', () => {
    const { net, alice } = pairOf({ mode: 'aggressive' });
    wantToSend(net, alice);
    net.run(5000);
    const flags = net.sent
      .filter(({ datagram }) => datagram[18] === IKEV1_EXCHANGE.AGGRESSIVE)
      .map(({ datagram }) => datagram[19]);
    expect(flags).toEqual([0, 0, 1]);
  });

  test('need no second exchange for what the responder’s host wants to send before the first is over', () => {
    const isUnderWay = ({ bob, net }: Pair) =>
      sasOf(bob, net.now).length > 0 && bob.told('phase2-established').length === 0;
    let moments = 0;
    for (let delay = 0; ; delay++) {
      const pair = pairOf();
      const { net, alice, bob } = pair;
      wantToSend(net, alice);
      while (!isUnderWay(pair) && net.now < 5000) net.run(net.now + 1);
      net.run(net.now + delay);
      if (!isUnderWay(pair)) break;
      moments += 1;
      wantToSend(net, bob);
      net.run(5000);
      for (const host of [alice, bob]) expect(host.told('phase2-established')).toHaveLength(1);
      expect(sasOf(bob, net.now)).toHaveLength(2);
    }
    expect(moments).toBeGreaterThan(10);
  });

  test('send under replacements once the responder has had time for them, as strongSwan needs it', () => {
    const { net, alice, bob } = pairOf({ sainfo: 'lifetime time 100 sec;' });
    const outbound = () => sasOf(alice, net.now).length - inbound().length;
    const inbound = () =>
      [...alice.databases.sas(net.now)].filter(
        ({ parameters: { destination }, state }) =>
          state !== 'larval' && sameAddress(destination, alice.address),
      );
    wantToSend(net, alice);
    net.run(5000);
    expect([inbound().length, outbound()]).toEqual([1, 1]);
    const first = net.sent.length;
    for (let waited = 0; net.sent.length < first + 3 && waited < 100_000; waited += 10)
      net.run(net.now + 10);
    // The third message is on its way.
    expect([inbound().length, outbound()]).toEqual([2, 1]);
    net.run(net.now + 480);
    expect([inbound().length, outbound()]).toEqual([2, 1]);
    net.run(net.now + 100);
    expect([inbound().length, outbound()]).toEqual([2, 2]);
    expect(alice.told('phase2-established')).toHaveLength(2);
    expect(sasOf(bob, net.now)).toEqual(sasOf(alice, net.now));
  });

  test('tell each other their own addresses in transport mode behind a NAT', () => {
    const { net, alice, bob } = pairOf({ remote: 'nat_traversal force;' });
    wantToSend(net, alice);
    net.run(5000);
    expect(alice.told('nat-detected')).toHaveLength(1);
    for (const [host, peer] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const sas = [...host.databases.sas(net.now)].map(({ parameters }) => parameters);
      expect(sas.map(({ encapsulation }) => encapsulation?.originalAddress)).toEqual([
        peer.address,
        peer.address,
      ]);
    }
  });
});
