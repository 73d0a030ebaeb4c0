import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../octets/hex.ts';
import { hostU16, hostU32, LITTLE_ENDIAN, setHostU32 } from '../octets/host.ts';
import { Malformed } from '../octets/malformed.ts';
import { concatenate } from '../octets/octets.ts';
import {
  attributeText,
  be32Attribute,
  nestedAttribute,
  octetsAttribute,
  parseAttributes,
  textAttribute,
  u8Attribute,
  u32Attribute,
} from './attribute.ts';
import { dumpAddresses, newAddress, parseHostAddress } from './host-address.ts';
import { linkUp, newVethPair } from './link.ts';
import { matchMark, matchPort, matchProtocol, setMark, verdict } from './nft-expression.ts';
import { flushChain, newCounter, newRule, nftBatch, parseCounter } from './nftables.ts';
import {
  emitNetlinkMessage,
  NLM_F,
  NLMSG,
  netlinkRequest,
  parseNetlinkMessages,
  parseNetlinkVerdict,
} from './nlmsg.ts';
import {
  deleteGatewayRoute,
  getRouteSource,
  newDefaultRoute,
  newGatewayRoute,
  newMarkRule,
  parseRouteSource,
} from './route.ts';

/** `value` as the hexadecimal digits of an integer of `octets` octets in host order. */
function host(value: number, octets: number): string {
  const pairs =
    value
      .toString(16)
      .padStart(octets * 2, '0')
      .match(/../g) ?? [];
  return (LITTLE_ENDIAN ? pairs.toReversed() : pairs).join('');
}

/** Header of an attribute. */
const nla = (length: number, type: number) => host(length, 2) + host(type, 2);

function parsed(octets: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const attributes = parseAttributes(octets);
  if (attributes instanceof Malformed) throw new TypeError(String(attributes));
  return attributes;
}

describe('attributes', () => {
  test('are padded to four octets, and their length is without the padding', () => {
    expect(toHex(u8Attribute(3, 0xfe))).toBe(`${nla(5, 3)}fe000000`);
    expect(toHex(textAttribute(1, 'ab'))).toBe(`${nla(7, 1)}61620000`);
    expect(toHex(u32Attribute(2, 0x01020304))).toBe(nla(8, 2) + host(0x01020304, 4));
    expect(toHex(be32Attribute(2, 0x01020304))).toBe(`${nla(8, 2)}01020304`);
    expect(toHex(nestedAttribute(5, [u8Attribute(1, 2)]))).toBe(
      `${nla(12, 0x8005)}${nla(5, 1)}02000000`,
    );
  });

  test('round-trip', () => {
    const lists = fc.uniqueArray(fc.tuple(fc.nat(0x3fff), fc.uint8Array({ maxLength: 40 })), {
      selector: ([type]) => type,
    });
    fc.assert(
      fc.property(lists, (list) => {
        const octets = concatenate(list.map(([type, value]) => octetsAttribute(type, value)));
        expect(octets.length % 4).toBe(0);
        expect(parsed(octets)).toEqual(new Map(list));
      }),
    );
  });

  test('are found under their own type whether nested or not, the last of several', () => {
    const found = parsed(concatenate([u8Attribute(5, 1), nestedAttribute(5, [])]));
    expect([...found]).toEqual([[5, new Uint8Array(0)]]);
  });

  test('cut short are malformed', () => {
    const octets = concatenate([u32Attribute(1, 7), textAttribute(2, 'lo')]);
    for (let length = 0; length < octets.length - 1; length++) {
      const found = parseAttributes(octets.subarray(0, length));
      const isBoundary = length < 4 || (length >= 8 && length < 12);
      expect(found instanceof Malformed, `${length} octets`).toBe(!isBoundary);
    }
  });

  test('never throw, and end on a length of zero', () => {
    expect(parseAttributes(new Uint8Array(8))).toBeInstanceOf(Malformed);
    fc.assert(fc.property(fc.uint8Array(), (octets) => void parseAttributes(octets)));
  });

  test('text ends at its NUL, or without', () => {
    expect(attributeText(Uint8Array.of(0x6c, 0x6f, 0, 0x78))).toBe('lo');
    expect(attributeText(Uint8Array.of(0x6c, 0x6f))).toBe('lo');
  });
});

