/**
 * `ipseald` opens what scapy sealed, and discards what nobody may have sealed, under the right name.
 *
 *     alice  wire0 10.9.0.1 ──── wire0 10.9.0.2  bob
 *            10.9.0.11, .12, ... ▲               ipseald
 *            scapy's packets     └ tcpdump
 *
 * @module
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect } from '../../src/ipsec/backend.ts';
import { tcpdumpLines } from '../lab/capture.ts';
import type { Command } from '../lab/command.ts';
import { describeNetns } from '../lab/tier.ts';
import {
  ALICE_ADDRESS,
  BOB_ADDRESS,
  captureDuring,
  type Hosts,
  makeHosts,
  PYTHON,
  WIRE,
  waitUntil,
} from '../support/hosts.ts';
import {
  MORE_PEER_CIPHERS,
  MORE_PEER_MACS,
  openWithScapy,
  PEER_AEADS,
  PEER_CIPHERS,
  PEER_MACS,
  type PeerAlgorithm,
  type PeerSa,
  type SealRequest,
  sealWithScapy,
  sendRaw,
  setkeyAdd,
} from '../support/scapy-ipsec.ts';

const DATA = Buffer.from('sealed by scapy');
const ICMP = 1;
const ECHO_REPLY = 0;

/** The layers of one peer's packets, the innermost first. */
interface Peer {
  readonly name: string;
  readonly address: string;
  /** From the peer to bob. */
  readonly there: readonly PeerSa[];
  readonly back: readonly PeerSa[];
  readonly request: Partial<SealRequest>;
}

type Layer = Pick<PeerSa, 'protocol' | 'cipher' | 'mac'>;

const esp = (cipher: PeerAlgorithm, mac?: PeerAlgorithm): Layer => ({
  protocol: 'esp',
  cipher,
  ...(mac && { mac }),
});
const ah = (mac: PeerAlgorithm): Layer => ({ protocol: 'ah', mac });

const SHA1 = PEER_MACS['HMAC-SHA-1-96'];
const AES = PEER_CIPHERS['AES-CBC-128'];

/** Every algorithm at least once in each protocol that has it, and what fragments. */
const LAYERS: readonly (readonly [string, readonly Layer[], Partial<SealRequest>?])[] = [
  ...Object.entries(PEER_CIPHERS).map(
    ([name, cipher]) => [`ESP ${name}, HMAC-SHA-1-96`, [esp(cipher, SHA1)]] as const,
  ),
  ...Object.entries(PEER_MACS).map(
    ([name, mac]) => [`ESP AES-CBC-128, ${name}`, [esp(AES, mac)]] as const,
  ),
  ...Object.entries(PEER_MACS).map(([name, mac]) => [`AH ${name}`, [ah(mac)]] as const),
  ...Object.entries(MORE_PEER_CIPHERS).map(
    ([name, cipher]) => [`ESP ${name}, HMAC-SHA-1-96`, [esp(cipher, SHA1)]] as const,
  ),
  ...Object.entries(PEER_AEADS).map(([name, aead]) => [`ESP ${name}`, [esp(aead)]] as const),
  ...Object.entries(MORE_PEER_MACS).flatMap(
    ([name, mac]) =>
      [
        [`ESP AES-CBC-128, ${name}`, [esp(AES, mac)]],
        [`AH ${name}`, [ah(mac)]],
      ] as const,
  ),
  ['ESP AES-CBC-192 without ICV inside AH', [esp(PEER_CIPHERS['AES-CBC-192']), ah(SHA1)]],
  ['ESP 3DES-CBC, HMAC-MD5-96', [esp(PEER_CIPHERS['3DES-CBC'], PEER_MACS['HMAC-MD5-96'])]],
  [
    'ESP AES-CBC-256, HMAC-SHA-256-128 inside AH HMAC-SHA-256-128',
    [
      esp(PEER_CIPHERS['AES-CBC-256'], PEER_MACS['HMAC-SHA-256-128']),
      ah(PEER_MACS['HMAC-SHA-256-128']),
    ],
  ],
  ['5000 octets of ESP in fragments', [esp(AES, SHA1)], { length: 5000, fragmentLength: 1400 }],
  ['5000 octets of AH in fragments', [ah(SHA1)], { length: 5000, fragmentLength: 1400 }],
  [
    '5000 octets of AH and ESP in fragments',
    [esp(AES), ah(SHA1)],
    { length: 5000, fragmentLength: 800 },
  ],
];

