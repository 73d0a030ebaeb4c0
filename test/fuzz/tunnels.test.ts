/**
 * Octets that nobody meant, at a gateway that takes nothing but tunnels: IPv6, ESP in UDP, IPComp and
 * extended sequence numbers.
 *
 * The oracle: whatever is delivered is what a genuine packet carried, but for the ECN of its header.
 *
 * @module
 */
import { randomInt } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { AES_GCM_16 } from '../../src/crypto/aes-gcm.ts';
import { nodeProvider } from '../../src/crypto/node-provider.ts';
import type { Policy } from '../../src/ipsec/policy.ts';
import { toHex } from '../../src/octets/hex.ts';
import { setU8, setU16, u8 } from '../../src/octets/octets.ts';
import { finishIpHeader, newIpHeader, readIp } from '../../src/wire/ip.ts';
import { DataPath, memoryFor } from '../support/data-path.ts';
import { ENDS, INSIDE } from '../support/data-path-pair.ts';
import { generator } from '../support/generator.ts';
import { countedOctets, ipPacket, udpPacket } from '../support/packets.ts';
import {
  addPolicy,
  addSa,
  ahSa,
  cipherOf,
  espSa,
  inUdp,
  ipcompSa,
  layer,
  mirrored,
  network,
  policy,
  protect,
  tunnel,
} from '../support/sas.ts';

const RUNS = 30_000;
const LONGEST = 2000;
const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));

const [FOUR, SIX] = [4, 6].map((version) => {
  const [source, destination] = ENDS[version === 4 ? 4 : 6];
  return { source, destination };
});
if (FOUR === undefined || SIX === undefined) throw new Error('Bug: no ends');
const ESP_SIX = { ...SIX, encryption: cipherOf(AES_GCM_16), integrity: null };

const SAS = [
  inUdp(espSa({ ...FOUR, mode: 'tunnel', extendedSequenceNumbers: true })),
  ipcompSa({ ...SIX, mode: 'tunnel' }),
  espSa({ ...ESP_SIX, extendedSequenceNumbers: true }),
  ahSa({ ...SIX, extendedSequenceNumbers: true }),
];
/** IPv4 in ESP in UDP; IPv6 in IPComp in ESP in AH. */
const POLICIES: readonly Policy[] = [
  policy('outbound', protect(tunnel('esp', FOUR.source, FOUR.destination)), {
    localAddress: network('0.0.0.0/0'),
    remoteAddress: network('0.0.0.0/0'),
  }),
  policy(
    'outbound',
    protect(tunnel('ipcomp', SIX.source, SIX.destination), layer('esp'), layer('ah')),
    { localAddress: network('::/0'), remoteAddress: network('::/0') },
  ),
];

const CLEAR: readonly Uint8Array[] = ([4, 6] as const).flatMap((version) => {
  const ends = INSIDE[version];
  return [
    udpPacket(countedOctets(40), ends),
    udpPacket(new Uint8Array(700), ends),
    ipPacket({ ...ends, protocol: 50, payload: countedOctets(60) }),
    ipPacket({ ...ends, payload: countedOctets(24), fragment: { offset: 8, more: true } }),
    ipPacket({ ...ends, protocol: 108, payload: Uint8Array.of(17, 0, 9, 9, 7, 7, 7, 7) }),
    ipPacket({ ...ends, trafficClass: 2, payload: countedOctets(30) }),
  ];
});
const bomb = Uint8Array.of(41, 0, 0x10, 0x02, ...deflateRawSync(new Uint8Array(500_000)));
const longest = Uint8Array.of(41, 0, 0x10, 0x02, ...deflateRawSync(new Uint8Array(65_000)));
/** Nothing that anybody vouched for. */
const FORGED: readonly Uint8Array[] = [
  ...CLEAR,
  ipPacket({ ...SIX, protocol: 108, payload: bomb }),
  ipPacket({ ...SIX, protocol: 108, payload: longest, extensions: [[60, new Uint8Array(14)]] }),
  ipPacket({ ...SIX, protocol: 41, payload: CLEAR[7] ?? new Uint8Array(0) }),
  udpPacket(countedOctets(80), { ...FOUR, destinationPort: 4500 }),
  ipPacket({ ...SIX, protocol: 44, payload: countedOctets(80) }),
];

