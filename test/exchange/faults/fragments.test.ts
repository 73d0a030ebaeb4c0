/**
 * Fragments that overlap, come twice, are tiny, never end or begin far out: on the wire, where a host
 * puts them together before it looks for AH and ESP (RFC 4303 §3.4.1), and inside tunnels, where
 * they are somebody else's.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';
import { IP_PROTOCOL } from '../../../src/net/ip-protocol.ts';
import { u16 } from '../../../src/octets/octets.ts';
import { newIpHeader, readIp } from '../../../src/wire/ip.ts';
import { ENDS, INSIDE } from '../../support/data-path-pair.ts';
import { EnginePair } from '../../support/engine-pair.ts';
import { generator } from '../../support/generator.ts';
import { layerSas } from '../../support/layers.ts';
import { countedOctets, ipPacket, udpPacket } from '../../support/packets.ts';
import {
  becomes,
  endsOf,
  incompressible,
  type NamedProtection,
  outermostSa,
  PROTECTIONS,
  pairUnder,
  sealedBy,
} from '../../support/protections.ts';
import { addPolicy, addSa, mirrored, policy, protect, tunnel } from '../../support/sas.ts';
import { sealingPackets } from '../../support/sealing.ts';

const FRAGMENT_UNIT = 8;
const LENGTH = 3000;

/** Different from each other by their identification, which tells the fragments of IPv4 apart. */
function largePacket(protection: NamedProtection, identification = 0x4a11): Uint8Array {
  const [source, destination] = endsOf(protection);
  return udpPacket(incompressible(LENGTH), { source, destination, identification });
}

/** What Alice's engine makes of a packet that does not fit the wire. */
function fragmentsOf(protection: NamedProtection, packet: Uint8Array): Uint8Array[] {
  const pair = pairUnder(protection);
  sealedBy(pair, packet);
  return pair.seen.map(({ octets }) => octets);
}

/** A protected packet cut by hand, `chunk` octets in each fragment but the last. */
function cutInto(sealed: Uint8Array, chunk: number, identification?: number): Uint8Array[] {
  const header = newIpHeader();
  readIp(header, sealed, 0, sealed.length);
  const payload = sealed.subarray(header.length);
  const pieces: Uint8Array[] = [];
  for (let offset = 0; offset < payload.length; offset += chunk) {
    const end = Math.min(payload.length, offset + chunk);
    const more = end < payload.length;
    pieces.push(piece(sealed, payload.subarray(offset, end), offset, more, identification));
  }
  return pieces;
}

/** A fragment that goes where `sealed` goes; of the same packet, unless told otherwise. */
function piece(
  sealed: Uint8Array,
  payload: Uint8Array,
  offset: number,
  more: boolean,
  another?: number,
): Uint8Array {
  const header = newIpHeader();
  readIp(header, sealed, 0, sealed.length);
  // Of IPv4 it is in the header, and AH vouches for it.
  const identification = another ?? (header.version === 4 ? u16(sealed, 4) : 0x77);
  const { version, sourceAt, destinationAt, nextLayerProtocol: protocol } = header;
  const address = (at: number) => ({
    version,
    octets: sealed.slice(at, at + (version === 4 ? 4 : 16)),
  });
  return ipPacket({
    ...{ source: address(sourceAt), destination: address(destinationAt), protocol },
    ...{ payload, identification, fragment: { offset, more } },
  });
}

const WAYS = PROTECTIONS.filter(({ outer, inner }) => outer === inner);

