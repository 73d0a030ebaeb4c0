/**
 * Two hosts whose kernels our backend sets up reach each other, protected: see `two-hosts.ts`.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { hostPair } from '../../../src/config/setkey/host-pair.ts';
import { hostFileText } from '../../../src/config/setkey/host-pair-text.ts';
import { AES_GCM_16 } from '../../../src/crypto/aes-gcm.ts';
import { HMAC_SHA256 } from '../../../src/crypto/hmac-sha2.ts';
import type { KernelBackend } from '../../../src/io/xfrm/kernel-backend.ts';
import { collect } from '../../../src/ipsec/backend.ts';
import { explain } from '../../../src/ipsec/explanation/explain.ts';
import type { Template } from '../../../src/ipsec/policy.ts';
import type { SaParameters } from '../../../src/ipsec/sa-parameters.ts';
import { GAZETTE } from '../../support/examples.ts';
import { address } from '../../support/packets.ts';
import { PAIR_PLANS } from '../../support/pair-plans.ts';
import {
  addPolicy,
  ahSa,
  cipherOf,
  espSa,
  integrityOf,
  ipcompSa,
  layer,
  opposite,
  policy,
  protect,
  selector,
} from '../../support/sas.ts';
import { changesIn, changesOf, sh, waitFor } from './commands.ts';
import { runSetkey } from './setkey.ts';
import {
  commitBoth,
  disposeTwoHosts,
  emptyTwoHosts,
  INNER,
  makeTwoHosts,
  openEncapsulationSockets,
  PINGS,
  ping,
  pingInVain,
  protectPings,
  type TwoHosts,
  WIRE,
} from './two-hosts.ts';

const AES_GCM = { encryption: cipherOf(AES_GCM_16), integrity: null };

let hosts: TwoHosts;

beforeAll(() => {
  hosts = makeTwoHosts();
});

afterEach(() => emptyTwoHosts(hosts));

afterAll(() => disposeTwoHosts(hosts));

test('AH and ESP in transport mode, as the gazette had it', async () => {
  await hosts.alice.commit(changesOf(GAZETTE.alice));
  await hosts.bob.commit(changesOf(GAZETTE.bob));
  ping('10.9.0.2');
  for (const host of [hosts.alice, hosts.bob]) await expectUsed(host, [0x301, 0x201, 0x300, 0x200]);
  await hosts.bob.commit([
    { kind: 'delete-sa', id: ahSa({ spi: 0x200, destination: address('10.9.0.2') }) },
  ]);
  pingInVain('10.9.0.2');
  expect(sh('ip netns exec bob cat /proc/net/xfrm_stat')).toMatch(/XfrmInNoStates\s+3\n/);
});

test.each(PAIR_PLANS)('the files of ipseal keygen pair: $name', async ({ plan, to }) => {
  const files = hostPair(plan, (length) => new Uint8Array(randomBytes(length)));
  const [alice, bob] = files.map((file) => changesIn(hostFileText(file)));
  await hosts.alice.commit(alice ?? []);
  await hosts.bob.commit(bob ?? []);
  ping(to);
  const spis = [...files[0].outbound, ...files[0].inbound].map(({ spi }) => spi);
  for (const host of [hosts.alice, hosts.bob]) {
    const records = await collect(host.sas());
    expect(records.map(({ parameters }) => parameters.spi).sort()).toEqual(spis.sort());
    for (const { packets } of records) expect(packets).toBeGreaterThanOrEqual(PINGS);
  }
});

test('an SA that is missing is counted in the backend’s namespace', async () => {
  const before = (await hosts.alice.discards())['out-no-states'] ?? 0;
  await hosts.alice.commit([addPolicy(policy('outbound', protect(layer('esp', 'require', 99))))]);
  pingInVain('10.9.0.2');
  const after = await hosts.alice.discards();
  expect((after['out-no-states'] ?? 0) + (after['acquire-error'] ?? 0)).toBeGreaterThan(before);
});

test('AH and ESP over IPv6, with a wide replay window', async () => {
  const [from, to] = [address('fd09::1'), address('fd09::2')];
  const sas = [espSa, ahSa].flatMap((make) => {
    const sa = make({ source: from, destination: to, replayWindow: 128 });
    return [sa, opposite(sa)];
  });
  const guarded = { ...selector(from, to), nextLayerProtocol: 58 };
  const both = protect(layer('esp'), layer('ah'));
  await commitBoth(hosts, sas, { ...policy('outbound', both), selector: guarded });
  ping('fd09::2');
  for (const host of [hosts.alice, hosts.bob]) {
    for (const record of await collect(host.sas())) {
      expect(record.packets).toBeGreaterThanOrEqual(PINGS);
    }
  }
});

test.each([
  ['IPv4', '10.1.0.1', '10.2.0.1'],
  ['IPv6', 'fd01::1', 'fd02::1'],
])('an ESP tunnel between IPv4 hosts that carries %s', async (_, inner, far) => {
  const sa = espSa({ mode: 'tunnel', reqid: 7 });
  const tunnel: Template = {
    ...layer('esp', 'require', 7),
    mode: 'tunnel',
    endpoints: { local: sa.source, remote: sa.destination },
  };
  const guarded = selector(address(inner), address(far));
  await commitBoth(hosts, [sa, opposite(sa)], {
    ...policy('outbound', protect(tunnel)),
    selector: guarded,
  });
  ping(far);
  for (const host of [hosts.alice, hosts.bob]) await expectUsed(host, [opposite(sa).spi, sa.spi]);
});

/** Larger than what Linux tries to compress. */
const LARGE = 1200;
/** A ping of {@link LARGE} octets, all alike, leaves less than so many on the wire. */
const COMPRESSED = 200;

