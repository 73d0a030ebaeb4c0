import { describe, expect, test } from 'vitest';
import { address } from '../../../test/support/packets.ts';
import { layer, policy, protect } from '../../../test/support/sas.ts';
import type { Action, Policy } from '../../ipsec/policy.ts';
import { type Carriers, NO_CARRIERS } from '../../ipsec/sa-parameters.ts';
import type { Direction, Selector } from '../../ipsec/selector.ts';
import { hostPrefix } from '../../net/prefix.ts';
import { attributeText, parseAttributes } from '../../netlink/attribute.ts';
import { toHex } from '../../octets/hex.ts';
import { hostU16 } from '../../octets/host.ts';
import { Malformed } from '../../octets/malformed.ts';
import { GUARD_COUNTERS, LEAST_IN_SET, rulesetFor } from './ruleset.ts';

const NEWCHAIN = 0x0a03;
const NEWRULE = 0x0a06;
const DELRULE = 0x0a08;
const NEWSETELEM = 0x0a0c;
const NEWOBJ = 0x0a12;

/** A rule as the names of its expressions, with the counter or verdict it ends in. */
type Line = string;

function attributes(octets: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const found = parseAttributes(octets);
  if (found instanceof Malformed) throw new TypeError(String(found));
  return found;
}

const NONE = new Uint8Array(0);

/** The elements of a list: `parseAttributes` keeps one of a type alone. */
function* elements(octets: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < octets.length; ) {
    const length = hostU16(octets, at);
    yield octets.subarray(at + 4, at + length);
    at += (length + 3) & ~3;
  }
}

/** The rules of chain `name`, in order. */
function rulesOf(
  policies: readonly Policy[],
  name: string,
  carriers: Partial<Carriers> = {},
): Line[] {
  return rulesetFor(policies, { ...NO_CARRIERS, ...carriers })
    .filter(({ type }) => type === NEWRULE)
    .map(({ payload }) => attributes(payload.subarray(4)))
    .filter((rule) => attributeText(rule.get(2) ?? NONE) === name)
    .map((rule) => [...elements(rule.get(4) ?? NONE)].map(describeExpression).join(' '));
}

function describeExpression(octets: Uint8Array): string {
  const expression = attributes(octets);
  const name = attributeText(expression.get(1) ?? NONE);
  const data = attributes(expression.get(2) ?? NONE);
  if (name === 'objref') return attributeText(data.get(2) ?? NONE);
  if (name === 'immediate') {
    const verdict = attributes(attributes(data.get(2) ?? NONE).get(2) ?? NONE);
    const chain = verdict.get(2);
    if (chain !== undefined) return `jump-${attributeText(chain)}`;
    return verdict.get(1)?.[3] === 1 ? 'accept' : 'drop';
  }
  if (name === 'meta') {
    const key = data.get(2)?.[3] ?? 0;
    const known: Record<number, string> = { 3: 'mark', 6: 'iif', 7: 'oif', 15: 'ip', 16: 'proto' };
    return data.has(3) ? `set-${known[key]}` : `${known[key]}`;
  }
  if (name === 'payload') return `${data.get(2)?.[3] === 1 ? 'nh' : 'th'}+${data.get(3)?.[3]}`;
  if (name === 'exthdr') {
    const part = data.get(5)?.[3] === 1 ? 'present' : data.get(3)?.[3];
    return `ext${data.get(2)?.[0]}+${part}`;
  }
  if (name === 'lookup') return `in-set${data.get(4)?.[3]}`;
  if (name === 'bitwise' && toHex(attributes(data.get(5) ?? NONE).get(1) ?? NONE).match(/[^0]/)) {
    return `^${toHex(attributes(data.get(5) ?? NONE).get(1) ?? NONE)}`;
  }
  if (name === 'bitwise') return `&${toHex(attributes(data.get(4) ?? NONE).get(1) ?? NONE)}`;
  const value = toHex(attributes(data.get(3) ?? NONE).get(1) ?? NONE);
  return `${['==', '!=', '<', '<=', '>', '>='][data.get(2)?.[3] ?? 0]}${value}`;
}

