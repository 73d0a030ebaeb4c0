/**
 * Our userspace ESP and AH talk with those of a real Linux kernel, in both directions.
 *
 *     host  ipseald, setkey                       guest  Linux with IPsec, ip xfrm
 *           tap0 10.9.0.1 ──────────────────────── vec0 10.9.0.2
 *
 * The replay protection of both is on. The guest's counters tell that its SAs carried the traffic and
 * that it had nothing to complain about.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { succeed } from '../lab/command.ts';
import { bootGuest, type Guest } from '../lab/guest.ts';
import {
  addKernelState,
  flushKernelState,
  type KernelAlgorithm,
  type KernelIcvAlgorithm,
  type KernelSa,
} from '../lab/kernel-sa.ts';
import { makeNamespace } from '../lab/namespace.ts';
import { describeUml } from '../lab/tier.ts';
import { GAZETTE } from '../support/examples.ts';
import {
  ALICE_ADDRESS,
  BOB_ADDRESS,
  captureDuring,
  TestHost,
  unprotectedLines,
} from '../support/hosts.ts';
import { containsMarker, exchange, newMarker, ping } from '../support/traffic.ts';

const TAP = 'tap0';
const REPLAY_WINDOW = 64;

/** One direction's layers, the innermost first: what the SAs of both directions have in common. */
interface Layer {
  readonly protocol: 'esp' | 'ah';
  /** As setkey has them after the SPI. */
  readonly setkey: string;
  readonly encryption?: KernelAlgorithm;
  readonly integrity?: KernelIcvAlgorithm;
}

interface Case {
  readonly name: string;
  readonly layers: readonly Layer[];
  /** More arguments of setkey. */
  readonly args?: readonly string[];
  /** More arguments of `ip xfrm state add`. */
  readonly more?: readonly string[];
}

const KEY_128 = '000102030405060708090a0b0c0d0e0f';
const KEY_192 = '101112131415161718191a1b1c1d1e1f2021222324252627';
const KEY_256 = '303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f';

const AES_128 = { name: 'cbc(aes)', keyHex: KEY_128 };
const TRIPLE_DES = { name: 'cbc(des3_ede)', keyHex: KEY_192 };
const sha256 = (icvBits: number) => ({ name: 'hmac(sha256)', keyHex: KEY_256, icvBits });
const AES_SHA256 = `-E aes-cbc 0x${KEY_128} -A hmac-sha256 0x${KEY_256}`;

const CASES: readonly Case[] = [
  {
    name: 'AES-CBC-128 with HMAC-SHA-256-128 (setkey --rfc4868)',
    args: ['--rfc4868'],
    layers: [{ protocol: 'esp', setkey: AES_SHA256, encryption: AES_128, integrity: sha256(128) }],
  },
  {
    name: 'AES-CBC-128 with HMAC-SHA-256-128 (hmac-sha256-128)',
    layers: [
      {
        protocol: 'esp',
        setkey: `-E aes-cbc 0x${KEY_128} -A hmac-sha256-128 0x${KEY_256}`,
        encryption: AES_128,
        integrity: sha256(128),
      },
    ],
  },
  {
    name: 'AES-CBC-128 with HMAC-SHA-256-96, as old setkey has it, inside AH with the same',
    layers: [
      { protocol: 'esp', setkey: AES_SHA256, encryption: AES_128, integrity: sha256(96) },
      { protocol: 'ah', setkey: `-A hmac-sha256 0x${KEY_256}`, integrity: sha256(96) },
    ],
  },
  {
    name: '3DES-CBC with HMAC-MD5-96',
    layers: [
      {
        protocol: 'esp',
        setkey: `-E 3des-cbc 0x${KEY_192} -A hmac-md5 0x${KEY_128}`,
        encryption: TRIPLE_DES,
        integrity: { name: 'hmac(md5)', keyHex: KEY_128, icvBits: 96 },
      },
    ],
  },
  {
    name: 'AH alone, HMAC-SHA-256-128, aligned to 32 bits as RFC 4302 says',
    args: ['--rfc4868'],
    // Else Linux wants AH to be a multiple of 64 bits under IPv4, too: with an ICV of 128 bits that
    // takes padding, which RFC 4302 §3.3.3.2.1 does not allow.
    more: ['flag', 'align4'],
    layers: [{ protocol: 'ah', setkey: `-A hmac-sha256 0x${KEY_256}`, integrity: sha256(128) }],
  },
];

/** The keys of the gazette example, from its file: SAs as the kernel takes them. */
function gazetteSas(): readonly KernelSa[] {
  const add = /^add (\S+) (\S+) (ah|esp) (\S+)(?: -r \d+)? -[AE] \S+ 0x(\w+);/gm;
  return [...readFileSync(GAZETTE.bob, 'utf8').matchAll(add)].map((found) => {
    const [, source = '', destination = '', protocol, spi, keyHex = ''] = found;
    const common = { source, destination, spi: Number(spi), mode: 'transport', reqid: 0 } as const;
    return protocol === 'ah'
      ? { ...common, protocol, integrity: { name: 'hmac(sha1)', keyHex, icvBits: 96 } }
      : { ...common, protocol: 'esp', encryption: { name: 'cbc(aes)', keyHex } };
  });
}