test.each<[string, 4 | 6, Partial<SaParameters>]>([
  ['IPv4, transport mode', 4, {}],
  ['IPv6, transport mode', 6, {}],
  ['IPv4, a tunnel', 4, { mode: 'tunnel' }],
  ['IPv6, a tunnel', 6, { mode: 'tunnel' }],
])('IPComp makes large packets small: %s', async (_, version, parts) => {
  const { to, sas } = await protectPings(hosts, ipcompSa({ ...between(version), ...parts }));
  const lines = await wireLines(PINGS, () => ping(to, LARGE));
  for (const line of lines) {
    expect(line).toMatch(/Compressed IP \(108\)|IPComp\(cpi=0x1002\)/);
    expect(Number(/(?:payload )?length:? (\d+)/.exec(line)?.[1])).toBeLessThan(COMPRESSED);
  }
  for (const host of [hosts.alice, hosts.bob]) {
    expect((await collect(host.sas())).map(({ parameters }) => parameters)).toMatchObject(
      sas.map(({ protocol, spi, mode }) => ({ protocol, spi, mode })).toReversed(),
    );
    for (const { packets } of await collect(host.sas())) expect(packets).toBe(PINGS);
  }
  // RFC 3173 §2.2: small ones go as they are.
  ping(to, 16);
});

test('IPComp inside ESP, as policies have them', async () => {
  const inner = ipcompSa();
  const outer = espSa();
  await commitBoth(
    hosts,
    [inner, opposite(inner), outer, opposite(outer)],
    policy('outbound', protect(layer('ipcomp'), layer('esp'))),
    protect(layer('ipcomp', 'use'), layer('esp')),
  );
  for (const line of await wireLines(PINGS, () => ping(WIRE[4][1], LARGE))) {
    expect(line).toMatch(/ESP\(spi=0x00000201,seq=0x\d+\)/);
    expect(Number(/length (\d+)/.exec(line)?.[1])).toBeLessThan(COMPRESSED);
  }
  ping(WIRE[4][1], 16);
});

test('ESP in UDP is UDP on the wire', async () => {
  const holders = await openEncapsulationSockets();
  try {
    const nat = { sourcePort: 4500, destinationPort: 4500, originalAddress: null };
    const { to } = await protectPings(hosts, espSa({ encapsulation: nat }));
    for (const line of await wireLines(PINGS, () => ping(to))) {
      expect(line).toMatch(/\.4500 > .*\.4500: UDP-encap: ESP\(spi=0x00000201/);
    }
  } finally {
    for (const holder of holders) holder.kill();
  }
});

test.each<[string, 4 | 6, SaParameters]>([
  ['AES-GCM in a tunnel', 4, espSa({ ...AES_GCM, mode: 'tunnel' })],
  ['IPv6 in an ESP tunnel', 6, espSa({ mode: 'tunnel' })],
  ['AH with an ICV of 128 bits', 4, ahSa({ integrity: integrityOf(HMAC_SHA256) })],
  ['AH over IPv6', 6, ahSa(between(6))],
])('what is explained of the wire is what Linux puts there: %s', async (_, inner, sa) => {
  const { to } = await protectPings(hosts, sa, inner);
  const source = address((sa.mode === 'tunnel' ? INNER : WIRE)[inner][0]);
  const echo = inner === 4 ? { protocol: 1, messageType: 8 } : { protocol: 58, messageType: 128 };
  const ends = { source, destination: address(to), sourcePort: null, destinationPort: null };
  const { there } = explain({
    flow: { ...ends, ...echo, messageCode: 0 },
    ...{ role: 'outbound', rules: 'kernel', now: Date.now() },
    records: {
      sas: await collect(hosts.alice.sas()),
      policies: await collect(hosts.alice.policies()),
    },
    linkMtu: () => 1500,
    lengths: () => [(inner === 4 ? 28 : 48) + PING_DATA],
  });
  expect(there.outcome).toBe('protected');
  const predicted = there.departure?.wire?.forms[0]?.length;
  for (const line of await wireLines(PINGS, () => ping(to, PING_DATA))) {
    const [, length, payload] = /, length (\d+)\)|payload length: (\d+)/.exec(line) ?? [];
    expect(length === undefined ? Number(payload) + 40 : Number(length), line).toBe(predicted);
  }
});

