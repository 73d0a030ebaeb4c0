import { describe, expect, test } from 'vitest';
import { EnginePair } from '../../test/support/engine-pair.ts';
import { ALICE, address, BOB, countedOctets } from '../../test/support/packets.ts';
import { addPolicy, addSa, espSa, inUdp, layer, policy, protect } from '../../test/support/sas.ts';
import type { Carriers, UdpEnd } from '../ipsec/sa-parameters.ts';
import { checksumOf, sumOctets } from '../octets/checksum.ts';
import { IPV4_HEADER_LENGTH } from '../wire/ipv4.ts';
import { IPV6_HEADER_LENGTH } from '../wire/ipv6.ts';
import { checkUdp, UDP_HEADER_LENGTH, udpDestinationPort, udpSourcePort } from '../wire/udp.ts';
import type { Guard } from './guard.ts';

const HERE: UdpEnd = { address: ALICE, port: 4500 };
const THERE: UdpEnd = { address: BOB, port: 31234 };

describe('Engine.sendDatagram()', () => {
  const CASES = [
    { name: 'IPv4', ends: [ALICE, BOB], headerLength: IPV4_HEADER_LENGTH },
    {
      name: 'IPv6',
      ends: [address('fd09::1'), address('fd09::2')],
      headerLength: IPV6_HEADER_LENGTH,
    },
  ] as const;

  for (const { name, ends, headerLength } of CASES) {
    test(`sends over ${name}, past a policy for everything, in fragments when it is long`, () => {
      const pair = new EnginePair();
      const [source, destination] = ends;
      for (const length of [32, 9000]) {
        const payload = countedOctets(length);
        const from = { address: source, port: 4500 };
        const to = { address: destination, port: 31234 };
        pair.seen.length = 0;
        expect(pair.alice.engine.sendDatagram(from, to, payload, pair.now)).toBe(true);
        pair.settle();
        expect(pair.seen.length > 1).toBe(length > 1500);
        const [packet = new Uint8Array(0)] = pair.bob.host.delivered.splice(0);
        const datagram = packet.subarray(headerLength);
        expect(checkUdp(datagram, 0, datagram.length)).toBeNull();
        expect([udpSourcePort(datagram, 0), udpDestinationPort(datagram, 0)]).toEqual([
          4500, 31234,
        ]);
        expect(datagram.subarray(UDP_HEADER_LENGTH)).toEqual(payload);
        const addresses = headerLength === IPV4_HEADER_LENGTH ? [12, 8] : [8, 32];
        const [at = 0, octets = 0] = addresses;
        const pseudo = sumOctets(packet, at, octets, 17 + datagram.length);
        expect(checksumOf(sumOctets(datagram, 0, datagram.length, pseudo))).toBe(0);
      }
    });
  }

  test('says when the wire takes no such packet, and does not mind', () => {
    const pair = new EnginePair({ mtu: 20 });
    expect(pair.alice.engine.sendDatagram(HERE, THERE, countedOctets(100), 0)).toBe(false);
  });
});

describe('Engine.admit()', () => {
  function guarded() {
    const installed: Carriers[] = [];
    const guard: Guard = {
      install: (_, carriers) => installed.push(carriers),
      discards: () => ({}),
    };
    return { ...new EnginePair({ guard }).alice, installed };
  }
  const IKE: UdpEnd = { address: ALICE, port: 500 };
  const OUT = policy('outbound', protect(layer('esp')));

  test('has the guard let in what SAs need and what IKE needs, each once', () => {
    const { engine, installed } = guarded();
    engine.commit([addSa(inUdp(espSa())), addPolicy(OUT)], 0);
    const [needed] = installed[0]?.udpEnds ?? [];
    expect(installed[0]?.udpEnds).toHaveLength(1);
    engine.admit([IKE, ...(needed === undefined ? [] : [needed])], 0);
    expect(installed.at(-1)?.udpEnds).toEqual([needed, IKE]);
    engine.admit([], 0);
    expect(installed.at(-1)?.udpEnds).toEqual([needed]);
  });

  test('leaves in force what an earlier process left, until the first commit', () => {
    const { engine, installed } = guarded();
    engine.admit([IKE], 0);
    expect(installed).toEqual([]);
    engine.commit([addPolicy(OUT)], 0);
    expect(installed.map(({ udpEnds }) => udpEnds)).toEqual([[IKE]]);
  });
});