const PEERS: readonly Peer[] = LAYERS.map(([name, layers, request = {}], place) => {
  const address = `10.9.0.${11 + place}`;
  const sa = (layer: Layer, source: string, destination: string, spi: number): PeerSa => ({
    ...layer,
    ...{ source, destination, spi, more: '-r 64' },
  });
  return {
    ...{ name, address, request },
    there: layers.map((layer, k) => sa(layer, address, BOB_ADDRESS, 0x1000 + place * 16 + k)),
    back: layers.map((layer, k) => sa(layer, BOB_ADDRESS, address, 0x2000 + place * 16 + k)),
  };
});

function policies(address: string, layers: readonly Layer[]): string {
  const rules = layers.map(({ protocol }) => `${protocol}/transport//require`).join(' ');
  return [
    `spdadd ${address} ${BOB_ADDRESS} any -P in ipsec ${rules};`,
    `spdadd ${BOB_ADDRESS} ${address} any -P out ipsec ${rules};`,
  ].join('\n');
}

/** While it runs, a kernel without ESP and AH does not answer them with "protocol unreachable". */
const HOLD_RAW_SOCKETS = `
import signal, socket
held = [socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol) for protocol in (50, 51)]
print('held', flush=True)
signal.pause()`;

describeNetns('packets of scapy', () => {
  let hosts: Hosts;
  let holder: Command;

  beforeAll(async () => {
    hosts = await makeHosts(['bob']);
    const { alice } = hosts;
    await alice.namespace.addAddress(WIRE, ...PEERS.map(({ address }) => `${address}/24`));
    holder = alice.namespace.spawn([PYTHON, '-c', HOLD_RAW_SOCKETS]);
    await holder.until(/held/);
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  describe('that are authentic', () => {
    let replies: Map<string, { readonly type: number | undefined; readonly data: Buffer }>;
    let layers: Map<string, readonly (readonly [string, number])[]>;

    beforeAll(async () => {
      const { alice, bob } = hosts;
      await bob.load(
        [
          'flush; spdflush;',
          ...PEERS.flatMap(({ there, back }) => [...there, ...back]).map(setkeyAdd),
          ...PEERS.map(({ address, there }) => policies(address, there)),
        ].join('\n'),
      );
      const packets = await sealWithScapy(
        PEERS.map(({ address, there, request }) => ({
          ...{ sas: there, source: address, destination: BOB_ADDRESS, data: DATA, ...request },
        })),
      );
      const answers = (): Promise<boolean> =>
        bob.ask(async (client) => {
          const sent = (await collect(client.sas())).filter(
            ({ parameters }) => parameters.spi >= 0x2000,
          );
          return sent.every(({ packets: count }) => count > 0);
        });
      const pcap = await captureDuring(bob, async () => {
        expect(
          await bob.discardsDuring(async () => {
            await sendRaw(alice.namespace, packets.flat());
            await waitUntil('an answer to every peer', answers);
          }),
        ).toEqual({});
      });
      const opened = await openWithScapy(
        pcap,
        PEERS.flatMap(({ there, back }) => [...there, ...back]),
      );
      const sent = opened.filter(
        ({ source, nextHeader }) => source === BOB_ADDRESS && nextHeader === ICMP,
      );
      replies = new Map(
        sent.map(({ destination, payload }) => [
          destination,
          { type: payload[0], data: payload.subarray(8) },
        ]),
      );
      layers = new Map(sent.map((reply) => [reply.destination, reply.layers]));
    });

    for (const { name, address, back, request } of PEERS) {
      test(`${name}: the kernel sees the echo request, and its reply is sealed alike`, () => {
        const { length = DATA.length } = request;
        const data = Buffer.alloc(length, DATA);
        expect(replies.get(address)).toEqual({ type: ECHO_REPLY, data });
        const outermostFirst = [...back].reverse();
        expect(layers.get(address)).toEqual(outermostFirst.map((sa) => [sa.protocol, sa.spi]));
      });
    }
  });

  describe('that are not', () => {
    const ends = { source: ALICE_ADDRESS, destination: BOB_ADDRESS };
    const back = { source: BOB_ADDRESS, destination: ALICE_ADDRESS };
    const espThere: PeerSa = { ...ends, ...esp(AES, SHA1), spi: 0x1001, more: '-r 64' };
    const ahThere: PeerSa = { ...ends, ...ah(SHA1), spi: 0x1002, more: '-r 64' };
    const sas: readonly PeerSa[] = [
      ...[espThere, ahThere],
      { ...espThere, ...back, spi: 0x2001 },
      { ...ahThere, ...back, spi: 0x2002 },
    ];
    const both = [espThere, ahThere];
    const echo = { ...ends, data: DATA, sas: both };
    const otherKey = { ...SHA1, keyHex: PEER_MACS['HMAC-SHA-1-96'].keyHex.replace(/^../, '00') };

    /** What scapy makes once for all tests, by name. */
    const REQUESTS = {
      first: echo,
      second: { ...echo, sequence: 2 },
      fourth: { ...echo, sequence: 4 },
      twoHundredth: { ...echo, sequence: 200 },
      thousandth: { ...echo, sequence: 1000 },
      zeroth: { ...echo, sequence: 0 },
      clear: { ...echo, sas: [] },
      espOnly: { ...echo, sas: [espThere] },
      ahOnly: { ...echo, sas: [ahThere] },
      swapped: { ...echo, sas: [ahThere, espThere] },
      unknownAh: { ...echo, sas: [espThere, { ...ahThere, spi: 0x1bad }] },
      unknownEsp: { ...echo, sas: [{ ...espThere, spi: 0x1bad }, ahThere] },
      wrongAhKey: { ...echo, sas: [espThere, { ...ahThere, mac: otherKey }] },
      wrongEspKey: { ...echo, sas: [{ ...espThere, mac: otherKey }, ahThere] },
      otherSource: { ...echo, source: PEERS[0]?.address ?? '', sas: [espThere] },
    } as const satisfies Record<string, SealRequest>;
    type Name = keyof typeof REQUESTS;
    let made: ReadonlyMap<string, Buffer>;

    beforeAll(async () => {
      const packets = await sealWithScapy(Object.values(REQUESTS));
      made = new Map(
        Object.keys(REQUESTS).map((name, k) => [name, Buffer.concat(packets[k] ?? [])]),
      );
    });

    function packet(name: Name): Buffer {
      return Buffer.from(made.get(name) ?? []);
    }

    /** A copy with one bit turned, counted from the end when negative. */
    function flipped(name: Name, at: number): Buffer {
      const octets = packet(name);
      const place = at < 0 ? octets.length + at : at;
      octets.writeUInt8(octets.readUInt8(place) ^ 1, place);
      return octets;
    }

    /**
     * Sends packets to a bob who has seen none, and at last an authentic one. Resolves with what he
     * discarded and how often he answered, once he answered the last, which is the `answers`th, and
     * discarded as many as he does not answer: several threads may have them.
     */
    async function outcome(
      packets: readonly Buffer[],
      answers: number,
      last: 'fourth' | 'thousandth' = 'fourth',
    ): Promise<{ discards: unknown; answers: number }> {
      const { alice, bob } = hosts;
      const statements = ['flush; spdflush;', ...sas.map(setkeyAdd), policies(ALICE_ADDRESS, both)];
      await bob.load(statements.join('\n'));
      let discards: unknown;
      const count = async () =>
        Object.values(await bob.discards()).reduce((sum, packets) => sum + packets, 0);
      const before = await count();
      const discardedOthers = async () => (await count()) - before > packets.length - answers;
      const answeredLast = (): Promise<boolean> =>
        bob.ask(async (client) => {
          const records = await collect(client.sas());
          const find = (spi: number) => records.find(({ parameters }) => parameters.spi === spi);
          const received = find(0x1002)?.sequenceNumber === REQUESTS[last].sequence;
          return received && (find(0x2002)?.packets ?? 0) >= answers;
        });
      const pcap = await captureDuring(bob, async () => {
        discards = await bob.discardsDuring(async () => {
          await sendRaw(alice.namespace, [...packets, packet(last)]);
          await waitUntil('an answer to the last packet', answeredLast, 5_000);
          await waitUntil('a discard of each other', discardedOthers, 5_000);
        });
      });
      const lines = await tcpdumpLines(pcap, ['-t', `ip and src ${BOB_ADDRESS}`]);
      return { discards, answers: lines.length };
    }

    test('an authentic packet is answered', async () => {
      expect(await outcome([], 1)).toEqual({ discards: {}, answers: 1 });
    });

    const CASES: readonly (readonly [string, () => Buffer, string])[] = [
      ['plaintext', () => packet('clear'), 'in-tmpl-mismatch'],
      ['ESP without the AH that the policy asks for', () => packet('espOnly'), 'in-tmpl-mismatch'],
      ['AH without the ESP that the policy asks for', () => packet('ahOnly'), 'in-tmpl-mismatch'],
      ['both layers in the wrong order', () => packet('swapped'), 'in-tmpl-mismatch'],
      ['an SPI of AH that nobody knows', () => packet('unknownAh'), 'in-no-states'],
      ['an SPI of ESP inside AH that nobody knows', () => packet('unknownEsp'), 'in-no-states'],
      ['an ICV of AH under another key', () => packet('wrongAhKey'), 'in-state-proto-error'],
      ['an ICV of ESP under another key', () => packet('wrongEspKey'), 'in-state-proto-error'],
      ['an SA used from another address', () => packet('otherSource'), 'in-state-mismatch'],
      ['sequence number 0', () => packet('zeroth'), 'in-state-seq-error'],
      // The identification is under AH's ICV, and so is all behind it.
      ['a bit of the IP header turned', () => flipped('first', 5), 'in-state-proto-error'],
      ['a bit of the ICV turned', () => flipped('first', 20 + 12), 'in-state-proto-error'],
      ['a bit of the ciphertext turned', () => flipped('first', -20), 'in-state-proto-error'],
      ['a bit of ESP alone turned', () => flipped('espOnly', -20), 'in-state-proto-error'],
    ];
    for (const [name, forged, reason] of CASES) {
      test(`${name}: no answer, and one more ${reason}`, async () => {
        expect(await outcome([forged()], 1)).toEqual({ discards: { [reason]: 1 }, answers: 1 });
      });
    }

    test('a packet that comes again: no answer, and one more in-state-seq-error', async () => {
      const result = await outcome([packet('first'), packet('first')], 2);
      expect(result).toEqual({ discards: { 'in-state-seq-error': 1 }, answers: 2 });
    });

    test('a packet older than the window of 64: no answer, and one more in-state-seq-error', async () => {
      const result = await outcome([packet('twoHundredth'), packet('second')], 2, 'thousandth');
      expect(result).toEqual({ discards: { 'in-state-seq-error': 1 }, answers: 2 });
    });

    test('a packet late but within the window is answered', async () => {
      const result = await outcome([packet('second'), packet('first')], 3);
      expect(result).toEqual({ discards: {}, answers: 3 });
    });

    test('a forged packet does not move the window', async () => {
      const result = await outcome([flipped('thousandth', -20), packet('second')], 2);
      expect(result).toEqual({ discards: { 'in-state-proto-error': 1 }, answers: 2 });
    });

    test('fields that routers change are not under the ICV of AH', async () => {
      const TIME_TO_LIVE = 8;
      const result = await outcome([flipped('first', TIME_TO_LIVE)], 2);
      expect(result).toEqual({ discards: {}, answers: 2 });
    });
  });
});