/** An odd number, so that there is something to pad. */
const PING_DATA = 57;

test('a policy about echo requests leaves the other ICMP messages alone', async () => {
  const request = { nextLayerProtocol: 1, message: { type: 8, code: null } };
  await hosts.alice.commit([addPolicy(policy('outbound', { kind: 'discard' }, request))]);
  pingInVain(WIRE[4][1]);
  sh(`ip netns exec bob ping -c 1 -W 20 ${WIRE[4][0]}`);
  await hosts.alice.commit([
    { kind: 'flush-policies' },
    addPolicy(policy('inbound', { kind: 'discard' }, request)),
  ]);
  ping(WIRE[4][1]);
  expect(() => sh(`ip netns exec bob ping -c 1 -W 1 ${WIRE[4][0]}`)).toThrow();
});

test('a dump has the figures of the kernel, and when they changed last', async () => {
  await protectPings(hosts, espSa());
  ping(WIRE[4][1]);
  const kernel = [...sh('ip -s xfrm state').matchAll(USAGE)].map(([, ...figures]) => figures);
  expect(kernel).toHaveLength(2);
  const { printed } = await runSetkey('dump; spddump;');
  const dumped = [...printed.matchAll(DUMPED_USAGE)].map(([, ...figures]) => figures);
  expect(dumped).toEqual(kernel.map(([octets, packets]) => [octets, packets]));
  for (const [octets, packets] of dumped) {
    expect(Number(octets)).toBeGreaterThanOrEqual(PINGS * 64);
    expect(Number(packets)).toBe(PINGS);
  }
  expect(printed.match(/^\tlast: \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\t/gm)).toHaveLength(2);
  expect(printed.match(/ {2}lastused: \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}$/gm)).toHaveLength(2);
});

/** Octets and packets, as iproute2 has them and as setkey has them. */
const USAGE = /lifetime current:\s+(\d+)\(bytes\), (\d+)\(packets\)/g;
const DUMPED_USAGE = /\tcurrent: (\d+)\(bytes\).*\n\tallocated: (\d+)\t/g;

function between(version: 4 | 6): Pick<SaParameters, 'source' | 'destination'> {
  const [source, destination] = WIRE[version];
  return { source: address(source), destination: address(destination) };
}

/**
 * What tcpdump says, a line each, of the `count` packets that `action` has alice send. Received ones
 * it would show twice: with their protection and without.
 */
async function wireLines(count: number, action: () => void): Promise<readonly string[]> {
  const quiet = 'not arp and not ip6 multicast and not (icmp6 and ip6[40] >= 133)';
  const tcpdump = spawn('tcpdump', ['-lnvtQ', 'out', '-i', 'wire0', '-c', String(count), quiet]);
  let lines = '';
  let told = '';
  tcpdump.stdout.on('data', (octets: Buffer) => {
    lines += octets.toString();
  });
  tcpdump.stderr.on('data', (octets: Buffer) => {
    told += octets.toString();
  });
  await waitFor(() => told.includes('listening on'));
  action();
  await waitFor(() => lines.split(/\n(?=IP)/).length >= count && tcpdump.exitCode !== null);
  return lines.split(/\n(?=IP)/).map((packet) => packet.replace(/\s+/g, ' '));
}

/** Each SA carried every ping, and says so. */
async function expectUsed(host: KernelBackend, spis: readonly number[]): Promise<void> {
  const records = await collect(host.sas());
  expect(records.map(({ parameters }) => parameters.spi)).toEqual(spis);
  const windows = records.flatMap(({ window }) => window ?? []);
  // Of one direction each.
  if (windows.length > 0) expect(windows).toContainEqual({ highest: PINGS, missing: 0 });
  for (const { missing } of windows) expect(missing).toBe(0);
  for (const { packets, octets, usedAt, discards } of records) {
    expect(discards).toEqual({});
    expect(packets).toBe(PINGS);
    expect(octets).toBeGreaterThanOrEqual(PINGS * 64);
    expect(usedAt).toBeGreaterThan(0);
  }
}
