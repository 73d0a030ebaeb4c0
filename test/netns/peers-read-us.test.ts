/**
 * What `ipseald` puts on the wire is opened by programs that are not ours: tcpdump, scapy, and the
 * HMAC of Python.
 *
 *     alice  wire0 10.9.0.1 ──── wire0 10.9.0.2  bob
 *            ipseald             ▲ port 6000 + N: SAs of their own for each N
 *                                └ tcpdump
 *
 * @module
 */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { collect } from '../../src/ipsec/backend.ts';
import { tcpdumpLines } from '../lab/capture.ts';
import { succeed } from '../lab/command.ts';
import { runScapy } from '../lab/scapy.ts';
import { describeNetns } from '../lab/tier.ts';
import {
  ALICE_ADDRESS,
  BOB_ADDRESS,
  captureDuring,
  type Hosts,
  makeHosts,
  PYTHON,
  waitUntil,
} from '../support/hosts.ts';
import {
  MORE_PEER_CIPHERS,
  MORE_PEER_MACS,
  type Opened,
  openWithScapy,
  PEER_AEADS,
  PEER_CIPHERS,
  PEER_MACS,
  type PeerAlgorithm,
  type PeerSa,
  setkeyAdd,
} from '../support/scapy-ipsec.ts';

const FIRST_PORT = 6000;
const UDP = 17;
const UDP_HEADER_LENGTH = 8;
/** One that fills blocks, one that does not, and one that is sent in fragments. */
const PAYLOADS = [46, 100, 3000].map((length) =>
  Buffer.alloc(length, 'for those who have the key '),
);

type Layer = Pick<PeerSa, 'protocol' | 'cipher' | 'mac'>;

/** The layers of one port's datagrams, the innermost first. */
interface Bundle {
  readonly name: string;
  readonly port: number;
  readonly sas: readonly PeerSa[];
}

const ESP_LAYERS: readonly (readonly [string, Layer])[] = Object.entries(PEER_CIPHERS).flatMap(
  ([cipherName, cipher]) => [
    // Neither confidential nor authentic: refused.
    ...(cipherName === 'NULL' ? [] : [[cipherName, espLayer(cipher)] as const]),
    ...Object.entries(PEER_MACS).map(
      ([macName, mac]) => [`${cipherName} with ${macName}`, espLayer(cipher, mac)] as const,
    ),
  ],
);

const AH_LAYERS: readonly (readonly [string, Layer])[] = Object.entries(PEER_MACS).map(
  ([name, mac]) => [name, { protocol: 'ah', mac }],
);

const BUNDLES: readonly Bundle[] = [
  ...ESP_LAYERS.map(([name, layer]) => [`ESP, ${name}`, [layer]] as const),
  ...AH_LAYERS.map(([name, layer]) => [`AH, ${name}`, [layer]] as const),
  ...AH_LAYERS.flatMap(([ahName, ah], place) => {
    // Each hash around some cipher, with and without an ICV of ESP's own.
    const [espName, esp] = ESP_LAYERS[place * 5] ?? ['', espLayer(PEER_CIPHERS['AES-CBC-128'])];
    return [[`AH, ${ahName}, around ESP, ${espName}`, [esp, ah]] as const];
  }),
  ...Object.entries(MORE_PEER_CIPHERS).map(
    ([name, cipher]) =>
      [
        `ESP, ${name} with HMAC-SHA-256`,
        [espLayer(cipher, PEER_MACS['HMAC-SHA-256-128'])],
      ] as const,
  ),
  ...Object.entries(PEER_AEADS).map(([name, aead]) => [`ESP, ${name}`, [espLayer(aead)]] as const),
  ...Object.entries(MORE_PEER_MACS).flatMap(
    ([name, mac]) =>
      [
        [`ESP, AES-CBC-128 with ${name}`, [espLayer(PEER_CIPHERS['AES-CBC-128'], mac)]],
        [`AH, ${name}`, [{ protocol: 'ah', mac }]],
      ] as const,
  ),
].map(([name, layers], place) => {
  const reqid = place + 1;
  return {
    name,
    port: FIRST_PORT + place,
    sas: layers.map((layer, k) => ({
      ...layer,
      source: ALICE_ADDRESS,
      destination: BOB_ADDRESS,
      spi: 0x1000 + reqid * 16 + k,
      more: `-u ${reqid}`,
    })),
  };
});

function espLayer(cipher: PeerAlgorithm, mac?: PeerAlgorithm): Layer {
  return { protocol: 'esp', cipher, ...(mac && { mac }) };
}

/** Sends each payload to each port; a host without ESP answers some of it, which is no matter. */
const SEND = `
import json, socket, sys
work = json.load(sys.stdin)
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for port in work['ports']:
    for payload in work['payloads']:
        datagrams.sendto(bytes.fromhex(payload), (work['address'], port))
`;

