import { describe, expect, test } from 'vitest';
import { explained, flow } from '../../../test/support/explaining.ts';
import { ALICE, ALICE6, address, BOB, BOB6 } from '../../../test/support/packets.ts';
import {
  ahSa,
  espSa,
  inUdp,
  ipcompSa,
  layer,
  mirrored,
  network,
  networkPolicy,
  opposite,
  policy,
  protect,
  tunnel,
} from '../../../test/support/sas.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { onePort } from '../../net/port-range.ts';
import { UNLIMITED } from '../lifetime.ts';
import type { Policy } from '../policy.ts';
import type { SaParameters } from '../sa-parameters.ts';
import type { Departure } from './departure.ts';
import { type Explanation, likelyRole } from './explain.ts';
import type { Flow } from './flow.ts';
import type { Layer } from './layers.ts';
import { recordsOf } from './tables.ts';

const OUT = policy('outbound', protect(layer('esp')));
const IN = policy('inbound', protect(layer('esp')));
const ESP = espSa();

/** What is said of what leaves. */
function leaving(
  sas: readonly SaParameters[],
  policies: readonly Policy[],
  asked: Flow = flow(),
  now = 0,
): Departure {
  const { departure } = explained(asked, 'outbound', sas, policies, { now }).there;
  return departure ?? expect.unreachable();
}

/** How the layers are told in a table. */
function told({ layers }: { readonly layers: readonly Layer[] }) {
  return layers.map(({ sa, fault, nearest }) => ({
    spi: sa?.parameters.spi ?? null,
    fault,
    near: nearest.map(({ record, differs }) => [record.parameters.spi, ...differs]),
  }));
}

describe('of a packet that leaves', () => {
  test('the policy, the SA and the fate are told', () => {
    const departure = leaving([ESP, opposite(ESP)], [OUT, IN]);
    expect(departure).toMatchObject({ policy: OUT, outcome: 'protected', reason: null });
    expect(told(departure)).toEqual([{ spi: 0x201, fault: null, near: [] }]);
  });

  test.each<[string, Policy[], Departure['outcome'], Departure['reason']]>([
    ['no policy', [], 'clear', null],
    ['bypass', [policy('outbound', { kind: 'bypass' })], 'clear', null],
    ['discard', [policy('outbound', { kind: 'discard' })], 'discarded', 'out-pol-block'],
    ['use', [policy('outbound', protect(layer('esp', 'use')))], 'clear', null],
    ['require', [OUT], 'discarded', 'out-no-states'],
  ])('without an SA, %s has its consequence', (_, policies, outcome, reason) => {
    expect(leaving([], policies)).toMatchObject({ outcome, reason });
  });

  test.each<[string, SaParameters, (string | number)[][]]>([
    ['another reqid', espSa({ reqid: 8 }), [[0x201, 'reqid']]],
    ['another mode', espSa({ mode: 'tunnel', reqid: 7 }), [[0x201, 'mode']]],
    ['another protocol', ahSa({ reqid: 7 }), [[0x200, 'protocol']]],
    ['another source', espSa({ reqid: 7, source: address('10.9.0.3') }), [[0x201, 'source']]],
    ['the other direction', opposite(espSa({ reqid: 7 })), [[0x301, 'direction']]],
    ['other hosts', espSa({ source: address('10.9.0.3'), destination: address('10.9.0.4') }), []],
  ])('an SA of %s is named where none serves', (_, sa, near) => {
    const departure = leaving([sa], [policy('outbound', protect(layer('esp', 'require', 7)))]);
    expect(departure.reason).toBe('out-no-states');
    expect(told(departure)).toEqual([{ spi: null, fault: null, near }]);
  });

  test('an SA past its hard lifetime is told as such', () => {
    const sa = espSa({ hardLifetime: { ...UNLIMITED, seconds: 3 } });
    const departure = leaving([sa], [OUT], flow(), 4000);
    expect(departure.reason).toBe('out-state-expired');
    expect(told(departure)).toEqual([{ spi: 0x201, fault: 'dead', near: [] }]);
  });

  test('an SA whose sequence numbers are used up is told as such', () => {
    const { departure } = explained(flow(), 'outbound', [], [], {
      records: recordsOf([{ sa: ESP, sequenceNumber: 2 ** 32 - 1 }], [OUT], 0),
    }).there;
    expect(departure?.reason).toBe('out-state-seq-error');
    expect(departure?.layers[0]?.fault).toBe('used-up');
  });

  test('policies asked before tell wherein they differ, the nearest first to be kept', () => {
    const to = (port: number) =>
      policy('outbound', { kind: 'discard' }, { nextLayerProtocol: 6, remotePort: onePort(port) });
    const from = policy(
      'outbound',
      { kind: 'discard' },
      { nextLayerProtocol: 6, localPort: onePort(22) },
    );
    const far = Array.from({ length: 9 }, (_, k) =>
      networkPolicy('outbound', { kind: 'discard' }, `10.${k}.0.0/16`, '172.16.0.0/12'),
    );
    const { passedOver } = leaving([ESP], [...far, to(80), from, OUT]);
    expect(passedOver.more).toBe(6);
    expect(passedOver.nearest.slice(-2)).toEqual([
      { policy: to(80), differs: ['destination port'], open: false },
      { policy: from, differs: ['source port'], open: true },
    ]);
    expect(passedOver.nearest[0]?.differs).toEqual(['source', 'destination']);
  });

  test('a policy of another protocol is not said to differ in ports, too', () => {
    const udp = policy(
      'outbound',
      { kind: 'discard' },
      { nextLayerProtocol: IP_PROTOCOL.udp, remotePort: onePort(53) },
    );
    const { passedOver } = leaving([ESP], [udp, OUT]);
    expect(passedOver.nearest).toEqual([{ policy: udp, differs: ['protocol'], open: false }]);
  });

  test('a policy with a security context is left to the security module', () => {
    const labelled = policy(
      'outbound',
      { kind: 'discard' },
      { securityContext: { doi: 1, algorithm: 1, label: 'x' }, priority: 1 },
    );
    expect(leaving([ESP], [labelled, OUT]).policy).toEqual(OUT);
  });
});