describe('messages', () => {
  const request = netlinkRequest(0x1234, NLM_F.ACK, [Uint8Array.of(1, 2), Uint8Array.of(3)]);

  test('have header, payload and padding', () => {
    expect(toHex(emitNetlinkMessage(request, 0xfedcba98))).toBe(
      `${host(19, 4)}${host(0x1234, 2)}${host(5, 2)}${host(0xfedcba98, 4)}0000000001020300`,
    );
  });

  test('several in one datagram are read back', () => {
    const octets = concatenate([emitNetlinkMessage(request, 1), emitNetlinkMessage(request, 2)]);
    expect(parseNetlinkMessages(octets)).toEqual(
      [1, 2].map((sequence) => ({
        type: 0x1234,
        flags: 5,
        sequence,
        payload: Uint8Array.of(1, 2, 3),
      })),
    );
  });

  test('cut short are malformed', () => {
    const octets = emitNetlinkMessage(request, 1);
    for (let length = 16; length < 19; length++) {
      expect(parseNetlinkMessages(octets.subarray(0, length))).toBeInstanceOf(Malformed);
    }
    expect(parseNetlinkMessages(octets.subarray(0, 15))).toEqual([]);
    expect(parseNetlinkMessages(new Uint8Array(16))).toBeInstanceOf(Malformed);
  });

  test('never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(80), (octets, length) => {
        if (octets.length >= 4) setHostU32(octets, 0, length);
        const messages = parseNetlinkMessages(octets);
        if (messages instanceof Malformed) return;
        for (const message of messages) parseNetlinkVerdict(message);
      }),
    );
  });
});

describe('verdicts', () => {
  function errorMessage(errno: number, flags: number, rest: readonly Uint8Array[]) {
    const code = new Uint8Array(4);
    setHostU32(code, 0, -errno >>> 0);
    const payload = concatenate([code, ...rest]);
    return { type: NLMSG.ERROR, flags, sequence: 1, payload };
  }
  const quoted = emitNetlinkMessage(netlinkRequest(1, 0, [new Uint8Array(8)]), 1);
  const text = textAttribute(1, 'no such table');

  test('0 acknowledges', () => {
    expect(parseNetlinkVerdict(errorMessage(0, 0, [quoted]))).toEqual({ errno: 0, text: null });
  });

  test('an error is positive, with the sentence after the request it answers', () => {
    const whole = errorMessage(2, 0x200, [quoted, text]);
    expect(parseNetlinkVerdict(whole)).toEqual({ errno: 2, text: 'no such table' });
    const capped = errorMessage(22, 0x300, [quoted.subarray(0, 16), text]);
    expect(parseNetlinkVerdict(capped)).toEqual({ errno: 22, text: 'no such table' });
  });

  test('cut short is malformed', () => {
    const message = { type: NLMSG.ERROR, flags: 0, sequence: 1, payload: new Uint8Array(3) };
    expect(parseNetlinkVerdict(message)).toBeInstanceOf(Malformed);
  });
});