describe('on the wire', () => {
  test.each(WAYS)('in any order, each once or again: $name', (protection) => {
    const packet = largePacket(protection);
    const fragments = fragmentsOf(protection, packet);
    expect(fragments.length).toBeGreaterThan(2);
    const reversed = fragments.toReversed();
    for (const order of [fragments, reversed, fragments.flatMap((each) => [each, each])]) {
      const pair = pairUnder(protection);
      const outcomes = order.map((fragment) => becomes(pair, fragment));
      expect(outcomes.filter((outcome) => outcome !== 'lose')).toEqual([packet]);
    }
  });

  test.each(WAYS)('one of them missing: $name', (protection) => {
    const packet = largePacket(protection);
    const fragments = fragmentsOf(protection, packet);
    for (const missing of fragments) {
      const pair = pairUnder(protection);
      for (const fragment of fragments) {
        if (fragment !== missing) expect(becomes(pair, fragment)).toBe('lose');
      }
      expect(becomes(pair, missing)).toEqual(packet);
    }
  });

  test.each(WAYS)('overlapping, be it by an octet: $name', (protection) => {
    const alice = widePair(protection);
    const sealed = sealedBy(alice, largePacket(protection));
    const next = largePacket(protection, 0x4a12);
    const fragmentsOfNext = cutInto(sealedBy(alice, next), 1024, nextIdentification(protection));
    const fragments = cutInto(sealed, 1024);
    const header = newIpHeader();
    readIp(header, sealed, 0, sealed.length);
    const payload = sealed.subarray(header.length);
    const over = (from: number, to: number) =>
      piece(sealed, payload.subarray(from, to), from, to < payload.length);
    const changed = piece(sealed, new Uint8Array(1024), 1024, true);
    // What is there already, in other pieces, or other octets in its place (RFC 5722 §3, RFC 1858 §3).
    for (const other of [
      over(0, 1032),
      over(1016, 2048),
      over(8, 16),
      over(2040, LENGTH),
      changed,
    ]) {
      const pair = pairUnder(protection);
      const first = fragments[0] ?? sealed;
      const second = fragments[1] ?? sealed;
      expect(becomes(pair, first)).toBe('lose');
      expect(becomes(pair, second)).toBe('lose');
      for (const fragment of [other, ...fragments.slice(2)]) {
        expect(becomes(pair, fragment)).toBe('lose');
      }
      // The next packet is none the worse for it.
      const outcomes = fragmentsOfNext.map((fragment) => becomes(pair, fragment));
      expect(outcomes.at(-1)).toEqual(next);
    }
  });

  test.each(WAYS)('tiny: $name', (protection) => {
    const [source, destination] = endsOf(protection);
    const packet = udpPacket(incompressible(200), { source, destination });
    const sealed = sealedBy(widePair(protection), packet);
    const pair = pairUnder(protection);
    const outcomes = cutInto(sealed, FRAGMENT_UNIT).map((fragment) => becomes(pair, fragment));
    expect(outcomes.filter((outcome) => outcome !== 'lose')).toEqual([packet]);
    // Less than a unit, or nothing, and more to come: no host makes such.
    for (const length of [0, 1, 7, 9]) {
      expect(becomes(pair, piece(sealed, new Uint8Array(length), 0, true, 5))).toBe('lose');
    }
  });

  test.each(WAYS)('beyond the end of any packet: $name', (protection) => {
    const packet = largePacket(protection);
    const sealed = sealedBy(widePair(protection), packet);
    const pair = pairUnder(protection);
    for (const [offset, length] of [
      [0xfff8, 8],
      [0xfff8, 1000],
      [0xfc00, 1024],
      [0xff00, 240],
    ] as const) {
      for (const more of [true, false]) {
        expect(becomes(pair, piece(sealed, new Uint8Array(length), offset, more, offset))).toBe(
          'lose',
        );
      }
    }
    const outcomes = cutInto(sealed, 1024).map((fragment) => becomes(pair, fragment));
    expect(outcomes.at(-1)).toEqual(packet);
  });

  test.each(WAYS)('thousands that never end: $name', (protection) => {
    const packet = largePacket(protection);
    const sealed = sealedBy(widePair(protection), packet);
    const pair = pairUnder(protection);
    const random = generator(3);
    const junk = Array.from({ length: 64 }, (_, k) =>
      piece(sealed, new Uint8Array(8 * (1 + random(100))), 8 * random(8000), random(2) === 0, k),
    );
    for (let round = 0; round < 20; round++) {
      for (const fragment of junk) expect(becomes(pair, fragment)).toBe('lose');
    }
    const outcomes = cutInto(sealed, 1024).map((fragment) => becomes(pair, fragment));
    expect(outcomes.at(-1)).toEqual(packet);
  });
});

