/**
 * Every layer in either mode, over and inside either IP version, in IP or in UDP, between our
 * userspace stack and that of Linux.
 *
 *     host  ipseald                                guest  Linux with IPsec, ip xfrm
 *           tap0 10.9.0.1, fd09::1 ─────────────── vec0 10.9.0.2, fd09::2
 *
 * Both have each other's link-layer addresses for good: Linux asks its IPsec policies about Neighbour
 * Discovery, too, and ours leave that alone.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AES_GCM_16 } from '../../src/crypto/aes-gcm.ts';
import { tcpdumpLines } from '../lab/capture.ts';
import { type Host, succeed } from '../lab/command.ts';
import { bootGuest, type Guest, type GuestCommand } from '../lab/guest.ts';
import { addKernelState, flushKernelState } from '../lab/kernel-sa.ts';
import { makeNamespace } from '../lab/namespace.ts';
import { describeUml } from '../lab/tier.ts';
import { captureDuring, PYTHON, TestHost } from '../support/hosts.ts';
import { kernelState } from '../support/kernel-side.ts';
import { type Layer, layerChanges } from '../support/layers.ts';
import { cipherOf } from '../support/sas.ts';
import { containsMarker, exchange, newMarker, ping } from '../support/traffic.ts';

const TAP = 'tap0';
const ENDS = { 4: ['10.9.0.1', '10.9.0.2'], 6: ['fd09::1', 'fd09::2'] } as const;
const PORT = 4500;

interface Case {
  readonly name: string;
  /** Of what is said. */
  readonly version: 4 | 6;
  readonly layers: readonly Layer[];
  /** What the wire shows, as a filter of tcpdump. */
  readonly shows: string;
}

const ESP = { 4: 'ip proto 50', 6: 'ip6 proto 50' } as const;
const AH = { 4: 'ip proto 51', 6: 'ip6 proto 51' } as const;
const UDP = `udp port ${PORT}`;
/** What did not get shorter, as IP in IP. */
const BARE_IPCOMP = {
  4: 'ip proto 108 or ip proto 4',
  6: 'ip6 proto 108 or ip6 proto 41',
} as const;

const gcm = { encryption: cipherOf(AES_GCM_16), integrity: null };
const inUdp = {
  encapsulation: { sourcePort: PORT, destinationPort: PORT, originalAddress: null },
};
const esn = { extendedSequenceNumbers: true };

function esp(version: 4 | 6, mode: 'transport' | 'tunnel', sa: Layer['sa'] = {}): Layer {
  return { protocol: 'esp', sa, ...(mode === 'tunnel' ? { tunnel: ENDS[version] } : {}) };
}

const CASES: readonly Case[] = [
  ...([4, 6] as const).flatMap((version) =>
    (['transport', 'tunnel'] as const).flatMap((mode): Case[] => {
      const where = `${mode} mode, IPv${version}`;
      const one = (name: string, layer: Layer, shows: string): Case => ({
        ...{ name: `${name}, ${where}`, version, layers: [layer], shows },
      });
      const ah: Layer = { ...esp(version, mode), protocol: 'ah' };
      return [
        one('AES-CBC with HMAC-SHA-256-128', esp(version, mode), ESP[version]),
        one('AES-GCM', esp(version, mode, gcm), ESP[version]),
        one('AES-CBC with HMAC-SHA-256-128 in UDP', esp(version, mode, inUdp), UDP),
        one('AES-GCM in UDP', esp(version, mode, { ...gcm, ...inUdp }), UDP),
        one('ESP with extended sequence numbers', esp(version, mode, esn), ESP[version]),
        one('AES-GCM with extended numbers', esp(version, mode, { ...gcm, ...esn }), ESP[version]),
        one('AH', ah, AH[version]),
        one('AH with extended sequence numbers', { ...ah, sa: esn }, AH[version]),
        {
          name: `IPComp inside ESP, ${where}`,
          version,
          layers: [{ ...esp(version, mode), protocol: 'ipcomp' }, esp(version, 'transport')],
          shows: ESP[version],
        },
      ];
    }),
  ),
  ...([4, 6] as const).map((version) => ({
    name: `IPComp alone, tunnel mode, IPv${version}`,
    version,
    layers: [{ ...esp(version, 'tunnel'), protocol: 'ipcomp' }] as const,
    shows: BARE_IPCOMP[version],
  })),
  { name: 'IPv6 in IPv4', version: 6, layers: [esp(4, 'tunnel')], shows: ESP[4] },
  { name: 'IPv4 in IPv6', version: 4, layers: [esp(6, 'tunnel')], shows: ESP[6] },
  { name: 'IPv6 in IPv4, in UDP', version: 6, layers: [esp(4, 'tunnel', inUdp)], shows: UDP },
  { name: 'IPv4 in IPv6, in UDP', version: 4, layers: [esp(6, 'tunnel', inUdp)], shows: UDP },
  {
    name: 'ESP in a tunnel inside AH, IPv6',
    version: 6,
    layers: [esp(6, 'tunnel'), { protocol: 'ah' }],
    shows: AH[6],
  },
];

const EXTENSION_HEADERS = fileURLToPath(
  new URL('../support/extension-headers.py', import.meta.url),
);