const esp = protect(layer('esp'));
const HOSTS_OUT = 'ip ==02 nh+12 ==0a090001 nh+16 ==0a090002';
const HOSTS_IN = 'ip ==02 nh+12 ==0a090002 nh+16 ==0a090001';
/** The mark is written in host order; the tests' machines keep the low octet first. */
const CAPTURED = 'mark ^00000020 set-mark accept';
const REFUSED = 'mark ^00000030 set-mark accept';
const FRAGMENT = 'nh+6 &1fff !=0000';
const NO_POLICY_OUT = 0;
const NO_POLICY_IN = rulesOf([], 'inbound').length;

describe('rulesetFor()', () => {
  test('makes the counters, then every chain, emptied before its rules', () => {
    const types = rulesetFor([], NO_CARRIERS).map(({ type }) => type);
    expect(types.filter((type) => type === NEWOBJ)).toHaveLength(GUARD_COUNTERS.length);
    const chains = types.flatMap((type, k) => (type === NEWCHAIN ? [k] : []));
    expect(chains).toHaveLength(6);
    for (const k of chains) expect(types[k + 1]).toBe(DELRULE);
    expect(types.indexOf(NEWRULE)).toBeGreaterThan(Math.max(...chains));
    expect(Math.max(...types.flatMap((type, k) => (type === NEWOBJ ? [k] : [])))).toBeLessThan(
      chains[0] ?? 0,
    );
  });

  const DISCOVERY = 'ip ==0a proto ==3a nh+7 ==ff th+0 >=85 <=89';

  test('asks no policy about its own packets, loopback and Neighbour Discovery', () => {
    expect(rulesOf([], 'outbound')).toEqual([
      'mark &00000030 ==00000010 accept',
      expect.stringMatching(/^oif ==6c6f0+ accept$/),
      `${DISCOVERY} accept`,
      'jump-outgoing',
    ]);
    expect(rulesOf([], 'passing').at(-1)).toBe('jump-outgoing');
    expect(rulesOf([], 'inbound').slice(2)).toEqual([
      'proto ==32 accept',
      'proto ==33 accept',
      'proto ==6c accept',
      'ip ==0a ext51+present ==01 accept',
      'ip ==0a ext44+0 ==33 accept',
      `${DISCOVERY} accept`,
    ]);
    // Nobody but this host has AH and ESP taken off here.
    expect(rulesOf([], 'forward')).toHaveLength(2);
  });

  test('lets nothing leave that is marked, save into the TUN device', () => {
    const tun = 'oif ==69707365616c30';
    expect(rulesOf([], 'departing').map((line) => line.replace(/(30)0+( |$)/, '$1$2'))).toEqual([
      'mark &00000030 ==00000030 out-pol-block drop',
      `mark &00000030 ==00000020 ${tun} accept`,
      'mark &00000030 ==00000020 out-pol-block drop',
      `${tun} drop`,
    ]);
  });

  test('takes datagrams in that carry ESP, of IPv6 in fragments too', () => {
    const udpEnds = [
      { address: address('10.9.0.1'), port: 4500 },
      { address: address('fd09::1'), port: 4500 },
    ];
    const there = `nh+24 ==${'fd09'.padEnd(31, '0')}1 proto ==11`;
    expect(rulesOf([], 'inbound', { udpEnds }).slice(8)).toEqual([
      'ip ==02 nh+16 ==0a090001 proto ==11 th+2 ==1194 accept',
      `ip ==0a ${there} th+2 ==1194 accept`,
      `ip ==0a ${there} ext44+2 &fff8 !=0000 accept`,
    ]);
  });

  test('takes IP in IP in between the ends of IPComp tunnels, and nobody else (RFC 3173 §2.2)', () => {
    const tunnel = { source: address('10.9.0.2'), destination: address('10.9.0.1') };
    const six = { source: address('fd09::2'), destination: address('fd09::1') };
    const host = (last: number) => `==${'fd09'.padEnd(31, '0')}${last}`;
    // An SA that takes the place of another has the same ends.
    const carriers = { compressedTunnels: [tunnel, six, { ...tunnel }] };
    expect(rulesOf([], 'inbound', carriers).slice(NO_POLICY_IN)).toEqual([
      'ip ==02 nh+12 ==0a090002 nh+16 ==0a090001 proto ==04 accept',
      'ip ==02 nh+12 ==0a090002 nh+16 ==0a090001 proto ==29 accept',
      `ip ==0a nh+8 ${host(2)} nh+24 ${host(1)} proto ==04 accept`,
      `ip ==0a nh+8 ${host(2)} nh+24 ${host(1)} proto ==29 accept`,
    ]);
    expect(rulesOf([], 'forward', carriers)).toEqual(rulesOf([], 'forward'));
  });

  test('a policy for all packets between two hosts is one rule', () => {
    const both = [policy('outbound', esp), policy('inbound', esp), policy('forward', esp)];
    const [out] = rulesOf(both, 'outgoing').slice(NO_POLICY_OUT);
    expect(out).toBe(`${HOSTS_OUT} ${CAPTURED}`);
    expect(rulesOf(both, 'inbound').slice(NO_POLICY_IN)).toEqual([
      `${HOSTS_IN} in-tmpl-mismatch drop`,
    ]);
    expect(rulesOf(both, 'forward').slice(2)).toEqual([`${HOSTS_IN} in-tmpl-mismatch drop`]);
  });

  test('rules stand in the order that the policies come in', () => {
    const policies = [
      policy('inbound', { kind: 'bypass' }, { nextLayerProtocol: 1 }),
      policy('inbound', { kind: 'discard' }, { nextLayerProtocol: 6 }),
      policy('inbound', protect(layer('esp', 'use'))),
      policy('inbound', protect(layer('esp', 'use'), layer('ah'))),
    ];
    expect(rulesOf(policies, 'inbound').slice(NO_POLICY_IN)).toEqual([
      `${HOSTS_IN} proto ==01 accept`,
      `${HOSTS_IN} proto ==06 in-pol-block drop`,
      `${HOSTS_IN} accept`,
      `${HOSTS_IN} in-tmpl-mismatch drop`,
    ]);
  });

  test('a policy for ports drops the later fragments of its protocol, right behind itself', () => {
    const parts = { nextLayerProtocol: 17, localPort: { first: 5000, last: 5010 } };
    const inbound = [policy('inbound', esp, parts), policy('inbound', { kind: 'bypass' })];
    expect(rulesOf(inbound, 'inbound').slice(NO_POLICY_IN)).toEqual([
      `${HOSTS_IN} proto ==11 th+2 >=1388 <=1392 in-tmpl-mismatch drop`,
      `${HOSTS_IN} proto ==11 ${FRAGMENT} in-tmpl-mismatch drop`,
      `${HOSTS_IN} accept`,
    ]);
    const outbound = [policy('outbound', { kind: 'discard' }, parts)];
    expect(rulesOf(outbound, 'outgoing').slice(NO_POLICY_OUT)).toEqual([
      `${HOSTS_OUT} proto ==11 th+0 >=1388 <=1392 ${REFUSED}`,
      `${HOSTS_OUT} proto ==11 ${FRAGMENT} ${REFUSED}`,
    ]);
  });

  test('a policy that bypasses ports lets fragments be decided by what follows', () => {
    const parts = { nextLayerProtocol: 6, remotePort: { first: 22, last: 22 } };
    const rules = rulesOf([policy('inbound', { kind: 'bypass' }, parts)], 'inbound');
    expect(rules.slice(NO_POLICY_IN)).toEqual([`${HOSTS_IN} proto ==06 th+0 ==0016 accept`]);
  });

  test('messages are told by type and code', () => {
    const line = (nextLayerProtocol: number, type: number | null, code: number | null) =>
      rulesOf(
        [policy('inbound', esp, { nextLayerProtocol, message: { type, code } })],
        'inbound',
      ).slice(NO_POLICY_IN);
    const dropped = 'in-tmpl-mismatch drop';
    expect(line(1, 8, 0)).toEqual([
      `${HOSTS_IN} proto ==01 th+0 ==08 th+1 ==00 ${dropped}`,
      `${HOSTS_IN} proto ==01 ${FRAGMENT} ${dropped}`,
    ]);
    expect(line(1, null, 3)[0]).toBe(`${HOSTS_IN} proto ==01 th+1 ==03 ${dropped}`);
    // The type of a mobility header is its third octet.
    expect(line(135, 5, null)[0]).toBe(`${HOSTS_IN} proto ==87 th+2 ==05 ${dropped}`);
  });

  test('a GRE key stands behind a checksum or without one', () => {
    const parts = { nextLayerProtocol: 47, greKey: 0x1234 };
    expect(rulesOf([policy('outbound', esp, parts)], 'outgoing')).toEqual([
      `${HOSTS_OUT} proto ==2f th+0 &a000 ==2000 th+4 ==00001234 ${CAPTURED}`,
      `${HOSTS_OUT} proto ==2f th+0 &a000 ==a000 th+8 ==00001234 ${CAPTURED}`,
      `${HOSTS_OUT} proto ==2f ${FRAGMENT} ${REFUSED}`,
    ]);
  });

  test('later fragments of IPv6 are told by their header, also those that hide their protocol', () => {
    const [localAddress, remoteAddress] = [address('fd09::1'), address('fd09::2')].map(hostPrefix);
    const parts = {
      ...(localAddress && { localAddress }),
      ...(remoteAddress && { remoteAddress }),
      ...{ nextLayerProtocol: 17, remotePort: { first: 53, last: 53 } },
    };
    const host = (last: number) => `==${'fd09'.padEnd(31, '0')}${last}`;
    const hosts = `ip ==0a nh+8 ${host(1)} nh+24 ${host(2)}`;
    const later = 'ext44+2 &fff8 !=0000';
    expect(rulesOf([policy('outbound', esp, parts)], 'outgoing')).toEqual([
      `${hosts} proto ==11 th+2 ==0035 ${CAPTURED}`,
      `${hosts} proto ==11 ${later} ${REFUSED}`,
      `${hosts} ext44+0 ==2b ${later} ${REFUSED}`,
      `${hosts} ext44+0 ==3c ${later} ${REFUSED}`,
    ]);
  });

  test('prefixes are compared under their mask, and not at all when they cover everything', () => {
    const { selector } = policy('inbound', esp);
    const { address } = selector.remoteAddress;
    const parts = {
      remoteAddress: { address, length: 22 },
      localAddress: { ...selector.localAddress, length: 0 },
    };
    const rules = rulesOf([policy('inbound', { kind: 'discard' }, parts)], 'inbound');
    expect(rules.slice(NO_POLICY_IN)).toEqual([
      'ip ==02 nh+12 &fffffc00 ==0a090000 in-pol-block drop',
    ]);
  });
});

