import { describe, expect, test } from 'vitest';
import { address } from '../../../test/support/packets.ts';
import { layer, policy, protect } from '../../../test/support/sas.ts';
import { joined, streamOf } from '../../../test/support/streams.ts';
import type { PolicyRecord } from '../../ipsec/backend.ts';
import type { Policy, Template } from '../../ipsec/policy.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { onePort } from '../../net/port-range.ts';
import type { DumpOptions } from './dump-sad.ts';
import { spdPieces } from './dump-spd.ts';

/** The whole dump. */
function formatSpd(records: readonly PolicyRecord[], options: DumpOptions): Promise<string> {
  return joined(spdPieces(streamOf(records), options));
}

const ADDED = new Date(2026, 10, 21, 16, 14, 23).getTime();
const OPTIONS: DumpOptions = { now: ADDED, pid: 915, ports: false };
const BYPASS = { kind: 'bypass' } as const;

function record(policy: Policy, parts: Partial<PolicyRecord> = {}): PolicyRecord {
  return { policy, index: 1, addedAt: ADDED, usedAt: null, ...parts };
}

async function linesOf(policy: Policy, options = OPTIONS): Promise<string[]> {
  return (await formatSpd([record(policy)], options)).split('\n');
}

const TUNNEL: Template = {
  protocol: 'esp',
  mode: 'tunnel',
  endpoints: { local: address('192.0.2.1'), remote: address('192.0.2.2') },
  level: 'require',
  reqid: 0,
};