/** Has Linux take ESP out of UDP, as an IKE daemon would. */
const OPEN_UDP = `
import signal, socket
for family, address in ((socket.AF_INET, '0.0.0.0'), (socket.AF_INET6, '::')):
    s = socket.socket(family, socket.SOCK_DGRAM)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.bind((address, ${PORT}))
    s.setsockopt(socket.IPPROTO_UDP, 100, 2)  # UDP_ENCAP, UDP_ENCAP_ESPINUDP
    globals()['kept_' + str(int(family))] = s
signal.pause()`;

describeUml('layers, between the userspace data plane and Linux', () => {
  let host: TestHost;
  let guest: Guest;
  let ports: GuestCommand;

  beforeAll(async () => {
    host = new TestHost(await makeNamespace('near'), ENDS[4][0]);
    await host.namespace.addTap(TAP, `${ENDS[4][0]}/24`, `${ENDS[6][0]}/64`);
    guest = await bootGuest({
      taps: [
        {
          namespace: host.namespace,
          device: TAP,
          guestAddress: [`${ENDS[4][1]}/24`, `${ENDS[6][1]}/64`],
        },
      ],
    });
    const hardwareAddress = (line: string) => /link\/ether (\S+)/.exec(line)?.[1] ?? '';
    const near = hardwareAddress(await host.namespace.ip('-o', 'link', 'show', TAP));
    const far = hardwareAddress(await succeed(guest, ['ip', '-o', 'link', 'show', 'vec0']));
    const known = ['nud', 'permanent'];
    const neighbour = ['neigh', 'replace'];
    await host.namespace.ip(...neighbour, ENDS[6][1], 'lladdr', far, 'dev', TAP, ...known);
    const toNear = [ENDS[6][0], 'lladdr', near, 'dev', 'vec0'];
    await succeed(guest, ['ip', ...neighbour, ...toNear, ...known]);
    ports = guest.spawn([PYTHON, '-c', OPEN_UDP]);
    await host.startDaemon();
  });

  afterAll(async () => {
    ports?.kill();
    await guest?.stop();
    await host?.dispose();
  });

  test.each(CASES)('$name', async ({ version, layers, shows }) => {
    const protection = { between: ENDS[version], layers };
    await flushKernelState(guest);
    await addKernelState(guest, kernelState(protection));
    await host.ask((client) => client.commit(layerChanges(protection).alice));
    const statBefore = await succeed(guest, ['cat', '/proc/net/xfrm_stat']);
    const marker = newMarker();
    const sides = [
      { asking: host.namespace, answering: guest, address: ENDS[version][1] },
      { asking: guest, answering: host.namespace, address: ENDS[version][0] },
    ];
    let discards = {};
    const talk = async (): Promise<void> => {
      for (const { asking, answering, address } of sides) {
        for (const length of [16, 1300, 4000]) {
          await ping(asking, address, { marker, length });
        }
        await exchange({
          ...{ asking, answering, address, marker, port: 5000 },
          ...{ tcpLength: 100_000, udpLengths: [1, 1300, 4000] },
        });
      }
    };
    const pcap = await captureDuring(
      host,
      async () => {
        discards = await host.discardsDuring(talk);
      },
      TAP,
    );
    const hidden = layers.some(({ protocol }) => protocol === 'esp');
    // IPComp may or may not leave a marker as it is.
    const compressed = layers.at(-1)?.protocol === 'ipcomp';
    if (!compressed) expect(containsMarker(pcap, marker)).toBe(!hidden);
    const fragments = '(ip and ip[6:2] & 0x1fff != 0) or ip6[6] = 44';
    const others = `(ip or ip6) and not ip6 multicast and not (${shows}) and not (${fragments})`;
    expect(await tcpdumpLines(pcap, ['-t', others])).toEqual([]);
    expect((await tcpdumpLines(pcap, ['-t', shows])).length).toBeGreaterThan(50);
    expect(Object.keys(discards).filter((reason) => reason !== 'out-too-big')).toEqual([]);
    // Not one packet that the kernel could not open or would not admit.
    expect(await succeed(guest, ['cat', '/proc/net/xfrm_stat'])).toEqual(statBefore);
  });

  test.each([
    ['AH', { protocol: 'ah' }],
    ['ESP', esp(6, 'transport')],
  ] as const)('%s behind extension headers of IPv6', async (_, layer) => {
    const protection = { between: ENDS[6], layers: [layer] };
    await flushKernelState(guest);
    await addKernelState(guest, kernelState(protection));
    await host.ask((client) => client.commit(layerChanges(protection).alice));
    const statBefore = await succeed(guest, ['cat', '/proc/net/xfrm_stat']);
    const run = (on: Host, role: 'ask' | 'answer', address: string) =>
      succeed(on, [PYTHON, EXTENSION_HEADERS, role, address, '5000']);
    const [near, far] = ENDS[6];
    const told = await Promise.all([run(host.namespace, 'ask', far), run(guest, 'answer', far)]);
    const toldBack = await Promise.all([
      run(guest, 'ask', near),
      run(host.namespace, 'answer', near),
    ]);
    for (const each of [...told, ...toldBack]) {
      expect(JSON.parse(each)).toEqual(['destination', 'hop-by-hop']);
    }
    expect(await succeed(guest, ['cat', '/proc/net/xfrm_stat'])).toEqual(statBefore);
  });
});
