import { describe, expect, test } from 'vitest';
import { DataPath, memoryFor } from '../../test/support/data-path.ts';
import {
  ALICE,
  ALICE6,
  address,
  BOB,
  BOB6,
  echoPacket,
  ipPacket,
  udpPacket,
} from '../../test/support/packets.ts';
import {
  addPolicy,
  addSa,
  ahSa,
  espSa,
  inUdp,
  ipcompSa,
  layer,
  mirrored,
  networkPolicy,
  policy,
  protect,
  selector,
  testKey,
  tunnel,
} from '../../test/support/sas.ts';
import { TestWatch } from '../../test/support/watching.ts';
import { AES_CBC } from '../crypto/aes-cbc.ts';
import { AES_GCM_16 } from '../crypto/aes-gcm.ts';
import { aeadByLinuxName } from '../crypto/foreign-algorithm.ts';
import { nodeProvider } from '../crypto/node-provider.ts';
import { NULL_INTEGRITY } from '../crypto/null.ts';
import { Secret } from '../crypto/secret.ts';
import type { Policy } from '../ipsec/policy.ts';
import type { SaParameters } from '../ipsec/sa-parameters.ts';
import { anyAddress, exactPattern, type SaPattern } from '../ipsec/sa-pattern.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { TextWriter } from '../octets/text-writer.ts';
import { PLAIN } from './line-style.ts';
import type { Observation } from './observation.ts';
import { writeObservation } from './observation-line.ts';

const ECHO = echoPacket('request', 1, 56);
const ECHO_LINE = 'ICMP echo request, id 4660, seq 1, length 64';

/** A host that protects what it sends with `sas`, innermost first. */
function sender(sas: readonly SaParameters[], policies?: readonly Policy[]): DataPath {
  const path = new DataPath(nodeProvider({ octets: new Uint8Array(memoryFor(4096)) }));
  const layers = sas.map(({ protocol, mode, source, destination, reqid }) =>
    mode === 'tunnel'
      ? tunnel(protocol, source, destination, 'require', reqid)
      : layer(protocol, 'require', reqid),
  );
  const wanted = policies ?? [policy('outbound', protect(...layers))];
  path.commit(...sas.map(addSa), ...wanted.map(addPolicy));
  return path;
}

function watching(sas: readonly SaParameters[], policies: readonly Policy[] | null = null) {
  return new TestWatch(
    sas.map((sa) => exactPattern(sa)),
    policies,
  );
}

function textOf(observation: Observation): string {
  const out = new TextWriter();
  writeObservation(out, observation, PLAIN);
  return out.taken(0);
}