describeUml('userspace data plane and Linux', () => {
  let host: TestHost;
  let guest: Guest;

  beforeAll(async () => {
    host = new TestHost(await makeNamespace('near'), ALICE_ADDRESS);
    await host.namespace.addTap(TAP, `${ALICE_ADDRESS}/24`);
    guest = await bootGuest({
      taps: [{ namespace: host.namespace, device: TAP, guestAddress: `${BOB_ADDRESS}/24` }],
    });
    await host.startDaemon();
  });

  afterAll(async () => {
    await guest?.stop();
    await host?.dispose();
  });

  /** Traffic of every kind, begun by either side; then what the guest, we and the wire say of it. */
  async function talk(sas: readonly KernelSa[]): Promise<void> {
    const marker = newMarker();
    const statBefore = await xfrmStat();
    const sides = [
      { asking: host.namespace, answering: guest, address: BOB_ADDRESS },
      { asking: guest, answering: host.namespace, address: ALICE_ADDRESS },
    ];
    const everything = async (): Promise<void> => {
      for (const { asking, answering, address } of sides) {
        await ping(asking, address, { marker });
        // In fragments on the wire.
        await ping(asking, address, { marker, length: 8000 });
        await exchange({
          ...{ asking, answering, address, marker, port: 5000 },
          tcpLength: 300_000,
          udpLengths: [1, 1400, 8000],
        });
      }
    };
    let discards = {};
    const pcap = await captureDuring(
      host,
      async () => {
        discards = await host.discardsDuring(everything);
      },
      TAP,
    );
    expect(await unprotectedLines(pcap)).toEqual([]);
    // AH hides nothing.
    const hidden = sas.some(({ protocol }) => protocol === 'esp');
    expect(containsMarker(pcap, marker)).toBe(!hidden);
    expect(Object.keys(discards).filter((reason) => reason !== 'out-too-big')).toEqual([]);
    // Not one packet that the kernel could not open or would not admit.
    expect(await xfrmStat()).toEqual(statBefore);
    const states = (await succeed(guest, ['ip', '-s', 'xfrm', 'state'])).split(/^(?=src )/m);
    expect(states).toHaveLength(sas.length);
    for (const state of states) {
      expect(Number(/(\d+)\(packets\)/.exec(state)?.[1])).toBeGreaterThan(200);
      expect(state).toMatch(/replay-window 0 replay 0 failed 0/);
    }
  }

  async function xfrmStat(): Promise<string> {
    return await succeed(guest, ['cat', '/proc/net/xfrm_stat']);
  }

  /** Has the guest hold `sas` and policies for all it exchanges with us. */
  async function setGuest(
    sas: readonly KernelSa[],
    protocols: readonly ('esp' | 'ah')[],
  ): Promise<void> {
    await flushKernelState(guest);
    const templates = protocols.map(
      (protocol) => ({ protocol, mode: 'transport', reqid: 0 }) as const,
    );
    await addKernelState(guest, {
      sas: sas.map((sa) => ({ ...sa, replayWindow: REPLAY_WINDOW })),
      policies: [
        { source: ALICE_ADDRESS, destination: BOB_ADDRESS, direction: 'in', templates },
        { source: BOB_ADDRESS, destination: ALICE_ADDRESS, direction: 'out', templates },
      ],
    });
  }

  test('the gazette example: AH with HMAC-SHA-1 around ESP with AES-CBC-192', async () => {
    const sas = gazetteSas();
    expect(sas).toHaveLength(4);
    await setGuest(sas, ['esp', 'ah']);
    await host.loadFile(GAZETTE.alice);
    await talk(sas);
  });

  for (const { name, layers, args = [], more = [] } of CASES) {
    test(name, async () => {
      const sas = layers.flatMap(({ protocol, encryption, integrity }, place) =>
        [
          { source: ALICE_ADDRESS, destination: BOB_ADDRESS, spi: 0x1001 + place },
          { source: BOB_ADDRESS, destination: ALICE_ADDRESS, spi: 0x2001 + place },
        ].map((ends) => ({
          ...{ ...ends, protocol, mode: 'transport' as const, reqid: 0 },
          ...(encryption && { encryption }),
          ...(integrity && { integrity }),
          more,
        })),
      );
      const rules = layers.map(({ protocol }) => `${protocol}/transport//require`).join(' ');
      await setGuest(
        sas,
        layers.map(({ protocol }) => protocol),
      );
      await host.load(
        [
          'flush; spdflush;',
          ...sas.map(
            ({ source, destination, protocol, spi }) =>
              `add ${source} ${destination} ${protocol} ${spi} -r ${REPLAY_WINDOW} ${
                layers.find((layer) => layer.protocol === protocol)?.setkey
              };`,
          ),
          `spdadd ${ALICE_ADDRESS} ${BOB_ADDRESS} any -P out ipsec ${rules};`,
          `spdadd ${BOB_ADDRESS} ${ALICE_ADDRESS} any -P in ipsec ${rules};`,
        ].join('\n'),
        ...args,
      );
      await talk(sas);
    });
  }
});