describe('the wire', () => {
  test.each<[string, SaParameters[], Policy, string[]]>([
    [
      'ESP in transport mode',
      [ESP],
      OUT,
      [
        ...['IPv4 header 20', 'ESP header 8', 'IV 16', 'TCP header 20 *', 'payload 0 *'],
        ...['padding 10 *', 'ESP trailer 2 *', 'ICV 16'],
      ],
    ],
    [
      'ESP in UDP',
      [inUdp(ESP)],
      OUT,
      [
        ...['IPv4 header 20', 'UDP header 8', 'ESP header 8', 'IV 16', 'TCP header 20 *'],
        ...['payload 0 *', 'padding 10 *', 'ESP trailer 2 *', 'ICV 16'],
      ],
    ],
    [
      'an AH tunnel over IPv6',
      [ahSa({ mode: 'tunnel', source: ALICE6, destination: BOB6 })],
      policy('outbound', protect(tunnel('ah', ALICE6, BOB6))),
      ['IPv6 header 40', 'AH 24', 'IPv4 header 20', 'TCP header 20', 'payload 0'],
    ],
    [
      'IPComp',
      [ipcompSa()],
      policy('outbound', protect(layer('ipcomp'))),
      ['IPv4 header 20', 'IPComp header 0', 'TCP header 20', 'payload 0'],
    ],
  ])('has the headers of %s in their order', (_, sas, out, parts) => {
    const { there } = explained(flow(), 'outbound', sas, [out], { lengths: () => [40] });
    const form = there.departure?.wire?.forms[0];
    expect(
      form?.parts.map(({ name, octets, hidden }) => `${name} ${octets}${hidden ? ' *' : ''}`),
    ).toEqual(parts);
  });

  test('leaves as much of the link as fits, and no octet less', () => {
    const asked = { linkMtu: () => 1500, lengths: (_: Flow, mtu: number) => [mtu, mtu + 1] };
    const { departure } = explained(flow(), 'outbound', [ESP], [OUT], asked).there;
    expect(departure?.wire?.room).toEqual({ linkMtu: 1500, mtu: 1458, mss: 1418 });
    const lengths = departure?.wire?.forms.map(({ length }) => length);
    expect(lengths).toEqual([1500, 1516]);
  });

  test('leaves nothing of a link that is too small', () => {
    const { departure } = explained(flow(), 'outbound', [ESP], [OUT], { linkMtu: () => 68 }).there;
    expect(departure?.wire?.room).toEqual({ linkMtu: 68, mtu: 0, mss: 0 });
  });

  test('asks for the link towards the end of the outermost tunnel', () => {
    const sa = espSa({ mode: 'tunnel' });
    const asked = flow({ source: address('10.1.0.9'), destination: address('10.2.0.9') });
    const out = networkPolicy(
      'outbound',
      protect(tunnel('esp', ALICE, BOB)),
      '10.1.0.0/16',
      '10.2.0.0/16',
    );
    const ends: unknown[] = [];
    explained(asked, 'outbound', [sa], [out], {
      linkMtu: (destination) => {
        ends.push(destination);
        return 1400;
      },
    });
    expect(ends).toEqual([BOB]);
  });
});

