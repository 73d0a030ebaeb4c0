/**
 * Packets cut at every octet, with octets behind their end, of the greatest length, and made to grow:
 * whatever the headers say of the length, nothing forged is delivered and nothing throws.
 *
 * @module
 */
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { IP_PROTOCOL } from '../../../src/net/ip-protocol.ts';
import { sameOctets, setU16 } from '../../../src/octets/octets.ts';
import { updateIpv4Checksum } from '../../../src/wire/ipv4.ts';
import { countedOctets, ipPacket } from '../../support/packets.ts';
import {
  becomes,
  bobsSas,
  endsOf,
  incompressible,
  type NamedProtection,
  outermostSa,
  PROTECTIONS,
  pairUnder,
  sealedBy,
  smallPacket,
} from '../../support/protections.ts';
import { sealing } from '../../support/sealing.ts';

const LONGEST = 0xffff;
const headerLengthOf = ({ outer }: NamedProtection) => (outer === 4 ? 20 : 40);
const isInUdp = (protection: NamedProtection) => outermostSa(protection).encapsulation !== null;

/** `octets` whose IP header says that they are the whole packet. */
function whole(protection: NamedProtection, octets: Uint8Array): Uint8Array {
  const copy = octets.slice();
  if (protection.outer === 6) {
    setU16(copy, 4, copy.length - 40);
  } else {
    setU16(copy, 2, copy.length);
    updateIpv4Checksum(copy, 0);
  }
  return copy;
}

/** As {@link whole}, and the UDP header says so, too. */
function wholeDatagram(protection: NamedProtection, octets: Uint8Array): Uint8Array {
  const copy = whole(protection, octets);
  const headerLength = headerLengthOf(protection);
  if (isInUdp(protection) && copy.length >= headerLength + 8) {
    setU16(copy, headerLength + 4, copy.length - headerLength);
  }
  return copy;
}

/** Not whole any more: the header cannot be right, or the ICV. In UDP it may be no ESP at all. */
function unwelcome(protection: NamedProtection): readonly string[] {
  const reasons = ['in-hdr-error', 'in-state-proto-error'];
  return isInUdp(protection) ? [...reasons, 'in-tmpl-mismatch', 'in-pol-block'] : reasons;
}

const WAYS = PROTECTIONS.filter(({ outer, inner }) => outer === inner);
const INCOMPRESSIBLE = incompressible(LONGEST);

describe('cut at every octet', () => {
  test.each(PROTECTIONS)('$name', (protection) => {
    const packet = smallPacket(protection);
    const sealed = sealedBy(pairUnder(protection), packet);
    const pair = pairUnder(protection);
    const before = bobsSas(pair);
    for (let length = 0; length < sealed.length; length++) {
      const cut = sealed.slice(0, length);
      expect(becomes(pair, cut), `${length} octets`).toBe('lose');
      if (length < headerLengthOf(protection)) continue;
      for (const mended of [whole(protection, cut), wholeDatagram(protection, cut)]) {
        expect(unwelcome(protection), `${length} octets`).toContain(becomes(pair, mended));
      }
    }
    expect(bobsSas(pair)).toEqual(before);
    expect(becomes(pair, sealed)).toEqual(packet);
  });
});

describe('octets behind the end', () => {
  test.each(PROTECTIONS)('$name', (protection) => {
    const packet = smallPacket(protection);
    const alice = pairUnder(protection);
    const pair = pairUnder(protection);
    for (const extra of [1, 2, 3, 4, 8, 16, 46, 300]) {
      const sealed = sealedBy(alice, packet);
      const longer = Uint8Array.of(...sealed, ...countedOctets(extra));
      const before = bobsSas(pair);
      const forged = becomes(pair, wholeDatagram(protection, longer));
      expect(unwelcome(protection), `${extra} more`).toContain(forged);
      expect(bobsSas(pair)).toEqual(before);
      // As link layers pad, behind what the IP header counts; or what the UDP header counts.
      const padded = isInUdp(protection) ? whole(protection, longer) : longer;
      expect(becomes(pair, padded)).toEqual(packet);
    }
  });
});