describe('a watcher with the keys sees what is inside', () => {
  const gcm = { encryption: { algorithm: AES_GCM_16, key: testKey(160) }, integrity: null };
  for (const [name, sas, expected] of [
    ['ESP', [espSa()], `length 120: ${ECHO_LINE}`],
    ['ESP with an AEAD', [espSa(gcm)], `length 100: ${ECHO_LINE}`],
    ['a tunnel', [espSa({ mode: 'tunnel' })], `: IP 10.9.0.1 > 10.9.0.2: ${ECHO_LINE}`],
    [
      'ESP in UDP',
      [inUdp(espSa())],
      `UDP-encap: ESP(spi=0x00000201,seq=0x1), length 120: ${ECHO_LINE}`,
    ],
    ['ESP within AH', [espSa(), ahSa()], `AH(spi=0x00000200,seq=0x1,icv=0x`],
    [
      'ESP within ESP',
      [espSa({ reqid: 1 }), espSa({ reqid: 2, spi: 0x300 })],
      `ESP(spi=0x00000201,seq=0x1), length 120: ${ECHO_LINE}`,
    ],
    ['AH within ESP', [ahSa(), espSa()], `AH(spi=0x00000200,seq=0x1`],
    ['AH as a tunnel', [ahSa({ mode: 'tunnel' })], `: IP 10.9.0.1 > 10.9.0.2: ${ECHO_LINE}`],
    [
      'a tunnel in a tunnel',
      [espSa({ reqid: 1, mode: 'tunnel' }), espSa({ reqid: 2, mode: 'tunnel', spi: 0x300 })],
      `: IP 10.9.0.1 > 10.9.0.2: ESP(spi=0x00000201,seq=0x1), length 136: IP 10.9.0.1 > 10.9.0.2: ${ECHO_LINE}`,
    ],
  ] as const) {
    test(name, () => {
      const seen = watching(sas).see(sender(sas).seal(ECHO));
      const text = textOf(seen);
      expect(text).toContain(expected);
      expect(text.endsWith(ECHO_LINE)).toBe(true);
      for (let at: Observation | null = seen; at?.protections.length; at = at.inner) {
        expect(at.icv).toBe('ok');
      }
    });
  }

  test('IPComp within ESP, with no SA told for it', () => {
    const zeros = udpPacket(new Uint8Array(500));
    const sas = [ipcompSa(), espSa()];
    const seen = watching([espSa()]).see(sender(sas).seal(zeros));
    expect(textOf(seen)).toMatch(/: .*: 40000 > 5000: UDP, length 500$/);
    expect(seen.inner?.inner?.layer.kind).toBe('udp');
  });

  test('extended sequence numbers, whose high half is known', () => {
    const sa = espSa({ extendedSequenceNumbers: true });
    const path = sender([sa]);
    const watch = new TestWatch([exactPattern(sa)]);
    expect(watch.see(path.seal(ECHO)).icv).toBe('ok');
    expect(watch.see(path.seal(ECHO)).protections[0]?.arrival).toBe('next');
  });

  test('both versions of IP', () => {
    const sa = espSa({ source: ALICE6, destination: BOB6, mode: 'tunnel' });
    const path = sender(
      [sa],
      [
        networkPolicy(
          'outbound',
          protect(tunnel('esp', ALICE6, BOB6)),
          '10.9.0.1/32',
          '10.9.0.2/32',
        ),
      ],
    );
    expect(textOf(watching([sa]).see(path.seal(ECHO)))).toBe(
      `IP6 2001:db8:9::1 > 2001:db8:9::2: ESP(spi=0x00000201,seq=0x1), length 136: IP 10.9.0.1 > 10.9.0.2: ${ECHO_LINE}`,
    );
  });
});

describe('what cannot be known is not claimed', () => {
  const sealed = () => sender([espSa()]).seal(ECHO);

  test('without the SA', () => {
    const seen = watching([]).see(sealed());
    expect(seen).toMatchObject({ icv: 'unchecked', inner: null });
    expect(seen.protections).toMatchObject([{ obstacle: 'no-sa', arrival: 'first' }]);
    expect(textOf(seen)).toBe('IP 10.9.0.1 > 10.9.0.2: ESP(spi=0x00000201,seq=0x1), length 120');
  });

  test('with an algorithm that nobody has here', () => {
    const algorithm = aeadByLinuxName('rfc4106(gcm(aes))', 160, 64);
    const sa = espSa({ encryption: { algorithm, key: testKey(160) }, integrity: null });
    expect(watching([sa]).see(sealed()).protections).toMatchObject([{ obstacle: 'no-keys' }]);
  });

  test('of a packet that was captured in part', () => {
    const packet = sealed();
    for (let captured = 0; captured < packet.length; captured++) {
      const seen = watching([espSa()]).see(packet, captured);
      expect(seen.icv).toBe('unchecked');
      expect(seen.inner).toBeNull();
    }
  });

  test('of an ICV whose key is not told, though what is inside is shown', () => {
    const none = { algorithm: NULL_INTEGRITY, key: new Secret(new Uint8Array(0)), icvLength: 16 };
    const seen = watching([espSa({ integrity: none })]).see(sealed());
    expect(seen.icv).toBe('unchecked');
    expect(textOf(seen)).toMatch(new RegExp(`: ${ECHO_LINE}$`));
    const wrong = { algorithm: AES_CBC, key: testKey(256, 7) };
    const other = watching([espSa({ integrity: none, encryption: wrong })]).see(sealed());
    expect(textOf(other)).toMatch(/length 120 \[wrong key\?\]$/);
  });

  test('of a fragment; the last one to come shows the whole', () => {
    const packet = sealed();
    const watch = watching([espSa()]);
    const part = (offset: number, end: number) =>
      ipPacket({
        protocol: IP_PROTOCOL.esp,
        payload: packet.slice(20 + offset, 20 + end),
        fragment: { offset, more: end < packet.length - 20 },
      });
    const first = watch.see(part(0, 64));
    expect(first.protections).toMatchObject([{ obstacle: 'fragment', icv: 'unchecked' }]);
    expect(textOf(watch.see(part(64, packet.length - 20)))).toMatch(new RegExp(`${ECHO_LINE}$`));
  });
});