describeNetns('packets of ipseald', () => {
  let hosts: Hosts;
  let pcap: string;
  let opened: readonly Opened[];

  beforeAll(async () => {
    hosts = await makeHosts(['alice']);
    const { alice } = hosts;
    await alice.load(
      [
        'flush; spdflush;',
        ...BUNDLES.flatMap(({ sas }) => sas).map(setkeyAdd),
        ...BUNDLES.map(({ port, sas }, place) => {
          const rules = sas.map(({ protocol }) => `${protocol}/transport//unique:${place + 1}`);
          return `spdadd ${ALICE_ADDRESS} ${BOB_ADDRESS}[${port}] udp -P out ipsec ${rules.join(' ')};`;
        }),
      ].join('\n'),
    );
    const work = {
      address: BOB_ADDRESS,
      ports: BUNDLES.map(({ port }) => port),
      payloads: PAYLOADS.map((payload) => payload.toString('hex')),
    };
    pcap = await captureDuring(hosts.bob, async () => {
      const input = JSON.stringify(work);
      await succeed(alice.namespace, [PYTHON, '-c', SEND], { input });
      await waitUntil('all packets sent', () =>
        alice.ask(async (client) =>
          (await collect(client.sas())).every(({ packets }) => packets === PAYLOADS.length),
        ),
      );
    });
    const outbound = await filtered(pcap, `src ${ALICE_ADDRESS}`);
    opened = await openWithScapy(
      outbound,
      BUNDLES.flatMap(({ sas }) => sas),
    );
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  for (const { name, port, sas } of BUNDLES) {
    test(`scapy verifies and opens ${name}`, () => {
      const found = opened.filter(({ payload }) => payload.readUInt16BE(2) === port);
      expect(found.map(({ layers }) => layers)).toEqual(
        PAYLOADS.map(() => [...sas].reverse().map(({ protocol, spi }) => [protocol, spi])),
      );
      expect(found.map(({ nextHeader }) => nextHeader)).toEqual(PAYLOADS.map(() => UDP));
      expect(found.map(({ payload }) => payload.subarray(UDP_HEADER_LENGTH))).toEqual(PAYLOADS);
    });
  }

  test('tcpdump names AH and ESP inside it, with our SPIs and ascending sequence numbers', async () => {
    const bundle = BUNDLES.find(({ sas }) => sas.length === 2);
    const [esp, ah] = bundle?.sas.map(({ spi }) => hex(spi)) ?? [];
    const lines = await tcpdumpLines(pcap, [
      '-t',
      `ah and src ${ALICE_ADDRESS} and ip[24:4] = ${ah} and ip[6:2] & 0x1fff = 0`,
    ]);
    expect(lines.map((line) => line.replace(/icv=\w+/, 'icv'))).toEqual([
      ...[1, 2, 3].map((sequence) =>
        expect.stringMatching(
          new RegExp(
            `^IP ${ALICE_ADDRESS} > ${BOB_ADDRESS}: AH\\(spi=${ah},seq=0x${sequence},icv\\): ESP\\(spi=${esp},seq=0x${sequence}\\), length \\d+$`,
          ),
        ),
      ),
    ]);
  });

  // What `tcpdump -E` knows: a cipher by OpenSSL's name, and whether to cut off an ICV of 96 bits.
  for (const [cipherName, word] of [
    ['AES-CBC-128', 'aes128'],
    ['AES-CBC-192', 'aes192'],
    ['AES-CBC-256', 'aes256'],
    ['3DES-CBC', '3des'],
  ] as const) {
    test(`tcpdump -E deciphers ESP, ${cipherName} with HMAC-SHA-1-96`, async () => {
      const bundle = BUNDLES.find(({ name }) => name === `ESP, ${cipherName} with HMAC-SHA-1-96`);
      const spi = hex(bundle?.sas[0]?.spi ?? 0);
      const key = PEER_CIPHERS[cipherName].keyHex;
      const lines = await tcpdumpLines(pcap, [
        ...['-t', '-E', `${spi}@${BOB_ADDRESS} ${word}-hmac96:0x${key}`],
        `esp and src ${ALICE_ADDRESS} and ip[20:4] = ${spi} and ip[6:2] & 0x3fff = 0`,
      ]);
      // In fragments it does not decipher.
      const whole = PAYLOADS.filter(({ length }) => length < 1400);
      expect(lines).toEqual(
        whole.map(({ length }, k) =>
          expect.stringMatching(
            new RegExp(
              `: ESP\\(spi=${spi},seq=0x${k + 1}\\), length \\d+: \\d+ > ${bundle?.port}: UDP, length ${length}$`,
            ),
          ),
        ),
      );
    });
  }

  test('the ICV of HMAC-SHA-256 cut off after 96 bits is what Python’s hmac makes of the packet', async () => {
    const bundle = BUNDLES.find(({ name }) => name === 'ESP, NULL with HMAC-SHA-256-96');
    const { keyHex } = PEER_MACS['HMAC-SHA-256-96'];
    const spi = hex(bundle?.sas[0]?.spi ?? 0);
    const file = await filtered(pcap, `esp and ip[20:4] = ${spi} and ip[6:2] & 0x3fff = 0`);
    const icvs = await runScapy(null, PYTHON_ICVS, { pcap: file, keyHex });
    expect(icvs).toHaveLength(2);
    for (const { computed, found } of icvs as { computed: string; found: string }[]) {
      expect(found).toBe(computed.slice(0, 24));
    }
  });

  /** The packets of a capture that match, as a capture. */
  async function filtered(file: string, filter: string): Promise<string> {
    const result = `${file}.filtered`;
    await succeed(null, ['tcpdump', '-Z', 'root', '-r', file, '-w', result, filter]);
    return result;
  }
});

const PYTHON_ICVS = `
import hashlib, hmac
output = []
for packet in sniff(offline=input['pcap'], lfilter=lambda packet: IP in packet):
    octets = bytes(packet[IP].payload)
    mac = hmac.new(bytes.fromhex(input['keyHex']), octets[:-12], hashlib.sha256)
    output.append({'computed': mac.hexdigest(), 'found': octets[-12:].hex()})
`;

function hex(spi: number): string {
  return `0x${spi.toString(16).padStart(8, '0')}`;
}