describe('the longest packets', () => {
  test.each(PROTECTIONS)('of junk: $name', (protection) => {
    const packet = smallPacket(protection);
    const sealed = sealedBy(pairUnder(protection), packet);
    const pair = pairUnder(protection);
    pair.wire.mtu = 2 * LONGEST;
    const before = bobsSas(pair);
    for (const length of [9000, LONGEST - 1, LONGEST]) {
      const long = new Uint8Array(length);
      long.set(sealed);
      expect(unwelcome(protection)).toContain(becomes(pair, wholeDatagram(protection, long)));
    }
    // More than any packet may have: of IPv6, the header can say so.
    const over = new Uint8Array(LONGEST + 1);
    over.set(sealed);
    setU16(over, protection.outer === 6 ? 4 : 2, LONGEST);
    if (protection.outer === 4) updateIpv4Checksum(over, 0);
    expect(becomes(pair, over)).toBe('lose');
    expect(bobsSas(pair)).toEqual(before);
    expect(becomes(pair, sealed)).toEqual(packet);
  });

  test.each(WAYS)('of the host, too long once protected, or not: $name', (protection) => {
    const pair = pairUnder(protection);
    const [source, destination] = endsOf(protection);
    const headerLength = protection.inner === 4 ? 20 : 40;
    const ofLength = (length: number) => {
      const payload = INCOMPRESSIBLE.subarray(0, length - headerLength);
      return ipPacket({ source, destination, protocol: 253, payload });
    };
    let [most, tooMany, refused] = [LONGEST - 200, LONGEST, 0];
    while (tooMany - most > 1) {
      const length = (most + tooMany) >> 1;
      const packet = ofLength(length);
      const [delivered] = pair.send('alice', packet);
      if (delivered === undefined) {
        tooMany = length;
        refused += 1;
      } else {
        most = length;
        expect(sameOctets(delivered, packet)).toBe(true);
      }
    }
    expect(most).toBeGreaterThan(LONGEST - 200);
    expect(pair.send('alice', ofLength(LONGEST))).toEqual([]);
    expect(pair.alice.engine.discards()).toEqual({ 'out-error': refused + 1 });
    expect(pair.bob.engine.discards()).toEqual({});
  });
});

describe('what grows when it is inflated (RFC 3173)', () => {
  const protections = PROTECTIONS.filter(({ layers }) => layers[0]?.protocol === 'ipcomp');
  const CPI = [0x10, 0x01];

  /** An IPComp payload that gets much longer. */
  const compressed = (payload: Uint8Array, nextHeader: number) =>
    Uint8Array.of(nextHeader, 0, ...CPI, ...deflateRawSync(payload, { windowBits: 11 }));

  test.each(protections)('beyond what a packet can hold: $name', (protection) => {
    const pair = pairUnder(protection);
    pair.wire.mtu = LONGEST;
    const seal = sealing(outermostSa(protection));
    const most = LONGEST - headerLengthOf(protection);
    let number = 0;
    const grown = (length: number) => {
      number += 1;
      const payload = compressed(new Uint8Array(length), 253);
      return becomes(pair, seal(number, payload, IP_PROTOCOL.ipcomp));
    };
    expect(grown(most)).toHaveLength(LONGEST);
    expect(grown(most + 1)).toBe('in-hdr-error');
    expect(grown(LONGEST + 1)).toBe('in-state-proto-error');
    expect(grown(5_000_000)).toBe('in-state-proto-error');
    expect(grown(500)).toHaveLength(500 + headerLengthOf(protection));
  });

  test.each(protections)('again and again: $name', (protection) => {
    const pair = pairUnder(protection);
    pair.wire.mtu = LONGEST;
    const seal = sealing(outermostSa(protection));
    const nested = (times: number) => {
      let payload: Uint8Array = new Uint8Array(400);
      let nextHeader = 253;
      for (let k = 0; k < times; k++) {
        // The inner it is, the more of zeros: each time it gets longer.
        const zeros = new Uint8Array(6000 - 80 * k);
        payload = compressed(Uint8Array.of(...payload, ...zeros), nextHeader);
        nextHeader = IP_PROTOCOL.ipcomp;
      }
      return payload;
    };
    // ESP, and five more.
    expect(becomes(pair, seal(1, nested(5), IP_PROTOCOL.ipcomp))).toHaveLength(
      6400 + headerLengthOf(protection),
    );
    expect(becomes(pair, seal(2, nested(6), IP_PROTOCOL.ipcomp))).toBe('in-hdr-error');
    expect(becomes(pair, seal(3, nested(60), IP_PROTOCOL.ipcomp))).toBe('in-hdr-error');
  });

  test.each(protections)('or is not deflated at all: $name', (protection) => {
    const pair = pairUnder(protection);
    const seal = sealing(outermostSa(protection));
    const outcome = (number: number, ...octets: number[]) =>
      becomes(pair, seal(number, Uint8Array.from(octets), IP_PROTOCOL.ipcomp));
    expect(outcome(1)).toBe('in-hdr-error');
    expect(outcome(2, 17, 0, 0x10)).toBe('in-hdr-error');
    expect(outcome(3, 17, 0, 0x77, 0x77, 1, 2, 3)).toBe('in-no-states');
    expect(outcome(4, 17, 0, ...CPI)).toBe('in-state-proto-error');
    expect(outcome(5, 17, 0, ...CPI, 0xff, 0xff, 0xff, 0xff)).toBe('in-state-proto-error');
  });
});
