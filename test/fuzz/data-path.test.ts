/**
 * Octets that nobody meant, through inbound and outbound processing.
 *
 * The oracle for what is delivered: a packet for which a policy asks for protection must be what a
 * genuine packet carried; IP header fields that ESP does not cover may differ.
 *
 * @module
 */
import { randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { HMAC_SHA1 } from '../../src/crypto/hmac-sha1.ts';
import { nodeProvider } from '../../src/crypto/node-provider.ts';
import { NULL } from '../../src/crypto/null.ts';
import type { Policy } from '../../src/ipsec/policy.ts';
import { prefixCovers } from '../../src/net/prefix.ts';
import { toHex } from '../../src/octets/hex.ts';
import { setU8, setU16, u8, u16 } from '../../src/octets/octets.ts';
import { newIpHeader, readIp } from '../../src/wire/ip.ts';
import {
  ipv4ChecksumHolds,
  ipv4FragmentOffset,
  ipv4HeaderLength,
  ipv4Protocol,
  updateIpv4Checksum,
} from '../../src/wire/ipv4.ts';
import { DataPath, memoryFor } from '../support/data-path.ts';
import { generator } from '../support/generator.ts';
import { address, countedOctets, echoPacket, ipv4Packet, udpPacket } from '../support/packets.ts';
import {
  addPolicy,
  addSa,
  ahSa,
  cipherOf,
  espSa,
  integrityOf,
  layer,
  mirrored,
  policy,
  protect,
} from '../support/sas.ts';

const RUNS = 100_000;
const LONGEST = 600;
const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));

const PORT = { first: 5000, last: 5010 };
/** Everything between the hosts' networks, and one range of ports under two layers. */
const POLICIES: readonly Policy[] = [
  policy('outbound', protect(layer('esp'), layer('ah')), {
    nextLayerProtocol: 17,
    remotePort: PORT,
    priority: 1,
  }),
  policy('outbound', { kind: 'bypass' }, { nextLayerProtocol: 47, priority: 2 }),
  policy('outbound', protect(layer('esp', 'use'), layer('esp', 'require', 5)), {
    nextLayerProtocol: 1,
    priority: 3,
  }),
  policy('outbound', protect(layer('ah')), {
    localAddress: { address: address('10.9.0.0'), length: 24 },
    remoteAddress: { address: address('10.9.0.0'), length: 24 },
  }),
];
const SAS = [
  espSa({ replayWindow: 0 }),
  ahSa({ replayWindow: 0 }),
  espSa({
    spi: 0x205,
    reqid: 5,
    replayWindow: 0,
    encryption: cipherOf(NULL),
    integrity: integrityOf(HMAC_SHA1),
  }),
];

const alice = new DataPath(nodeProvider({ octets: new Uint8Array(memoryFor(LONGEST)) }));
const bob = new DataPath(nodeProvider({ octets: new Uint8Array(memoryFor(LONGEST)) }));
alice.commit(...SAS.map(addSa), ...POLICIES.map(addPolicy));
bob.commit(...SAS.map(addSa), ...POLICIES.map(mirrored).map(addPolicy));

const CLEAR: readonly Uint8Array[] = [
  udpPacket(countedOctets(40), { destinationPort: 5000 }),
  udpPacket(countedOctets(3), { destinationPort: 80 }),
  udpPacket(countedOctets(33), { options: Uint8Array.of(0x94, 4, 0, 0, 7, 3, 4, 0) }),
  echoPacket('request', 1, 56),
  ipv4Packet({ protocol: 47, payload: countedOctets(30) }),
  ipv4Packet({ protocol: 253, payload: countedOctets(0) }),
  ipv4Packet({ payload: countedOctets(24), fragment: { offset: 8, more: true } }),
  udpPacket(countedOctets(16), { destinationPort: 5000, fragment: { offset: 0, more: true } }),
];
const GENUINE: readonly Uint8Array[] = CLEAR.flatMap((clear) => {
  const sealed = alice.send(clear);
  return typeof sealed === 'string' ? [] : [sealed];
});
const CARRIED: ReadonlySet<string> = new Set(CLEAR.map(essence));
const SEEDS = [...CLEAR, ...GENUINE];

/** What the ICVs vouch for between them: addresses, protocol, payload. */
function essence(packet: Uint8Array): string {
  const ipLength = ipv4HeaderLength(packet, 0);
  const addresses = toHex(packet.subarray(12, 20));
  return `${ipv4Protocol(packet, 0)} ${addresses} ${toHex(packet.subarray(ipLength))}`;
}