/** A packet but for ECN, and the checksum that counts it. */
function essence(packet: Uint8Array): string {
  const copy = packet.slice();
  if (u8(copy, 0) >>> 4 === 6) {
    setU8(copy, 1, u8(copy, 1) & 0xcf);
  } else {
    setU8(copy, 1, u8(copy, 1) & 0xfc);
    setU16(copy, 10, 0);
  }
  return toHex(copy);
}

/** `octets` cut, lengthened, or with a few bits turned, and headers that often agree with that. */
function mutated(seed: Uint8Array, random: (below: number) => number): Uint8Array {
  let octets = seed.slice();
  const kind = random(12);
  if (kind === 0) octets = octets.slice(0, random(octets.length + 1));
  if (kind === 1) octets = Uint8Array.of(...octets, ...countedOctets(random(64)));
  const changes = kind < 3 ? 0 : 1 + random(3);
  for (let k = 0; k < changes; k++) {
    const at = random(random(2) === 0 ? Math.min(octets.length, 80) : octets.length);
    setU8(octets, at, random(2) === 0 ? u8(octets, at) ^ (1 << random(8)) : random(256));
  }
  if (octets.length < 40 || random(3) === 0) return octets;
  const version = u8(octets, 0) >>> 4;
  if (version === 6) setU16(octets, 4, octets.length - 40);
  else setU16(octets, 2, octets.length);
  const header = newIpHeader();
  if (readIp(header, octets, 0, octets.length)) finishIpHeader(octets, header);
  return octets;
}

describe(`octets that nobody meant, at a gateway (FUZZ_SEED=${SEED})`, () => {
  const [alice, bob] = [POLICIES, POLICIES.map(mirrored)].map((policies) => {
    const path = new DataPath(nodeProvider({ octets: new Uint8Array(memoryFor(LONGEST)) }));
    path.commit(...SAS.map(addSa), ...policies.map(addPolicy));
    return path;
  });
  if (alice === undefined || bob === undefined) throw new Error('Bug: no gateways');
  const carried = new Set(CLEAR.map(essence));

  test('what is genuine is delivered', () => {
    for (const clear of CLEAR) {
      const outcome = bob.receive(alice.seal(clear));
      if (typeof outcome === 'string') expect.fail(`${outcome} for ${toHex(clear)}`);
      expect(essence(outcome)).toBe(essence(clear));
    }
  });

  test('inbound: nothing throws, nothing gets past the tunnels', () => {
    const random = generator(SEED);
    let delivered = 0;
    for (let run = 0; run < RUNS; run++) {
      const seeds = random(4) === 0 ? FORGED : CLEAR;
      const seed = seeds[random(seeds.length)] ?? new Uint8Array(0);
      const octets = mutated(seeds === CLEAR ? alice.seal(seed) : seed, random);
      const outcome: Uint8Array | string = bob.receive(octets);
      if (typeof outcome === 'string') continue;
      delivered += 1;
      if (!carried.has(essence(outcome))) {
        expect.fail(`delivered ${toHex(outcome)} for ${toHex(octets)}`);
      }
    }
    // The oracle was asked.
    expect(delivered).toBeGreaterThan(RUNS / 100);
  });

  test('outbound: nothing throws, what is sealed opens to what it was', () => {
    const random = generator(SEED + 1);
    let sealed = 0;
    let same = 0;
    for (let run = 0; run < RUNS; run++) {
      const octets = mutated(CLEAR[random(CLEAR.length)] ?? new Uint8Array(0), random);
      const outcome = alice.send(octets);
      if (typeof outcome === 'string') {
        expect(outcome).toBe('out-error');
        continue;
      }
      sealed += 1;
      const opened: Uint8Array | string = bob.receive(outcome);
      const header = newIpHeader();
      readIp(header, octets, 0, octets.length);
      const whole = octets.subarray(0, header.totalLength);
      // Its inside may look like another layer for this host, and its checksum was mended.
      if (typeof opened === 'string') continue;
      if (essence(opened) !== essence(whole)) {
        expect.fail(`opened to ${toHex(opened)}, from ${toHex(octets)}`);
      }
      same += 1;
    }
    expect(same).toBeGreaterThan(sealed * 0.9);
    expect(sealed).toBeGreaterThan(RUNS / 3);
  });
});