describe('what is wrong is said', () => {
  test('a changed packet', () => {
    const packet = sender([espSa()]).seal(ECHO);
    packet.set([(packet.at(-1) ?? 0) ^ 1], packet.length - 1);
    const watch = watching([espSa()]);
    const seen = watch.see(packet);
    expect(seen).toMatchObject({ icv: 'bad', inner: null });
    expect(textOf(seen)).toMatch(/ \[icv bad\]$/);
    expect(watch.sas.seen[0]?.packetsByIcv).toEqual({ ok: 0, bad: 1, unchecked: 0 });
  });

  test('a changed packet with AH around', () => {
    const packet = sender([espSa(), ahSa()]).seal(ECHO);
    packet.set([(packet.at(-1) ?? 0) ^ 1], packet.length - 1);
    expect(watching([espSa(), ahSa()]).see(packet).icv).toBe('bad');
  });

  test('gaps, late packets and replays', () => {
    const path = sender([espSa()]);
    const packets = Array.from({ length: 6 }, () => path.seal(ECHO));
    const watch = watching([espSa()]);
    const remarks = [0, 1, 4, 3, 3, 5].map((k) => {
      const packet = packets[k];
      return packet === undefined ? '' : textOf(watch.see(packet)).replace(/.*length 64/, '');
    });
    expect(remarks).toEqual(['', '', ' [missing before: 2]', ' [late]', ' [replay]', '']);
    expect(watch.sas.seen[0]?.track).toMatchObject({ missing: 1, late: 1, replays: 1 });
  });

  test('an SA that is told of later opens what comes then', () => {
    const path = sender([espSa()]);
    const watch = watching([]);
    expect(watch.see(path.seal(ECHO)).inner).toBeNull();
    watch.sas.add(exactPattern(espSa()));
    expect(watch.see(path.seal(ECHO)).icv).toBe('ok');
    watch.sas.remove(espSa());
    expect(watch.see(path.seal(ECHO)).inner).toBeNull();
    expect(watch.sas.seen).toHaveLength(1);
  });
});

test('a pattern with wildcards opens packets of every SA that it meets', () => {
  const any = anyAddress(4);
  const pattern: SaPattern = {
    ...exactPattern(espSa()),
    source: any,
    destination: any,
    spiMask: 0xffffff00,
    tellsMode: false,
  };
  const watch = new TestWatch([pattern]);
  for (const spi of [0x201, 0x2ff]) {
    expect(watch.see(sender([espSa({ spi })]).seal(ECHO)).icv).toBe('ok');
  }
  expect(watch.see(sender([espSa({ spi: 0x301 })]).seal(ECHO)).icv).toBe('unchecked');
  expect(watch.sas.seen).toHaveLength(3);
});