describe('of a packet that arrives', () => {
  test('it is told what it meets in the clear, protected, and under another SA', () => {
    const other = ahSa({ spi: 0x999, source: BOB, destination: ALICE });
    const sas = [opposite(ESP), other];
    const asked = flow({ source: BOB, destination: ALICE });
    const { arrival } = explained(asked, 'inbound', sas, [IN]).there;
    expect(arrival).toMatchObject({
      ...{ policy: IN, outcome: 'protected', reason: null },
      ...{ plain: 'in-tmpl-mismatch', sealed: 'deliver' },
      others: [{ record: { parameters: { spi: 0x999 } }, verdict: 'in-tmpl-mismatch' }],
    });
  });

  test('without the SA that its peer uses it is dropped however it comes', () => {
    const asked = flow({ source: BOB, destination: ALICE });
    const { arrival } = explained(asked, 'inbound', [ESP], [IN]).there;
    expect(arrival).toMatchObject({ outcome: 'discarded', reason: 'in-no-states' });
    expect(arrival?.layers[0]?.nearest[0]?.differs).toEqual(['direction']);
  });

  test('a policy that says use lets it in in the clear, too', () => {
    const use = policy('inbound', protect(layer('esp', 'use')));
    const asked = flow({ source: BOB, destination: ALICE });
    const { arrival } = explained(asked, 'inbound', [opposite(ESP)], [use]).there;
    expect(arrival).toMatchObject({ outcome: 'protected', plain: 'deliver', sealed: 'deliver' });
  });

  test('Linux asks forward policies about what goes on, ours where no other speaks', () => {
    const forward = { ...policy('inbound', { kind: 'discard' as const }), direction: 'forward' };
    const policies = [{ ...forward, direction: 'forward' as const }];
    const asked = flow({ source: BOB, destination: ALICE });
    const fate = (rules: 'kernel' | 'userspace', role: 'inbound' | 'forward') =>
      explained(asked, role, [], policies, { rules }).there.outcome;
    expect(fate('kernel', 'inbound')).toBe('clear');
    expect(fate('userspace', 'inbound')).toBe('discarded');
    expect(fate('kernel', 'forward')).toBe('discarded');
  });
});