describe('of many policies', () => {
  const peer = (k: number) => hostPrefix(address(`10.20.0.${k}`));
  const pairs = (direction: Direction, action: Action, first: number, count: number) =>
    Array.from({ length: count }, (_, k) =>
      policy(direction, action, { remoteAddress: peer(first + k) }),
    );
  const networks = (action: Action, length: number, count: number, parts: Partial<Selector> = {}) =>
    Array.from({ length: count }, (_, k) =>
      policy('outbound', action, {
        remoteAddress: { address: address(`10.${k}.0.1`), length },
        ...parts,
      }),
    );
  /** How many elements of sets there are. */
  const elementsOf = (policies: readonly Policy[], carriers: Partial<Carriers> = {}) =>
    rulesetFor(policies, { ...NO_CARRIERS, ...carriers })
      .filter(({ type }) => type === NEWSETELEM)
      .map(({ payload }) => attributes(payload.subarray(4)))
      .map((list) => [...elements(list.get(3) ?? NONE)].length);

  test('one rule for each outcome does the work', () => {
    const mixed = [
      ...pairs('inbound', esp, 1, 8),
      ...pairs('inbound', { kind: 'bypass' }, 20, 9),
      ...pairs('inbound', { kind: 'discard' }, 30, 10),
    ];
    expect(rulesOf(mixed, 'inbound').slice(NO_POLICY_IN)).toEqual([
      'ip ==02 nh+12 nh+16 in-set1 in-tmpl-mismatch drop',
      'ip ==02 nh+12 nh+16 in-set2 accept',
      'ip ==02 nh+12 nh+16 in-set3 in-pol-block drop',
    ]);
    expect(elementsOf(mixed)).toEqual([8, 9, 10]);
  });

  test('one rule does the work for networks of one length, and one for each port', () => {
    const https = { nextLayerProtocol: 6, remotePort: { first: 443, last: 443 } };
    const web = networks({ kind: 'bypass' }, 24, LEAST_IN_SET, https);
    expect(rulesOf([...web, ...networks(esp, 16, LEAST_IN_SET)], 'outgoing')).toEqual([
      'ip ==02 proto ==06 nh+12 nh+16 &ffffff00 th+2 in-set1 accept',
      `ip ==02 nh+12 nh+16 &ffff0000 in-set2 ${CAPTURED}`,
    ]);
  });

  test('those that let pass and those that stop may take turns, over different addresses', () => {
    const icmp = networks({ kind: 'bypass' }, 16, LEAST_IN_SET, { nextLayerProtocol: 1 });
    const all = networks(esp, 16, LEAST_IN_SET);
    const turns = icmp.flatMap((each, k) => [each, ...all.slice(k, k + 1)]);
    expect(rulesOf(turns, 'outgoing')).toEqual([
      'ip ==02 proto ==01 nh+12 nh+16 &ffff0000 in-set1 accept',
      `ip ==02 nh+12 nh+16 &ffff0000 in-set2 ${CAPTURED}`,
    ]);
  });

  test('those that stand before and after one that would part them keep their places', () => {
    const parting = policy(
      'outbound',
      { kind: 'bypass' },
      { nextLayerProtocol: 1, remoteAddress: { address: address('10.20.0.0'), length: 24 } },
    );
    const policies = [
      ...pairs('outbound', esp, 1, LEAST_IN_SET),
      parting,
      ...pairs('outbound', esp, 50, LEAST_IN_SET),
    ];
    expect(rulesOf(policies, 'outgoing')).toEqual([
      `ip ==02 nh+12 nh+16 in-set1 ${CAPTURED}`,
      'ip ==02 nh+12 ==0a090001 nh+16 &ffffff00 ==0a140000 proto ==01 accept',
      `ip ==02 nh+12 nh+16 in-set2 ${CAPTURED}`,
    ]);
  });

  test('later fragments are dropped by one rule, too', () => {
    const ports = Array.from({ length: LEAST_IN_SET }, (_, k) =>
      policy('inbound', esp, { nextLayerProtocol: 17, localPort: { first: k, last: k } }),
    );
    expect(rulesOf(ports, 'inbound').slice(NO_POLICY_IN)).toEqual([
      'ip ==02 proto ==11 nh+12 nh+16 th+2 in-set1 in-tmpl-mismatch drop',
      `${HOSTS_IN} proto ==11 ${FRAGMENT} in-tmpl-mismatch drop`,
    ]);
  });

  test('few have rules of their own', () => {
    const few = pairs('outbound', esp, 1, LEAST_IN_SET - 1);
    expect(rulesOf(few, 'outgoing')).toHaveLength(LEAST_IN_SET - 1);
    expect(elementsOf(few)).toEqual([]);
  });

  test('elements are sent in parts that an attribute can hold', () => {
    const many = Array.from({ length: 2500 }, (_, k) =>
      policy('outbound', esp, {
        remoteAddress: hostPrefix({ version: 4, octets: Uint8Array.of(10, 30, k >>> 8, k) }),
      }),
    );
    expect(elementsOf(many)).toEqual([1000, 1000, 500]);
  });

  test('a set holds what packets show, in their order and under the masks', () => {
    const keyOf = (policies: readonly Policy[]) => {
      const [request] = rulesetFor(policies, NO_CARRIERS).filter(({ type }) => type === NEWSETELEM);
      return toHex(request?.payload ?? NONE);
    };
    expect(keyOf(pairs('outbound', esp, 1, LEAST_IN_SET))).toContain('0a0900010a140003');
    expect(keyOf(pairs('inbound', esp, 1, LEAST_IN_SET))).toContain('0a1400030a090001');
    const ssh = { nextLayerProtocol: 6, remotePort: { first: 22, last: 22 } };
    expect(keyOf(networks(esp, 16, LEAST_IN_SET, ssh))).toContain('0a0900010a00000000160000');
  });

  test('datagrams with ESP to many addresses are let in by one rule', () => {
    const udpEnds = Array.from({ length: LEAST_IN_SET }, (_, k) => ({
      address: address(`10.9.0.${k}`),
      port: 4500,
    }));
    expect(rulesOf([], 'inbound', { udpEnds }).slice(8)).toEqual([
      'ip ==02 proto ==11 nh+16 th+2 in-set1 accept',
    ]);
    expect(elementsOf([], { udpEnds })).toEqual([LEAST_IN_SET]);
  });
});