/** Whether Bob's policies want `packet` protected, or gone: written anew, with nothing of the SPD. */
function isGuarded(packet: Uint8Array): boolean {
  const protocol = ipv4Protocol(packet, 0);
  const ipLength = ipv4HeaderLength(packet, 0);
  const between = (length: number, [from, to]: readonly [string, string]) =>
    prefixCovers({ address: address(from), length }, packet, 12) &&
    prefixCovers({ address: address(to), length }, packet, 16);
  const inside = between(32, ['10.9.0.1', '10.9.0.2']);
  if (inside && protocol === 17) {
    const hidden = ipv4FragmentOffset(packet, 0) > 0 || packet.length < ipLength + 4;
    const port = hidden ? PORT.first : u16(packet, ipLength + 2);
    if (port >= PORT.first && port <= PORT.last) return true;
  }
  if (inside && protocol === 47) return false;
  if (inside && protocol === 1) return true;
  return between(24, ['10.9.0.0', '10.9.0.0']);
}

/** A seed with a few octets changed, cut, lengthened or mixed with another; or no seed at all. */
function mutant(random: (below: number) => number): Uint8Array {
  const pick = () => SEEDS[random(SEEDS.length)] ?? new Uint8Array(0);
  const kind = random(10);
  if (kind === 0) return Uint8Array.from({ length: random(LONGEST) }, () => random(256));
  let octets = pick().slice();
  if (kind === 1) octets = octets.slice(0, random(octets.length + 1));
  if (kind === 2) {
    const other = pick();
    const cut = random(Math.min(octets.length, other.length));
    octets = Uint8Array.of(...octets.subarray(0, cut), ...other.subarray(cut));
  }
  if (kind === 3) octets = Uint8Array.of(...octets, ...countedOctets(random(64)));
  const changes = kind < 4 ? 0 : 1 + random(4);
  for (let k = 0; k < changes; k++) {
    const at = random(random(2) === 0 ? Math.min(octets.length, 48) : octets.length);
    setU8(octets, at, random(2) === 0 ? u8(octets, at) ^ (1 << random(8)) : random(256));
  }
  // Have the length and the checksum agree often, or little gets past the first check.
  if (octets.length >= 20 && random(3) > 0) {
    setU8(octets, 0, 0x40 | Math.max(5, u8(octets, 0) & 0x0f));
    setU16(octets, 2, octets.length);
    if (ipv4HeaderLength(octets, 0) <= octets.length) updateIpv4Checksum(octets, 0);
  }
  return octets;
}

describe(`octets that nobody meant (FUZZ_SEED=${SEED})`, () => {
  test('the seeds are what they should be', () => {
    expect(GENUINE).toHaveLength(5);
    for (const packet of GENUINE) expect(typeof bob.receive(packet)).not.toBe('string');
  });

  test('inbound: nothing throws, nothing gets past a policy', () => {
    const random = generator(SEED);
    let delivered = 0;
    let vouched = 0;
    for (let run = 0; run < RUNS; run++) {
      const octets = mutant(random);
      const outcome = bob.receive(octets);
      if (typeof outcome === 'string') continue;
      delivered += 1;
      if (!readIp(newIpHeader(), outcome, 0, outcome.length)) {
        expect.fail(`delivered no IP packet for ${toHex(octets)}`);
      }
      if (!isGuarded(outcome)) continue;
      vouched += 1;
      if (!CARRIED.has(essence(outcome))) {
        expect.fail(`delivered ${toHex(outcome)} for ${toHex(octets)}`);
      }
    }
    // The oracle was asked.
    expect(delivered).toBeGreaterThan(RUNS / 100);
    expect(vouched).toBeGreaterThan(RUNS / 1000);
  });

  test('outbound: nothing throws, what is sealed opens to what it was', () => {
    const random = generator(SEED + 1);
    let sealed = 0;
    for (let run = 0; run < RUNS; run++) {
      const octets = mutant(random);
      const outcome = alice.send(octets);
      if (typeof outcome === 'string') {
        if (outcome !== 'bypass' && outcome !== 'unmatched') continue;
        // What goes in the clear is what Bob's policies take in the clear.
        if (isGuarded(octets)) expect.fail(`${outcome} for ${toHex(octets)}`);
        continue;
      }
      if (!ipv4ChecksumHolds(outcome, 0)) expect.fail(`bad checksum for ${toHex(octets)}`);
      sealed += 1;
      if (sealed % 10 !== 0) continue;
      const opened = bob.receive(outcome);
      // A protocol number may make the inside look like another layer, or like a dummy packet.
      const inner = ipv4Protocol(octets, 0);
      if (typeof opened === 'string') {
        if (inner !== 50 && inner !== 51 && inner !== 59 && inner !== 108) {
          expect.fail(`${opened} for ${toHex(octets)}`);
        }
        continue;
      }
      const whole = octets.subarray(0, u16(octets, 2));
      if (inner !== 50 && inner !== 51 && inner !== 108 && essence(opened) !== essence(whole)) {
        expect.fail(`opened to ${toHex(opened)}, from ${toHex(octets)}`);
      }
    }
    expect(sealed).toBeGreaterThan(RUNS / 20);
  });
});
