/**
 * Policies for messages, keys and ports over both IP versions: the guard picks what they are about, and
 * closes when `ipseald` is gone, whatever device a program insists on.
 *
 *     alice  ipseald ──── veth ──── bob, who knows nothing of IPsec
 *                     ▲
 *                     └ tcpdump
 *
 * @module
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Policy } from '../../src/ipsec/policy.ts';
import { hostPrefix } from '../../src/net/prefix.ts';
import { tcpdumpLines } from '../lab/capture.ts';
import { describeNetns } from '../lab/tier.ts';
import { captureDuring, type Hosts, makeHosts, PYTHON, WIRE } from '../support/hosts.ts';
import { address } from '../support/packets.ts';
import { addPolicy, layer, policy, protect } from '../support/sas.ts';
import { ping } from '../support/traffic.ts';

const ENDS = { 4: ['10.9.0.1', '10.9.0.2'], 6: ['fd09::1', 'fd09::2'] } as const;
const ICMP = { 4: 1, 6: 58 } as const;
const ECHO_REQUEST = { 4: 8, 6: 128 } as const;
const GRE = 47;

describeNetns('selectors in the guard', () => {
  let hosts: Hosts;

  beforeAll(async () => {
    hosts = await makeHosts(['alice']);
    await hosts.alice.namespace.addAddress(WIRE, 'fd09::1/64');
    await hosts.bob.namespace.addAddress(WIRE, 'fd09::2/64');
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  beforeEach(() => hosts.alice.load('flush; spdflush;'));

  async function protectOutbound(
    version: 4 | 6,
    parts: Parameters<typeof policy>[2],
    direction: Policy['direction'] = 'outbound',
  ): Promise<void> {
    const [localAddress, remoteAddress] = ENDS[version].map((end) => hostPrefix(address(end)));
    if (localAddress === undefined || remoteAddress === undefined) throw new Error('Bug: no ends');
    const about = policy(direction, protect(layer('esp')), {
      ...{ localAddress, remoteAddress },
      ...parts,
    });
    await hosts.alice.ask((client) => client.commit([addPolicy(about)]));
  }

  /** Has alice send the octets of `hex` as protocol `protocol`; what bob's wire shows of it. */
  async function shown(version: 4 | 6, protocol: number, hex: readonly string[]): Promise<number> {
    const { alice } = hosts;
    const send = `
import socket, sys
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_RAW, int(sys.argv[2]))
for payload in sys.argv[3:]:
    try:
        s.sendto(bytes.fromhex(payload), (sys.argv[1], 0))
    except OSError:
        pass`;
    const argv = [PYTHON, '-c', send, ENDS[version][1], `${protocol}`, ...hex];
    const pcap = await captureDuring(hosts.bob, () => alice.namespace.run(argv));
    const filter = version === 4 ? `ip proto ${protocol}` : `ip6 proto ${protocol}`;
    return (await tcpdumpLines(pcap, ['-t', filter])).length;
  }

  for (const version of [4, 6] as const) {
    test(`ICMP by type, IPv${version}: echo requests are kept back, answers are not`, async () => {
      const { alice, bob } = hosts;
      const message = { type: ECHO_REQUEST[version], code: null };
      await protectOutbound(version, { nextLayerProtocol: ICMP[version], message });
      const discards = await alice.discardsDuring(async () => {
        await alice.namespace.run(['ping', '-c', '1', '-W', '1', ENDS[version][1]]);
      });
      expect(discards).toEqual({ 'out-no-states': 1 });
      await ping(bob.namespace, ENDS[version][0]);
    });

    test(`inbound ICMP by type and code, IPv${version}`, async () => {
      const { alice, bob } = hosts;
      const message = { type: ECHO_REQUEST[version], code: 0 };
      await protectOutbound(version, { nextLayerProtocol: ICMP[version], message }, 'inbound');
      const discards = await alice.discardsDuring(async () => {
        await bob.namespace.run(['ping', '-c', '1', '-W', '1', ENDS[version][0]]);
      });
      expect(discards).toEqual({ 'in-tmpl-mismatch': 1 });
      await ping(alice.namespace, ENDS[version][1]);
    });

    test(`GRE by key, IPv${version}, with a checksum before it or without`, async () => {
      await protectOutbound(version, { nextLayerProtocol: GRE, greKey: 0x1234 });
      expect(await shown(version, GRE, ['2000080000001234', 'a00008000000000000001234'])).toBe(0);
      const others = ['2000080000001235', 'a00008000000000000001235', '0000080000001234'];
      expect(await shown(version, GRE, others)).toBe(others.length);
    });

    test(`a datagram to a port is kept back, IPv${version}, in fragments too`, async () => {
      const { alice } = hosts;
      await protectOutbound(version, {
        nextLayerProtocol: 17,
        remotePort: { first: 5000, last: 5000 },
      });
      const send = `
import socket, sys
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
for length in (10, 8000):
    for port in (5000, 6000):
        s.sendto(bytes(length), (sys.argv[1], port))`;
      const argv = [PYTHON, '-c', send, ENDS[version][1]];
      const pcap = await captureDuring(hosts.bob, () => alice.namespace.run(argv));
      expect(await tcpdumpLines(pcap, ['-t', 'udp dst port 5000'])).toEqual([]);
      const whole = await tcpdumpLines(pcap, ['-t', 'udp and less 100']);
      expect(whole.join()).toContain('.6000: UDP, length 10');
      const fragments = version === 4 ? 'ip[6:2] & 0x1fff != 0' : 'ip6[6] = 44';
      expect((await tcpdumpLines(pcap, ['-t', fragments])).length).toBeGreaterThan(4);
    });

    test(`IPv${version} does not leave by a device that a program is bound to`, async () => {
      const { alice } = hosts;
      await protectOutbound(version, {});
      const bound = ['ping', '-n', '-c', '2', '-W', '1', '-I', WIRE, ENDS[version][1]];
      const pcap = await captureDuring(hosts.bob, async () => {
        expect((await alice.namespace.run(bound)).status).not.toBe(0);
        await alice.stopDaemon('SIGKILL');
        expect((await alice.namespace.run(bound)).status).not.toBe(0);
      });
      await alice.startDaemon();
      const echoes = version === 4 ? 'icmp' : 'icmp6 and ip6[40] = 128';
      expect(await tcpdumpLines(pcap, ['-t', echoes])).toEqual([]);
    });
  }

  test('ipseald --release takes away all that was made, of either IP version', async () => {
    const { alice } = hosts;
    const traces = async (): Promise<string> =>
      [
        (await alice.namespace.run(['nft', 'list', 'tables'])).stdout,
        await alice.namespace.ip('rule'),
        await alice.namespace.ip('-6', 'rule'),
        (await alice.namespace.run(['ip', 'route', 'show', 'table', '4301'])).stdout,
        (await alice.namespace.run(['ip', '-6', 'route', 'show', 'table', '4301'])).stdout,
      ].join('\n');
    await alice.stopDaemon();
    const left = await traces();
    expect(left.match(/^4301:/gm)).toHaveLength(2);
    expect(left.match(/^prohibit default/gm)).toHaveLength(2);
    await alice.release();
    expect(await traces()).not.toMatch(/4301|ipseal|prohibit/);
    await alice.startDaemon();
  });

  test('where IPv6 is switched off, IPv4 works', async () => {
    const { alice } = hosts;
    await alice.stopDaemon();
    await alice.release();
    const off = ['all', 'default'].map((which) => `net.ipv6.conf.${which}.disable_ipv6=1`);
    await alice.namespace.run(['sysctl', '-qw', ...off]);
    await alice.startDaemon();
    await protectOutbound(4, {});
    const discards = await alice.discardsDuring(async () => {
      await alice.namespace.run(['ping', '-c', '1', '-W', '1', ENDS[4][1]]);
    });
    expect(discards).toEqual({ 'out-no-states': 1 });
  });
});
