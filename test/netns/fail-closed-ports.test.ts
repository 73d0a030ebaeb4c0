/**
 * What is to be protected for a port is never seen in the clear, fragments included, which show none.
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tcpdumpLines } from '../lab/capture.ts';
import { describeNetns } from '../lab/tier.ts';
import {
  ALICE_ADDRESS,
  BOB_ADDRESS,
  captureDuring,
  type Hosts,
  makeHosts,
  unprotectedLines,
  waitUntil,
} from '../support/hosts.ts';
import { ALICE, BOB, ipv4Packet, udpPacket } from '../support/packets.ts';
import { sendRaw } from '../support/scapy-ipsec.ts';
import { containsMarker, exchange, newMarker, ping } from '../support/traffic.ts';

const ESP_KEYS = '-E aes-cbc 0x92a3b4c5d6e7f8091a2b3c4d5e6f7081';
const AH_KEYS = '-A hmac-sha256 0x5d3ea0b8f3a7b1a0a0f8c6e7d1c2b3a495867768594a3b2c1d0e9f8a7b6c5d4e';

const SAS = `
add 10.9.0.1 10.9.0.2 ah 0x200 ${AH_KEYS};
add 10.9.0.2 10.9.0.1 ah 0x300 ${AH_KEYS};
add 10.9.0.1 10.9.0.2 esp 0x201 ${ESP_KEYS};
add 10.9.0.2 10.9.0.1 esp 0x301 ${ESP_KEYS};`;

describeNetns('fail closed, with policies for a port', () => {
  const PROTECTED_PORT = 5000;
  const OPEN_PORT = 6000;
  let hosts: Hosts;

  beforeAll(async () => {
    hosts = await makeHosts();
    const rule = 'ipsec esp/transport//require ah/transport//require';
    const there = `10.9.0.1[any] 10.9.0.2[${PROTECTED_PORT}]`;
    const back = `10.9.0.2[${PROTECTED_PORT}] 10.9.0.1[any]`;
    const file = (outbound: string, inbound: string) => `flush; spdflush;${SAS}
spdadd ${there} udp -P ${outbound} ${rule};
spdadd ${back} udp -P ${inbound} ${rule};`;
    await hosts.alice.load(file('out', 'in'));
    await hosts.bob.load(file('in', 'out'));
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  /** A UDP datagram as two fragments, of which the second shows no ports. */
  function fragments(destinationPort: number, marker: Buffer): readonly Buffer[] {
    const payload = Buffer.alloc(1600, marker);
    const datagram = udpPacket(payload, { destinationPort }).subarray(20);
    return [
      { from: 0, to: 800, more: true },
      { from: 800, to: datagram.length, more: false },
    ].map(({ from, to, more }) =>
      Buffer.from(
        ipv4Packet({
          ...{ source: ALICE, destination: BOB },
          payload: datagram.subarray(from, to),
          fragment: { offset: from, more },
        }),
      ),
    );
  }

  test('datagrams that need fragments arrive, each fragment protected', async () => {
    const marker = newMarker();
    const pcap = await captureDuring(hosts.alice, () =>
      exchange({
        ...{ asking: hosts.alice.namespace, answering: hosts.bob.namespace },
        ...{ address: BOB_ADDRESS, port: PROTECTED_PORT, marker, tcpLength: 0 },
        udpLengths: [100, 8000, 60_000],
      }),
    );
    expect(containsMarker(pcap, marker)).toBe(false);
    expect(await tcpdumpLines(pcap, ['-t', 'udp'])).toEqual([]);
  });

  test('fragments that a program made itself do not leave in the clear', async () => {
    const { alice } = hosts;
    const marker = newMarker();
    let discards = {};
    const pcap = await captureDuring(alice, async () => {
      discards = await alice.discardsDuring(async () => {
        await sendRaw(alice.namespace, fragments(PROTECTED_PORT, marker));
        await waitUntil('both discarded', async () => {
          const now = await alice.discards();
          return (now['out-pol-block'] ?? 0) > 0 && (now['out-error'] ?? 0) > 0;
        });
      });
    });
    expect(discards).toEqual({ 'out-error': 1, 'out-pol-block': 1 });
    expect(containsMarker(pcap, marker)).toBe(false);
    expect(await unprotectedLines(pcap)).toEqual([]);
  });

  test('fragments of other protocols, and datagrams to other ports, go as ever', async () => {
    const { alice, bob } = hosts;
    await ping(alice.namespace, BOB_ADDRESS, { length: 8000 });
    await ping(bob.namespace, ALICE_ADDRESS, { length: 8000 });
    const marker = newMarker();
    const pcap = await captureDuring(alice, () =>
      exchange({
        ...{ asking: alice.namespace, answering: bob.namespace, address: BOB_ADDRESS },
        ...{ port: OPEN_PORT, marker, tcpLength: 0, udpLengths: [8000] },
      }),
    );
    expect(containsMarker(pcap, marker)).toBe(true);
  });
});