/** Of IPv6 only the fragments have one. */
function nextIdentification({ outer }: NamedProtection): number | undefined {
  return outer === 4 ? undefined : 0x78;
}

/** As {@link pairUnder}, on a wire that takes everything in one piece. */
function widePair(protection: NamedProtection): EnginePair {
  const pair = pairUnder(protection);
  pair.wire.mtu = 0xffff;
  return pair;
}

describe('inside a tunnel', () => {
  const tunnels = PROTECTIONS.filter(({ layers }) => layers[0]?.tunnel !== undefined);

  /** Fragments as nobody should make them, from one host behind a gateway to another. */
  function odd(protection: NamedProtection, protocol: number): Uint8Array[] {
    const [source, destination] = endsOf(protection);
    const fragment = (offset: number, length: number, more: boolean) =>
      ipPacket({
        ...{ source, destination, protocol, payload: countedOctets(length) },
        fragment: { offset, more },
      });
    return [
      ...[
        fragment(0, 8, true),
        fragment(0, 8, true),
        fragment(8, 800, true),
        fragment(16, 16, true),
      ],
      ...[fragment(0xfff8, 8, true), fragment(0xfff8, 1000, false), fragment(24, 0, false)],
    ];
  }

  test.each(tunnels)('they are the host’s, whatever they are: $name', (protection) => {
    const pair = pairUnder(protection);
    const seal = sealingPackets(outermostSa(protection));
    let number = 0;
    // A part of a protected packet is a part like any other, here on its way to somebody else.
    for (const protocol of [IP_PROTOCOL.udp, IP_PROTOCOL.esp, IP_PROTOCOL.ah, IP_PROTOCOL.ipcomp]) {
      for (const fragment of odd(protection, protocol)) {
        number += 1;
        expect(becomes(pair, seal(number, fragment))).toEqual(fragment);
      }
    }
  });

  test.each([4, 6] as const)('they are no way around a policy for a port, of IPv%i', (version) => {
    const [source, destination] = ENDS[4];
    const esp = { protocol: 'esp', tunnel: ['10.9.0.1', '10.9.0.2'] } as const;
    const [sa] = layerSas({ between: ['10.1.0.9', '10.2.0.9'], layers: [esp] });
    if (sa === undefined) throw new Error('Bug: no SA');
    const out = policy('outbound', protect(tunnel('esp', source, destination)), {
      ...{ nextLayerProtocol: IP_PROTOCOL.udp, remotePort: { first: 80, last: 80 } },
      localAddress: { address: INSIDE[version].source, length: version === 4 ? 32 : 128 },
      remoteAddress: { address: INSIDE[version].destination, length: version === 4 ? 32 : 128 },
    });
    const pair = new EnginePair();
    pair.commit([], [addSa(sa), addPolicy(mirrored(out))]);
    const seal = sealingPackets(sa);
    const ends = INSIDE[version];
    const datagram = udpPacket(countedOctets(100), { ...ends, destinationPort: 80 });
    const header = newIpHeader();
    readIp(header, datagram, 0, datagram.length);
    const payload = datagram.subarray(header.nextLayerAt);
    const part = (from: number, to: number, more: boolean) =>
      ipPacket({ ...ends, payload: payload.subarray(from, to), fragment: { offset: from, more } });
    expect(becomes(pair, seal(1, datagram))).toEqual(datagram);
    // Ports shown, and the right ones.
    expect(becomes(pair, seal(2, part(0, 8, true)))).toEqual(part(0, 8, true));
    expect(becomes(pair, seal(3, part(8, 108, false)))).toBe('in-tmpl-mismatch');
    expect(becomes(pair, seal(4, part(0, 0, true)))).toBe('in-tmpl-mismatch');
    // Nor in the clear.
    expect(becomes(pair, datagram)).toBe('in-tmpl-mismatch');
  });
});
