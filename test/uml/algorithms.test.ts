/**
 * Every algorithm that both our userspace data plane and a Linux kernel have, with each key length,
 * between the two: whoever asks gets an answer.
 *
 *     host  ipseald, setkey                       guest  Linux with IPsec, ip xfrm
 *           tap0 10.9.0.1 ──────────────────────── vec0 10.9.0.2
 *
 * Which names and octets setkey gives the kernel is seen here by what the kernel makes of them.
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AEADS,
  CIPHERS,
  ENCRYPTION_ALGORITHMS,
  INTEGRITY_ALGORITHMS,
} from '../../src/crypto/registry.ts';
import { succeed } from '../lab/command.ts';
import { bootGuest, type Guest } from '../lab/guest.ts';
import { addKernelState, flushKernelState, type KernelSa } from '../lab/kernel-sa.ts';
import { makeNamespace } from '../lab/namespace.ts';
import { describeUml } from '../lab/tier.ts';
import { ALICE_ADDRESS, BOB_ADDRESS, TestHost } from '../support/hosts.ts';
import { keyHex } from '../support/scapy-ipsec.ts';
import { newMarker, ping } from '../support/traffic.ts';

const TAP = 'tap0';
/** Octets of data in an echo: few, some, more than fill blocks, and so many that it is in fragments. */
const LENGTHS = [16, 57, 64, 1300, 4000];

interface Case {
  readonly name: string;
  readonly setkey: string;
  readonly sa: Pick<KernelSa, 'protocol' | 'encryption' | 'integrity' | 'aead' | 'more'>;
}

const HMAC_KEY = keyHex(32, 3);
const HMAC = `-A hmac-sha256-128 0x${HMAC_KEY}`;
const KERNEL_HMAC = { name: 'hmac(sha256)', keyHex: HMAC_KEY, icvBits: 128 };
const AES_KEY = keyHex(16, 4);

/** The ends of a long list of key lengths, or all of a short one. */
function someOf(keyBits: readonly number[]): readonly number[] {
  if (keyBits.length === 0) return [0];
  return keyBits.length < 5 ? keyBits : [keyBits[0] ?? 0, 128, keyBits.at(-1) ?? 0];
}

const CASES: readonly Case[] = [
  ...CIPHERS.flatMap(({ name, linux, keyBits }) =>
    someOf(keyBits).map((bits): Case => {
      const key = keyHex(bits / 8, 5);
      return {
        name: `ESP, ${name}-${bits} with hmac-sha256-128`,
        setkey: `-E ${name} ${key && `0x${key}`} ${HMAC}`,
        sa: { protocol: 'esp', encryption: { name: linux, keyHex: key }, integrity: KERNEL_HMAC },
      };
    }),
  ),
  ...AEADS.flatMap(({ name, linux, keyBits, icvLength }) =>
    keyBits.map((bits): Case => {
      const key = keyHex(bits / 8, 6);
      return {
        name: `ESP, ${name}-${bits}`,
        setkey: `-E ${name} 0x${key}`,
        sa: { protocol: 'esp', aead: { name: linux, keyHex: key, icvBits: icvLength * 8 } },
      };
    }),
  ),
  ...INTEGRITY_ALGORITHMS.flatMap(({ name, linux, keyBits, classicIcvLength, icvLength }) =>
    [...new Set([classicIcvLength, icvLength])].flatMap((length): Case[] => {
      const key = keyHex((keyBits[0] ?? 0) / 8, 7);
      const setkey = `-A ${name}-${length * 8} 0x${key}`;
      const integrity = { name: linux, keyHex: key, icvBits: length * 8 };
      const encryption = { name: 'cbc(aes)', keyHex: AES_KEY };
      return [
        {
          name: `ESP, aes-cbc-128 with ${name}-${length * 8}`,
          setkey: `-E aes-cbc 0x${AES_KEY} ${setkey}`,
          sa: { protocol: 'esp', encryption, integrity },
        },
        // Linux aligns AH to 64 bits under IPv4 unless told what RFC 4302 §2.2 says.
        {
          name: `AH, ${name}-${length * 8}`,
          setkey,
          sa: { protocol: 'ah', integrity, more: ['flag', 'align4'] },
        },
      ];
    }),
  ),
];

describeUml('every algorithm, between the userspace data plane and Linux', () => {
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

  test('the table has all of them', () => {
    const names = [...ENCRYPTION_ALGORITHMS, ...INTEGRITY_ALGORITHMS].map(({ linux }) => linux);
    const tried = CASES.flatMap(({ sa }) => [sa.encryption, sa.aead, sa.integrity]);
    expect(new Set(tried.flatMap((algorithm) => algorithm?.name ?? []))).toEqual(new Set(names));
  });

  test.each(CASES)('$name', async ({ setkey, sa }) => {
    const { protocol } = sa;
    const ends = [
      { source: ALICE_ADDRESS, destination: BOB_ADDRESS, spi: 0x1001 },
      { source: BOB_ADDRESS, destination: ALICE_ADDRESS, spi: 0x2001 },
    ];
    const sas = ends.map((end) => ({
      ...{ ...end, ...sa, mode: 'transport' as const, reqid: 0, replayWindow: 64 },
    }));
    const templates = [{ protocol, mode: 'transport' as const, reqid: 0 }];
    await flushKernelState(guest);
    await addKernelState(guest, {
      sas,
      policies: [
        { source: ALICE_ADDRESS, destination: BOB_ADDRESS, direction: 'in', templates },
        { source: BOB_ADDRESS, destination: ALICE_ADDRESS, direction: 'out', templates },
      ],
    });
    await host.load(
      [
        'flush; spdflush;',
        ...ends.map(
          ({ source, destination, spi }) =>
            `add ${source} ${destination} ${protocol} ${spi} -r 64 ${setkey};`,
        ),
        `spdadd ${ALICE_ADDRESS} ${BOB_ADDRESS} any -P out ipsec ${protocol}/transport//require;`,
        `spdadd ${BOB_ADDRESS} ${ALICE_ADDRESS} any -P in ipsec ${protocol}/transport//require;`,
      ].join('\n'),
    );
    const statBefore = await succeed(guest, ['cat', '/proc/net/xfrm_stat']);
    const marker = newMarker();
    for (const length of LENGTHS) {
      await ping(host.namespace, BOB_ADDRESS, { marker, length });
      await ping(guest, ALICE_ADDRESS, { marker, length });
    }
    expect(await succeed(guest, ['cat', '/proc/net/xfrm_stat'])).toBe(statBefore);
    const states = (await succeed(guest, ['ip', '-s', 'xfrm', 'state'])).split(/^(?=src )/m);
    expect(states).toHaveLength(2);
    for (const state of states) {
      expect(Number(/(\d+)\(packets\)/.exec(state)?.[1])).toBeGreaterThanOrEqual(
        2 * LENGTHS.length,
      );
      expect(state).toMatch(/replay-window 0 replay 0 failed 0/);
    }
  });
});
