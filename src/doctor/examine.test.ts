import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/packets.ts';
import {
  espSa,
  layer,
  opposite,
  policy,
  protect,
  selector,
  tunnel,
} from '../../test/support/sas.ts';
import { chainsOfIptables } from '../firewall/read-iptables.ts';
import { type SaRecord, UNUSED } from '../ipsec/record.ts';
import type { SaParameters } from '../ipsec/sa-parameters.ts';
import { examine } from './examine.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

const HOUR = 3_600_000;

function record(parameters: SaParameters, parts: Partial<SaRecord> = {}): SaRecord {
  return { parameters, state: 'mature', addedAt: 0, ...UNUSED, ...parts };
}

const ESP = protect(layer('esp'));
const SAS = [espSa(), opposite(espSa())];

/** A machine with nothing wrong, whose kernel protects all between alice and bob. */
const GOOD: Facts = {
  now: HOUR,
  backend: 'kernel',
  kernel: { gaps: [], unknown: null },
  capabilities: new Set(['CAP_NET_ADMIN', 'CAP_NET_RAW']),
  tun: 'usable',
  libraries: { openssl: '3.0.19', legacy: true, multiBuffer: true, isX86: true },
  filter: { nftMissing: null, untold: [], chains: [] },
  guard: null,
  sysctls: new Map([
    ['net.ipv4.ip_forward', '0'],
    ['net.ipv4.ip_no_pmtu_disc', '0'],
    ['net.ipv4.conf.lo.disable_policy', '1'],
    ['net.ipv4.conf.lo.disable_xfrm', '1'],
    ['net.ipv4.conf.all.accept_redirects', '1'],
  ]),
  processes: [{ pid: 1, name: 'systemd' }],
  udpPorts: [],
  paths: [{ to: '10.9.0.2', device: 'eth0', mtu: 1500 }],
  sas: SAS.map((sa) => record(sa)),
  policies: [policy('outbound', ESP), policy('inbound', ESP), policy('forward', ESP)],
  discards: {},
};

const USERSPACE: Partial<Facts> = {
  backend: 'userspace',
  kernel: {
    gaps: [{ kind: 'protocol', name: 'esp', reason: 'this kernel has no ESP' }],
    unknown: null,
  },
};

/** What is not as it should be with `parts` in place of what is good: `nat problem: sentence`. */
function wrong(parts: Partial<Facts>): string[] {
  return findings(parts)
    .filter(({ status }) => status !== 'ok')
    .map(({ check, status, says }) => `${check} ${status}: ${says}`);
}

function findings(parts: Partial<Facts>): Finding[] {
  return examine({ ...GOOD, ...parts });
}

function sysctl(...pairs: readonly (readonly [string, string])[]): Partial<Facts> {
  return { sysctls: new Map([...GOOD.sysctls, ...pairs]) };
}

function iptables(text: string): Partial<Facts> {
  return { filter: { nftMissing: null, untold: [], chains: chainsOfIptables(text, 4) } };
}

const GATEWAY_POLICY = policy(
  'outbound',
  protect(tunnel('esp', address('10.9.0.1'), address('10.9.0.2'))),
  {
    ...selector(address('10.1.0.0'), address('10.2.0.0')),
    localAddress: { address: address('10.1.0.0'), length: 16 },
    remoteAddress: { address: address('10.2.0.0'), length: 16 },
  },
);
const GATEWAY: Partial<Facts> = {
  policies: [GATEWAY_POLICY],
  sas: [record(espSa({ mode: 'tunnel' }))],
};