describe('both ways', () => {
  const sas = [ESP, opposite(ESP)];

  test('the reply is asked about, with the ports the other way round', () => {
    const { back } = explained(flow(), 'outbound', sas, [OUT, IN]);
    expect(back.flow).toEqual(
      flow({ source: BOB, destination: ALICE, sourcePort: 5901, destinationPort: null }),
    );
    expect(back.arrival?.outcome).toBe('protected');
  });

  test('the reply to an echo request is an echo reply', () => {
    const ping = { protocol: IP_PROTOCOL.icmp, destinationPort: null, messageType: 8 };
    expect(explained(flow(ping), 'outbound', [], []).back.flow.messageType).toBe(0);
    const ends = { source: ALICE6, destination: BOB6 };
    const ping6 = { ...ping, ...ends, protocol: IP_PROTOCOL['ipv6-icmp'], messageType: 128 };
    expect(explained(flow(ping6), 'outbound', [], []).back.flow.messageType).toBe(129);
  });

  test('through a gateway it arrives, and then it leaves', () => {
    const gateway = networkPolicy(
      'outbound',
      protect(tunnel('esp', ALICE, BOB)),
      '10.1.0.0/16',
      '10.2.0.0/16',
    );
    const back = { ...gateway, direction: 'forward' as const };
    const sa = espSa({ mode: 'tunnel' });
    const asked = flow({ source: address('10.1.0.9'), destination: address('10.2.0.9') });
    const { there, back: reply } = explained(asked, 'forward', [sa, opposite(sa)], [gateway, back]);
    expect([there.arrival?.outcome, there.departure?.outcome]).toEqual(['clear', 'protected']);
    expect([reply.arrival?.outcome, reply.departure?.outcome]).toEqual(['protected', 'clear']);
    expect(there.outcome).toBe('protected');
  });

  test.each<[string, Policy[], boolean]>([
    ['nobody asks for anything', [], false],
    ['the reply must be protected', [IN], true],
    ['its own policy says use', [policy('outbound', protect(layer('esp', 'use', 9)))], true],
    ['it is protected', [OUT, IN], false],
  ])('it is exposed or not where %s', (_, policies, exposed) => {
    expect(explained(flow(), 'outbound', sas, policies).exposed).toBe(exposed);
  });
});

describe('exemptions', () => {
  const all = networkPolicy('outbound', { kind: 'discard' }, '::/0', '::/0');
  const solicitation = flow({
    ...{ source: ALICE6, destination: BOB6, protocol: IP_PROTOCOL['ipv6-icmp'] },
    ...{ destinationPort: null, messageType: 135 },
  });
  const outcome = ({ there: { exemption, outcome: fate } }: Explanation) => [exemption, fate];

  test('Neighbour Discovery is exempt in userspace, and not on Linux', () => {
    const ask = (rules: 'kernel' | 'userspace') =>
      outcome(explained(solicitation, 'outbound', [], [all], { rules }));
    expect(ask('userspace')).toEqual(['neighbour-discovery', 'clear']);
    expect(ask('kernel')).toEqual([null, 'discarded']);
  });

  test('no policy is asked about what stays on its host', () => {
    const inside = flow({ source: address('127.0.0.1'), destination: address('127.0.0.1') });
    const every = networkPolicy('outbound', { kind: 'discard' }, '0.0.0.0/0', '0.0.0.0/0');
    expect(outcome(explained(inside, 'outbound', [], [every]))).toEqual(['loopback', 'clear']);
    expect(outcome(explained(flow(), 'local', [], [OUT]))).toEqual(['loopback', 'clear']);
  });

  test('what may be IKE is told', () => {
    const ike = flow({ protocol: IP_PROTOCOL.udp, sourcePort: 500, destinationPort: 500 });
    expect(explained(ike, 'outbound', [], []).there.mayBeIke).toBe(true);
    expect(explained(flow(), 'outbound', [], []).there.mayBeIke).toBe(false);
  });
});

describe('likelyRole()', () => {
  const other = policy('outbound', protect(layer('esp')), {
    localAddress: network('10.7.0.0/16'),
    remoteAddress: network('10.8.0.0/16'),
  });

  test.each<[string, Policy[], string]>([
    ['outbound', [OUT, IN], 'outbound'],
    ['inbound', [mirrored(OUT)], 'inbound'],
    ['forward', [{ ...mirrored(OUT), direction: 'forward' }], 'forward'],
    ['about others', [other], 'outbound'],
  ])('goes by the policies: %s', (_, policies, role) => {
    expect(likelyRole(flow(), recordsOf([], policies, 0))).toBe(role);
  });
});