describe('spdPieces()', () => {
  test('prints every blank and tab of the original', async () => {
    const parts = { nextLayerProtocol: 6, remotePort: onePort(80), priority: 0x80000000 - 10 };
    const out = policy('outbound', protect(layer('esp'), layer('ah', 'use')), parts);
    expect(await formatSpd([record(out, { index: 49, usedAt: ADDED + 5000 })], OPTIONS)).toBe(
      [
        '10.9.0.1[any] 10.9.0.2[80] tcp',
        '\tout prio def + 10 ipsec',
        '\tesp/transport//require',
        '\tah/transport//use',
        '\tcreated: Nov 21 16:14:23 2026  lastused: Nov 21 16:14:28 2026',
        '\tlifetime: 0(s) validtime: 0(s)',
        '\tspid=49 seq=0 pid=915',
        '\trefcnt=2',
        '',
      ].join('\n'),
    );
  });

  test('says so when there is nothing', async () => {
    expect(await formatSpd([], OPTIONS)).toBe('No SPD entries.\n');
  });

  test('numbers entries from 1, and the last 0', async () => {
    const three = (['outbound', 'inbound', 'forward'] as const).map((direction, index) =>
      record(policy(direction, BYPASS), { index }),
    );
    expect((await formatSpd(three, OPTIONS)).match(/spid=\d+ seq=\d+/g)).toEqual([
      'spid=0 seq=1',
      'spid=1 seq=2',
      'spid=2 seq=0',
    ]);
  });

  test('leaves 20 blanks for the last use of a policy that was never used', async () => {
    expect((await linesOf(policy('outbound', BYPASS)))[2]).toBe(
      `\tcreated: Nov 21 16:14:23 2026  lastused: ${' '.repeat(20)}`,
    );
  });

  test.each([
    ['outbound', '10.9.0.1[1] 10.9.0.2[2] udp', '\tout prio def discard'],
    ['inbound', '10.9.0.2[2] 10.9.0.1[1] udp', '\tin prio def discard'],
    ['forward', '10.9.0.2[2] 10.9.0.1[1] udp', '\tfwd prio def discard'],
  ] as const)('puts the source first: %s', async (direction, addresses, second) => {
    const parts = { nextLayerProtocol: 17, localPort: onePort(1), remotePort: onePort(2) };
    expect((await linesOf(policy(direction, { kind: 'discard' }, parts))).slice(0, 2)).toEqual([
      addresses,
      second,
    ]);
  });

  test.each<[number | 'any', string]>([
    ['any', '10.9.0.1[any] 10.9.0.2[any] 255'],
    [IP_PROTOCOL.tcp, '10.9.0.1[any] 10.9.0.2[any] tcp'],
    [IP_PROTOCOL.ospf, '10.9.0.1[any] 10.9.0.2[any] ospf'],
    [IP_PROTOCOL.icmp, '10.9.0.1 10.9.0.2 icmp'],
    [IP_PROTOCOL['ipv6-icmp'], '10.9.0.1 10.9.0.2 ipv6-icmp'],
    [IP_PROTOCOL.gre, '10.9.0.1 10.9.0.2 gre'],
    [IP_PROTOCOL['mobility-header'], '10.9.0.1 10.9.0.2 mobility-header'],
    [200, '10.9.0.1[any] 10.9.0.2[any] 200'],
  ])('names protocol %s, with ports where it has them', async (nextLayerProtocol, expected) => {
    expect((await linesOf(policy('outbound', BYPASS, { nextLayerProtocol })))[0]).toBe(expected);
  });

  test.each([
    [IP_PROTOCOL.icmp, { message: { type: 8, code: 0 } }, ' icmp 8,0'],
    [IP_PROTOCOL.icmp, { message: { type: 3, code: null } }, ' icmp 3,0'],
    [IP_PROTOCOL.icmp, { message: { type: 0, code: 0 } }, ' icmp'],
    [IP_PROTOCOL['ipv6-icmp'], { message: { type: 128, code: null } }, ' ipv6-icmp 128,0'],
    [IP_PROTOCOL.gre, { greKey: 1234 }, ' gre 1234'],
  ])('shows what is told of protocol %s: %o', async (nextLayerProtocol, parts, words) => {
    const [first] = await linesOf(policy('outbound', BYPASS, { nextLayerProtocol, ...parts }));
    expect(first).toBe(`10.9.0.1 10.9.0.2${words}`);
  });

  test('shows a security context before the number of the policy', async () => {
    const securityContext = { doi: 1, algorithm: 1, label: 'é' };
    expect((await linesOf(policy('outbound', BYPASS, { securityContext }))).slice(3, 9)).toEqual([
      '\tlifetime: 0(s) validtime: 0(s)',
      '\tsecurity context doi: 1',
      '\tsecurity context algorithm: 1',
      '\tsecurity context length: 4',
      '\tsecurity context: é',
      '\tspid=1 seq=0 pid=915',
    ]);
  });

  test('shows a network as it was written, and inbound ICMP from the remote side', async () => {
    const localAddress = { address: address('192.0.2.77'), length: 24 };
    const icmp = policy('inbound', BYPASS, { localAddress, nextLayerProtocol: IP_PROTOCOL.icmp });
    expect((await linesOf(icmp))[0]).toBe('10.9.0.2 192.0.2.77/24 icmp');
  });

  test.each([
    [0, ''],
    [0x80000000, ' prio def'],
    [0x80000000 - 1, ' prio def + 1'],
    [0x80000000 + 1, ' prio def - 1'],
    [0x40000000, ' prio high'],
    [0x40000000 + 5, ' prio high - 5'],
    [1, ' prio high + 1073741823'],
    [0xc0000000, ' prio low'],
    [0xc0000000 - 5, ' prio low + 5'],
    [0xffffffff, ' prio low - 1073741823'],
    // Halfway between two bases the original counts from the lesser priority.
    [0x5fffffff, ' prio high - 536870911'],
    [0x60000000, ' prio def + 536870912'],
    [0x9fffffff, ' prio def - 536870911'],
    [0xa0000000, ' prio low + 536870912'],
  ])(
    'tells priority %d by the nearest base and the offset, greater first',
    async (priority, words) => {
      expect((await linesOf(policy('outbound', BYPASS, { priority })))[1]).toBe(
        `\tout${words} none`,
      );
    },
  );

  test.each([
    [layer('esp', 'use', 0), 'use'],
    [layer('esp', 'use', 7), 'use'],
    [layer('esp', 'require', 0), 'require'],
    [layer('esp', 'require', 16), 'unique:16'],
    [layer('esp', 'require', 16383), 'unique:16383'],
    // Numbers that setkey or a kernel chose.
    [layer('esp', 'require', 16384), 'unique#16384'],
  ])('tells the level of %o', async (template, level) => {
    expect((await linesOf(policy('outbound', protect(template))))[2]).toBe(
      `\tesp/transport//${level}`,
    );
  });

  test('shows the ends of a tunnel from source to destination, with ports under -p', async () => {
    const ends = async (direction: 'outbound' | 'inbound', ports: boolean) =>
      (await linesOf(policy(direction, protect(TUNNEL)), { ...OPTIONS, ports }))[2];
    expect(await ends('outbound', false)).toBe('\tesp/tunnel/192.0.2.1-192.0.2.2/require');
    expect(await ends('inbound', false)).toBe('\tesp/tunnel/192.0.2.2-192.0.2.1/require');
    expect(await ends('inbound', true)).toBe('\tesp/tunnel/192.0.2.2[0]-192.0.2.1[0]/require');
  });
});