describe('nf_tables', () => {
  test('a rule is, octet for octet, what the format asks for', () => {
    const { type, flags, payload } = newRule('t', 'c', [
      ...matchProtocol(50),
      ...verdict('accept'),
    ]);
    expect([type, flags]).toEqual([0x0a06, NLM_F.CREATE | NLM_F.APPEND]);
    const meta = [
      nla(36, 0x8001), // list element
      `${nla(9, 1)}6d65746100000000`, // name: meta
      nla(20, 0x8002), // data
      `${nla(8, 2)}00000010`, // key: l4proto
      `${nla(8, 1)}00000001`, // to register 1
    ];
    const cmp = [
      nla(44, 0x8001),
      `${nla(8, 1)}636d7000`, // cmp
      nla(32, 0x8002),
      `${nla(8, 1)}00000001`, // register 1
      `${nla(8, 2)}00000000`, // equals
      nla(12, 0x8003), // data
      `${nla(5, 1)}32000000`, // value: 50
    ];
    const immediate = [
      nla(48, 0x8001),
      `${nla(14, 1)}696d6d656469617465000000`, // immediate
      nla(28, 0x8002),
      `${nla(8, 1)}00000000`, // to the verdict register
      nla(16, 0x8002), // data
      nla(12, 0x8002), // verdict
      `${nla(8, 1)}00000001`, // NF_ACCEPT
    ];
    const rule = [
      '01000000', // nfgenmsg: inet
      `${nla(6, 1)}74000000`,
      `${nla(6, 2)}63000000`,
      nla(4 + 36 + 44 + 48, 0x8004), // expressions
      ...meta,
      ...cmp,
      ...immediate,
    ];
    expect(toHex(payload)).toBe(rule.join(''));
  });

  test('a mark is compared under its mask, and set beside the other bits', () => {
    const hex = (...list: readonly (readonly Uint8Array[])[]) =>
      toHex(concatenate(list.map((expression) => concatenate(expression))));
    const match = hex(...matchMark(0x10, 0xf0));
    expect(match).toContain(`${nla(12, 0x8004)}${nla(8, 1)}${host(0xf0, 4)}`);
    expect(match).toContain(`${nla(12, 0x8003)}${nla(8, 1)}${host(0x10, 4)}`);
    const set = hex(...setMark(0x10, 0xf0));
    expect(set).toContain(`${nla(12, 0x8004)}${nla(8, 1)}${host(0xffffff0f, 4)}`);
    expect(set).toContain(`${nla(12, 0x8005)}${nla(8, 1)}${host(0x10, 4)}`);
  });

  test('one port is compared, a range from both sides', () => {
    expect(matchPort(2, 5901, 5901)).toHaveLength(2);
    const range = matchPort(0, 1000, 2000);
    expect(range).toHaveLength(3);
    const data = range.slice(1).map((expression) => toHex(concatenate(expression)));
    expect(data[0]).toContain(`${nla(8, 2)}00000005`); // >=
    expect(data[0]).toContain('03e8');
    expect(data[1]).toContain(`${nla(8, 2)}00000003`); // <=
    expect(data[1]).toContain('07d0');
  });

  test('a batch is its requests between two marks', () => {
    const flush = flushChain('t', 'c');
    const [begin, middle, end] = nftBatch([flush]);
    expect([begin?.type, end?.type, middle]).toEqual([0x10, 0x11, flush]);
    expect(toHex(begin?.payload ?? new Uint8Array(0))).toBe('0000000a');
  });

  test('a counter is read from 64 bits in network order', () => {
    const message = (parts: readonly Uint8Array[]) => ({
      type: 0x0a12,
      flags: 0,
      sequence: 1,
      payload: concatenate([new Uint8Array(4), ...parts]),
    });
    const value = octetsAttribute(2, Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2));
    const whole = message([textAttribute(2, 'drops'), nestedAttribute(4, [value])]);
    expect(parseCounter(whole)).toEqual({ name: 'drops', packets: 2 ** 32 + 2 });
    expect(parseCounter(message([textAttribute(2, 'drops')]))).toBeInstanceOf(Malformed);
    expect(parseCounter(message([nestedAttribute(4, [value])]))).toBeInstanceOf(Malformed);
    expect(newCounter('t', 'drops').flags).toBe(NLM_F.CREATE);
  });
});