describe('examine()', () => {
  test('finds nothing wrong with a good machine, in the kernel or beside ipseald', () => {
    expect(wrong({})).toEqual([]);
    expect(wrong(USERSPACE)).toEqual([]);
    for (const { proof } of findings({})) expect(proof).not.toBe('');
  });

  const cases: readonly (readonly [string, Partial<Facts>, readonly string[]])[] = [
    [
      'a kernel without ESP, and nothing in its place',
      { kernel: { gaps: [{ kind: 'protocol', name: 'esp', reason: 'none' }], unknown: null } },
      ['kernel problem: The kernel has no ESP, and no ipseald runs.'],
    ],
    [
      'a kernel without a cipher',
      {
        kernel: { gaps: [{ kind: 'cipher', name: 'twofish-cbc', reason: 'none' }], unknown: null },
      },
      ['kernel note: The kernel has ESP and AH, and lacks twofish-cbc.'],
    ],
    [
      'no privileges',
      { capabilities: new Set(['CAP_NET_RAW']), tun: 'refused' },
      [
        'privileges warning: This process has no CAP_NET_ADMIN, and so cannot change SAs, policies and packet filters.',
        'tun note: This process may not open /dev/net/tun, which ipseald needs.',
      ],
    ],
    [
      'no legacy provider',
      { libraries: { ...GOOD.libraries, legacy: false } },
      [expect.stringContaining('openssl note: OpenSSL 3.0.19 has no legacy provider')],
    ],
    [
      'another daemon that keys the kernel',
      {
        processes: [{ pid: 7, name: 'charon' }],
        udpPorts: [{ port: 500, holder: { pid: 7, name: 'charon' } }],
      },
      [expect.stringContaining('daemons note: charon runs (strongSwan, process 7)')],
    ],
    [
      'an IKE port that something else has',
      { udpPorts: [{ port: 500, holder: { pid: 9, name: 'nc' } }] },
      ['daemons note: nc, process 9, has UDP port 500, where IKE comes.'],
    ],
    [
      'a device without policies',
      sysctl(['net.ipv4.conf.eth0.disable_policy', '1']),
      [
        'disabled-devices problem: disable_policy is set for eth0: the kernel lets in on it what no policy was asked about.',
      ],
    ],
    [
      'rules of ipseald that are gone',
      { ...USERSPACE, guard: 'gone' },
      [expect.stringMatching(/^guard problem: .* passes in the clear/)],
    ],
    [
      'a firewall that drops the rest',
      iptables('*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n'),
      [
        'packet-filter problem: ESP from 10.9.0.2 is dropped by chain INPUT of the iptables table filter, which drops what no rule decides on.',
      ],
    ],
    [
      'a NAT rule for everything',
      {
        ...GATEWAY,
        ...sysctl(['net.ipv4.ip_forward', '1'], ['net.ipv4.conf.all.accept_redirects', '0']),
        ...iptables(
          '*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n',
        ),
        ...{ sysctls: new Map([['net.ipv4.ip_forward', '1']]) },
      },
      [
        expect.stringMatching(
          /^nat problem: The rule "-o eth0 -j MASQUERADE" .* rewrites the source/,
        ),
      ],
    ],
    [
      'a strict reverse path filter beside ipseald',
      { ...USERSPACE, ...sysctl(['net.ipv4.conf.all.rp_filter', '1']) },
      [expect.stringContaining('rp_filter problem: The reverse path filter is strict')],
    ],
    [
      'a gateway that does not forward',
      GATEWAY,
      [expect.stringContaining('forwarding warning: Policies tunnel IPv4 for networks behind')],
    ],
    [
      'redirects',
      {
        ...GATEWAY,
        ...sysctl(['net.ipv4.ip_forward', '1'], ['net.ipv4.conf.eth0.send_redirects', '1']),
      },
      [
        expect.stringContaining('redirects warning: This gateway tells hosts of shorter ways'),
        expect.stringContaining('redirects warning: This gateway takes ICMP redirects'),
      ],
    ],
    [
      'a link that leaves too little',
      { paths: [{ to: '10.9.0.2', device: 'ppp0', mtu: 1300 }] },
      [
        expect.stringMatching(
          /^mtu warning: Of the 1300 octets .*, fewer than the 1280 of IPv6\.$/,
        ),
      ],
    ],
    [
      'no path MTU discovery',
      sysctl(['net.ipv4.ip_no_pmtu_disc', '1']),
      [expect.stringContaining('mtu warning: This host does not discover path MTUs')],
    ],
    [
      'a policy that nothing serves',
      { sas: [record(espSa())] },
      [expect.stringMatching(/^unserved problem: The inbound policy for .* is not taken in\.$/)],
    ],
    [
      'SAs near their end',
      {
        sas: SAS.map((sa, k) =>
          k === 0
            ? record(
                { ...sa, hardLifetime: { seconds: 3700, octets: 1000, packets: 100 } },
                { octets: 901, packets: 99 },
              )
            : record(sa, { sequenceNumber: 2 ** 32 - 10 }),
        ),
      },
      [
        expect.stringMatching(/^expiry warning: The SA esp 0x00000201 .* ends in 100 seconds\.$/),
        expect.stringMatching(/^expiry warning: The SA .* ends after 99 more octets\.$/),
        expect.stringMatching(/^expiry warning: The SA .* ends after 1 more packets\.$/),
        expect.stringMatching(/^expiry warning: .* has 9 sequence numbers left/),
      ],
    ],
    [
      'packets that were discarded',
      { discards: { 'in-no-states': 3, 'in-new': 1, 'in-error': 0 } },
      [
        'discards warning: 3 packets were discarded for in-no-states: no SA has this SPI, protocol and destination.',
        'discards warning: 1 packets were discarded for in-new: a reason that ipseal does not know.',
      ],
    ],
    [
      'a packet filter that cannot be read',
      { filter: { nftMissing: 'nft is not installed', untold: [], chains: [] } },
      ['packet-filter note: The rules of the packet filter are not known: nft is not installed.'],
    ],
  ];
  test.each(cases)('finds %s', (_, parts, expected) => {
    expect(wrong(parts)).toEqual(expected);
    for (const { status, fix } of findings(parts)) {
      if (status === 'problem' || status === 'warning') expect(fix).not.toBeNull();
    }
  });

  test('knows a NAT rule that lets alone what the kernel protects', () => {
    const nat = (condition: string) =>
      iptables(
        `*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING ${condition} -j MASQUERADE\nCOMMIT\n`,
      );
    const unprotected = '-m policy --dir out --pol none';
    expect(wrong(nat(unprotected))).toEqual([]);
    expect(wrong({ ...USERSPACE, ...nat('-o eth0') })).toEqual([]);
    expect(wrong({ ...USERSPACE, ...nat(unprotected) })).toHaveLength(1);
  });
});
