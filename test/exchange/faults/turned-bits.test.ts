/**
 * Somebody on the wire turns a bit: each bit of a packet, under every protection. What nobody vouches
 * for may change; all else is discarded for the right reason, and leaves no trace in the SA.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';
import { ENGINE_MEMORY_LENGTH } from '../../../src/dataplane/engine.ts';
import { u8 } from '../../../src/octets/octets.ts';
import { updateIpv4Checksum } from '../../../src/wire/ipv4.ts';
import type { EnginePair } from '../../support/engine-pair.ts';
import { fatesOf } from '../../support/fates.ts';
import {
  becomes,
  bobsSas,
  type NamedProtection,
  PROTECTIONS,
  pairUnder,
  sealedBy,
  smallPacket,
} from '../../support/protections.ts';
import { SUBJECTS } from '../../vectors/crypto-subjects.ts';

/** `octets` with one bit turned, and the header checksum made right again, as anybody can. */
function turned(octets: Uint8Array, bit: number): Uint8Array {
  const copy = octets.slice();
  copy[bit >> 3] = u8(copy, bit >> 3) ^ (0x80 >> (bit & 7));
  const ihl = u8(copy, 0) & 0x0f;
  if (u8(copy, 0) >>> 4 === 4 && ihl >= 5 && ihl * 4 <= copy.length && !isChecksum(bit)) {
    updateIpv4Checksum(copy, 0);
  }
  return copy;
}

const isChecksum = (bit: number) => bit >> 3 === 10 || bit >> 3 === 11;

/** What is delivered when nobody vouches for `bit`: in transport mode the header comes along. */
function bearing(protection: NamedProtection, packet: Uint8Array, bit: number): Uint8Array {
  const headerLength = protection.outer === 4 ? 20 : 40;
  const isTunnel = protection.layers.at(-1)?.tunnel !== undefined;
  return isTunnel || bit >= headerLength * 8 ? packet : turned(packet, bit);
}

/** Attacks Bob with every bit of one packet that must not be delivered, and looks at each outcome. */
function tryDiscarded(protection: NamedProtection, bob: EnginePair, sealed: Uint8Array): void {
  const before = bobsSas(bob);
  for (const [bit, fate] of fatesOf(protection, sealed.length).entries()) {
    if (fate === 'deliver') continue;
    const outcome = becomes(bob, turned(sealed, bit));
    expect(fate === 'lose' ? ['lose'] : fate, nameOf(bit)).toContain(outcome);
  }
  expect(bobsSas(bob)).toEqual(before);
}

const nameOf = (bit: number) => `octet ${bit >> 3}, bit ${bit & 7}`;

for (const { name: provider, provider: crypto } of SUBJECTS) {
  describe(`with ${provider}`, () => {
    test.each(PROTECTIONS)('any bit is turned: $name', (protection) => {
      const packet = smallPacket(protection);
      const provide = () => crypto(ENGINE_MEMORY_LENGTH);
      const [alice, bob] = [pairUnder(protection, provide), pairUnder(protection, provide)];
      const sealed = sealedBy(alice, packet);
      tryDiscarded(protection, bob, sealed);
      // The genuine one is as welcome as ever, once.
      expect(bob.attack(sealed)).toEqual([packet]);
      const fates = fatesOf(protection, sealed.length);
      for (const [bit, fate] of fates.entries()) {
        if (fate !== 'deliver') continue;
        const next = sealedBy(alice, packet);
        const expected = bearing(protection, packet, bit);
        expect(becomes(bob, turned(next, bit)), nameOf(bit)).toEqual(expected);
      }
    });
  });
}