describe('rtnetlink', () => {
  test('brings a link up, with an MTU or without', () => {
    const { type, payload } = linkUp(7, 1400);
    expect(type).toBe(16);
    expect([4, 8, 12].map((at) => hostU32(payload, at))).toEqual([7, 1, 1]);
    expect(hostU32(parsed(payload.subarray(16)).get(4) ?? new Uint8Array(4), 0)).toBe(1400);
    expect(linkUp(7).payload).toHaveLength(16);
  });

  test('gives an address', () => {
    const { payload } = newAddress(3, { version: 4, octets: Uint8Array.of(10, 9, 0, 1) }, 24);
    expect([payload[0], payload[1], hostU32(payload, 4)]).toEqual([2, 24, 3]);
    const attributes = parsed(payload.subarray(8));
    expect([attributes.get(1), attributes.get(2)].map((octets) => octets?.join('.'))).toEqual([
      '10.9.0.1',
      '10.9.0.1',
    ]);
  });

  test('reads addresses, and whether packets may come from them yet', () => {
    const told = (header: readonly number[], attributes: readonly Uint8Array[]) =>
      parseHostAddress({
        type: 20,
        flags: 0,
        sequence: 1,
        payload: concatenate([Uint8Array.from(header), ...attributes]),
      });
    const own = octetsAttribute(2, Uint8Array.of(10, 9, 0, 1));
    const peer = octetsAttribute(1, Uint8Array.of(10, 9, 0, 2));
    const ipv4 = { version: 4, octets: Uint8Array.of(10, 9, 0, 1) };
    expect(told([2, 24, 0x80, 0, 1, 0, 0, 0], [peer, own])).toEqual({
      index: 1,
      address: ipv4,
      usable: true,
    });
    const octets = Uint8Array.of(0xfd, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    const ipv6 = { version: 6, octets };
    const only = octetsAttribute(1, octets);
    expect(told([10, 64, 0x40, 0, 1, 0, 0, 0], [only])).toEqual({
      index: 1,
      address: ipv6,
      usable: false,
    });
    // The attribute has more flags than the octet, and is right.
    const permanent = u32Attribute(8, 0x280);
    expect(told([10, 64, 0x48, 0, 1, 0, 0, 0], [only, permanent])).toEqual({
      index: 1,
      address: ipv6,
      usable: true,
    });
    expect(told([7, 0, 0, 0, 1, 0, 0, 0], [])).toBeNull();
    expect(told([2, 24, 0, 0, 1, 0, 0, 0], [])).toBeInstanceOf(Malformed);
    expect(told([2, 24, 0, 0], [])).toBeInstanceOf(Malformed);
    expect([dumpAddresses(4), dumpAddresses(6)].map(({ payload }) => payload[0])).toEqual([2, 10]);
  });

  test('makes both ends of a veth pair', () => {
    const attributes = parsed(newVethPair('a', 'b', 42).payload.subarray(16));
    expect(attributeText(attributes.get(3) ?? new Uint8Array(0))).toBe('a');
    const info = parsed(attributes.get(18) ?? new Uint8Array(0));
    expect(attributeText(info.get(1) ?? new Uint8Array(0))).toBe('veth');
    const peer = parsed(info.get(2) ?? new Uint8Array(0)).get(1) ?? new Uint8Array(0);
    const other = parsed(peer.subarray(16));
    expect(attributeText(other.get(3) ?? new Uint8Array(0))).toBe('b');
    expect(hostU32(other.get(28) ?? new Uint8Array(4), 0)).toBe(42);
  });

  test('routes marked packets by a table of their own', () => {
    const rule = newMarkRule(4, { priority: 100, mark: 0x10, mask: 0xf0, table: 5000 });
    expect([rule.type, rule.payload[0], rule.payload[7]]).toEqual([32, 2, 1]);
    const attributes = parsed(rule.payload.subarray(12));
    const numbers = [6, 10, 16, 15].map((type) => attributes.get(type) ?? new Uint8Array(4));
    expect(numbers.map((octets) => hostU32(octets, 0))).toEqual([100, 0x10, 0xf0, 5000]);
  });

  test('a default route leads to an interface or is prohibited', () => {
    const through = newDefaultRoute(4, { table: 5000, metric: 1, index: 9 });
    expect([through.payload[6], through.payload[7]]).toEqual([253, 1]);
    expect(hostU32(parsed(through.payload.subarray(12)).get(4) ?? new Uint8Array(4), 0)).toBe(9);
    const refused = newDefaultRoute(6, { table: 5000, metric: 2, index: null });
    expect([refused.payload[0], refused.payload[6], refused.payload[7]]).toEqual([10, 0, 8]);
    expect(parsed(refused.payload.subarray(12)).has(4)).toBe(false);
    expect(hostU16(refused.payload.subarray(12), 0)).toBe(8);
  });

  test('a route has its gateway and source, and is removed as it was added', () => {
    const route = {
      destination: { address: { version: 4, octets: Uint8Array.of(10, 2, 0, 0) }, length: 16 },
      gateway: { version: 4, octets: Uint8Array.of(10, 1, 0, 1) },
      source: { version: 4, octets: Uint8Array.of(10, 1, 0, 1) },
    } as const;
    const [added, removed] = [newGatewayRoute(route), deleteGatewayRoute(route)];
    // Family, length; protocol boot, scope global, type unicast.
    expect([...added.payload.subarray(0, 8)]).toEqual([2, 16, 0, 0, 0, 3, 0, 1]);
    // Whatever protocol made it, in whatever scope.
    expect([...removed.payload.subarray(0, 8)]).toEqual([2, 16, 0, 0, 0, 0, 255, 1]);
    for (const { payload } of [added, removed]) {
      const attributes = parsed(payload.subarray(12));
      expect(attributes.get(1)).toEqual(route.destination.address.octets);
      expect(attributes.get(5)).toEqual(route.gateway.octets);
      expect(attributes.get(7)).toEqual(route.source.octets);
    }
  });

  test('the source of an answer is an address of either family, or none', () => {
    const asked = getRouteSource({ version: 4, octets: Uint8Array.of(192, 0, 2, 2) });
    expect([...asked.payload.subarray(0, 2)]).toEqual([2, 32]);
    const answer = (...attributes: Uint8Array[]) =>
      parseRouteSource({
        type: 24,
        flags: 0,
        sequence: 1,
        payload: Uint8Array.from([...new Uint8Array(12), ...attributes.flatMap((one) => [...one])]),
      });
    const four = Uint8Array.of(10, 1, 0, 1);
    const six = Uint8Array.from({ length: 16 }, (_, k) => k);
    expect(answer(octetsAttribute(7, four))).toEqual({ version: 4, octets: four });
    expect(answer(octetsAttribute(7, six))).toEqual({ version: 6, octets: six });
    expect(answer(octetsAttribute(7, Uint8Array.of(1)))).toBeNull();
    expect(answer()).toBeNull();
    expect(answer(Uint8Array.of(2, 0, 7, 0))).toBeInstanceOf(Malformed);
  });
});