describe('the verdict', () => {
  const asks = policy('outbound', protect(layer('esp')));
  const alice = [asks, policy('inbound', protect(layer('esp')))];
  const network = protect(tunnel('esp', ALICE, BOB));
  const gateway = [
    networkPolicy('outbound', network, '10.1.0.0/16', '10.2.0.0/16'),
    networkPolicy('inbound', protect(tunnel('esp', ALICE, BOB)), '10.1.0.0/16', '10.2.0.0/16'),
  ];
  const behind = { source: address('10.1.0.5'), destination: address('10.2.0.7') };
  const tunnelSa = espSa({ mode: 'tunnel' });
  const sealedBehind = () => sender([tunnelSa], gateway).seal(echoPacket('request', 1, 56, behind));

  test('explains one sight of what came out of a tunnel, and only one', () => {
    const plain = echoPacket('request', 1, 56, behind);
    const other = echoPacket('request', 2, 56, behind);
    const watch = watching([tunnelSa], gateway.map(mirrored));
    const verdicts = [plain, sealedBehind(), other, plain, plain].map(
      (packet) => watch.see(packet).verdict?.kind,
    );
    expect(verdicts).toEqual(['leak', 'protected', 'leak', 'decapsulated', 'leak']);
    // Whoever sends has no such sights.
    const sending = watching([tunnelSa], gateway);
    const sent = [sealedBehind(), plain].map((packet) => sending.see(packet).verdict?.kind);
    expect(sent).toEqual(['protected', 'leak']);
  });

  function verdictOf(
    packet: Uint8Array,
    sas: readonly SaParameters[],
    policies: readonly Policy[],
    captured = packet.length,
  ): string {
    return watching(sas, policies).see(packet, captured).verdict?.kind ?? 'none';
  }

  for (const [name, packet, sas, policies, expected] of [
    ['protected as required', sender([espSa()]).seal(ECHO), [espSa()], alice, 'protected'],
    [
      'seen from the other end',
      sender([espSa()]).seal(ECHO),
      [espSa()],
      alice.map(mirrored),
      'protected',
    ],
    ['in the clear', ECHO, [espSa()], alice, 'leak'],
    [
      'in the clear, coming in',
      echoPacket('reply', 1, 56, { source: BOB, destination: ALICE }),
      [],
      alice,
      'leak',
    ],
    ['in the clear between others', echoPacket('request', 1, 56, behind), [], alice, 'allowed'],
    [
      'compressed, and no more',
      sender([ipcompSa()]).seal(udpPacket(new Uint8Array(500))),
      [],
      alice,
      'leak',
    ],
    ['without keys', sender([espSa()]).seal(ECHO), [], alice, 'sealed'],
    [
      'without keys, between others',
      sealedBehind(),
      [],
      [policy('outbound', protect(layer('ah')))],
      'unasked',
    ],
    [
      'with an ICV that is wrong',
      sender([espSa()]).seal(ECHO).fill(0, 130),
      [espSa()],
      alice,
      'mismatch',
    ],
    ['in another mode', sender([tunnelSa]).seal(ECHO), [tunnelSa], alice, 'mismatch'],
    ['by another protocol', sender([ahSa()]).seal(ECHO), [ahSa()], alice, 'mismatch'],
    ['without a policy', sender([espSa()]).seal(ECHO), [espSa()], [], 'unasked'],
    [
      'where a policy says none',
      sender([espSa()]).seal(ECHO),
      [espSa()],
      [policy('outbound', { kind: 'bypass' })],
      'unasked',
    ],
    ['where a policy says discard', ECHO, [], [policy('outbound', { kind: 'discard' })], 'blocked'],
    [
      'where a policy says none, in the clear',
      ECHO,
      [],
      [policy('outbound', { kind: 'bypass' })],
      'allowed',
    ],
    [
      'where protection is as you please',
      ECHO,
      [],
      [policy('outbound', protect(layer('esp', 'use')))],
      'allowed',
    ],
    [
      'by the SA of another number',
      sender([espSa()]).seal(ECHO),
      [espSa({ reqid: 7 })],
      [policy('outbound', protect(layer('esp', 'require', 8)))],
      'mismatch',
    ],
    ['in a tunnel between networks', sealedBehind(), [tunnelSa], gateway, 'protected'],
    ['in a tunnel between networks, without keys', sealedBehind(), [], gateway, 'sealed'],
    ['in the clear between networks', echoPacket('request', 1, 56, behind), [], gateway, 'leak'],
    [
      'AH that nobody could verify',
      sender([ahSa()]).seal(ECHO),
      [],
      [policy('outbound', protect(layer('ah')))],
      'sealed',
    ],
  ] as const) {
    test(`${name}: ${expected}`, () => expect(verdictOf(packet, sas, policies)).toBe(expected));
  }

  test('of Neighbour Discovery and IKE is that they are allowed', () => {
    const six = policy('outbound', protect(layer('esp')), selector(ALICE6, BOB6));
    const ends = { source: ALICE6, destination: BOB6 };
    const solicitation = ipPacket({
      ...ends,
      protocol: 58,
      payload: Uint8Array.of(135, 0, 0, 0, 0, 0, 0, 0),
    });
    const echo = ipPacket({
      ...ends,
      protocol: 58,
      payload: Uint8Array.of(128, 0, 0, 0, 0, 0, 0, 0),
    });
    expect([solicitation, echo].map((packet) => verdictOf(packet, [], [six]))).toEqual([
      'allowed',
      'leak',
    ]);
    const ike = new Uint8Array(28);
    ike[17] = 0x20;
    ike[27] = 28;
    const marked = Uint8Array.of(0, 0, 0, 0, ...ike);
    const datagram = (payload: Uint8Array, port: number) =>
      udpPacket(payload, { sourcePort: port, destinationPort: port });
    expect(
      [
        datagram(ike, 500),
        datagram(marked, 4500),
        datagram(Uint8Array.of(255), 4500),
        datagram(new Uint8Array(28), 500),
      ].map((packet) => verdictOf(packet, [], alice)),
    ).toEqual(['allowed', 'allowed', 'allowed', 'leak']);
  });

  test('of a later fragment is that of the first', () => {
    const web = policy('outbound', protect(layer('esp')), { remotePort: { first: 80, last: 80 } });
    const fragments = (port: number) => {
      const whole = udpPacket(new Uint8Array(64), { destinationPort: port });
      const part = (offset: number, end: number, more: boolean) =>
        ipPacket({ payload: whole.slice(20 + offset, 20 + end), fragment: { offset, more } });
      return [part(0, 16, true), part(16, 24, true), part(24, 72, false)];
    };
    for (const [port, kind] of [
      [80, 'leak'],
      [53, 'allowed'],
    ] as const) {
      const watch = watching([], [web]);
      const verdicts = fragments(port).map((packet) => watch.see(packet).verdict?.kind);
      expect(verdicts).toEqual([kind, kind, kind]);
    }
  });

  test('is counted, by kind and by flow', () => {
    const watch = watching([espSa()], alice);
    const path = sender([espSa()]);
    for (let k = 0; k < 3; k++) watch.see(path.seal(ECHO));
    watch.see(ECHO);
    const { tally } = watch;
    expect(tally.byVerdict.protected.packets).toBe(3);
    expect(tally.byVerdict.leak).toEqual({ packets: 1, octets: ECHO.length });
    expect(tally.flows).toMatchObject([
      { protocol: 1, all: { packets: 4 }, protected: { packets: 3 }, leaked: { packets: 1 } },
    ]);
  });
});

test('octets of all sorts do no harm', () => {
  const watch = watching([espSa(), ahSa()], [policy('outbound', protect(layer('esp')))]);
  const packet = sender([espSa(), ahSa()]).seal(ECHO);
  let state = 1;
  for (let round = 0; round < 20_000; round++) {
    const copy = packet.slice();
    for (let k = 0; k < 3; k++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      copy[(state >>> 8) % 60] = state >>> 24;
    }
    const seen = watch.see(copy, (state >>> 4) % 2 === 0 ? copy.length : state % copy.length);
    textOf(seen);
  }
  expect(watch.tally.all.packets).toBe(20_000);
});
