/** Messages of somebody who sees the traffic, and is always faster than those whose it is. */
import { describe, expect, test } from 'vitest';
import { sameAddress } from '../../src/net/ip-address.ts';
import { Malformed, type Parsed } from '../../src/octets/malformed.ts';
import {
  emitIsakmpMessage,
  type IsakmpMessage,
  parseIsakmpMessage,
} from '../../src/wire/ikev1/message.ts';
import {
  emitPayloadChain,
  type PayloadBody,
  parsePayloadChain,
} from '../../src/wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../src/wire/ikev1/payload-type.ts';
import {
  emitSecurityAssociation,
  parseSecurityAssociation,
} from '../../src/wire/ikev1/security-association.ts';
import { generator } from '../support/generator.ts';
import { FAITHFUL } from '../support/ike-hosts.ts';
import { type Pair, pairOf, sasOf, wantToSend } from '../support/ike-pair.ts';

/** Exchange types from here on are of phase 2. */
const FIRST_OF_PHASE2 = 5;
const ENCIPHERED = 1;

/** What is made of a message; `null` where nothing is. */
type Forgery = (message: IsakmpMessage) => IsakmpMessage | null;

const below = generator(3);
const noise = (length: number) => Uint8Array.from({ length }, () => below(256));

const FORGERIES = {
  noise: ({ header, content }: IsakmpMessage) => ({ header, content: noise(content.length) }),
  half: ({ header, content }: IsakmpMessage) => ({
    header,
    content: content.subarray(0, content.length >> 1),
  }),
  'a vendor ID of a responder that is not there': ({ header }: IsakmpMessage) => ({
    header: { ...header, flags: 0, nextPayload: IKEV1_PAYLOAD.VID, responderCookie: noise(8) },
    content: emitPayloadChain([{ type: IKEV1_PAYLOAD.VID, body: noise(16) }]),
  }),
  'the message with another hash': (message: IsakmpMessage) =>
    (message.header.flags & ENCIPHERED) === 0
      ? withPayload(message, IKEV1_PAYLOAD.HASH, (body) => body.map((octet) => octet ^ 1))
      : { ...message, content: message.content.with(20, (message.content[20] ?? 0) ^ 1) },
  'the message with a public value of zero': (message: IsakmpMessage) =>
    withPayload(message, IKEV1_PAYLOAD.KE, ({ length }) => new Uint8Array(length)),
  'the message with transforms that say nothing': (message: IsakmpMessage) =>
    withPayload(message, IKEV1_PAYLOAD.SA, emptied),
  'the message in the clear, or not': ({ header, content }: IsakmpMessage) => ({
    header: { ...header, flags: header.flags ^ ENCIPHERED },
    content,
  }),
} satisfies Readonly<Record<string, Forgery>>;

/** Whose message it is stands in the clear. */
const OF_SOMEBODY_ELSE: Forgery = (message) =>
  message.header.responderCookie.every((octet) => octet === 0)
    ? null
    : withPayload(message, IKEV1_PAYLOAD.ID, () => Buffer.from('\x02\0\0\0mallory.example'));

function withPayload(
  message: IsakmpMessage,
  type: number,
  change: (body: Uint8Array) => Uint8Array,
): IsakmpMessage | null {
  if ((message.header.flags & ENCIPHERED) !== 0) return null;
  const { payloads } = right(parsePayloadChain(message.header.nextPayload, message.content));
  if (!payloads.some((payload) => payload.type === type)) return null;
  const changed = payloads.map((payload): PayloadBody => {
    return payload.type === type ? { type, body: change(payload.body) } : payload;
  });
  return { ...message, content: emitPayloadChain(changed) };
}

function emptied(body: Uint8Array): Uint8Array {
  const offer = right(parseSecurityAssociation(body));
  if (offer.kind !== 'security-association') throw new TypeError(offer.kind);
  const proposals = offer.proposals.map((proposal) => ({
    ...proposal,
    transforms: proposal.transforms.map((transform) => ({ ...transform, attributes: [] })),
  }));
  return emitSecurityAssociation({ ...offer, proposals });
}

function right<T>(parsed: Parsed<T>): T {
  if (parsed instanceof Malformed) throw new TypeError(`${parsed}`);
  return parsed;
}

/** Has what `forgery` makes of each message of phase 1 be there before the message; tells how many. */
function forge({ net, alice, bob }: Pair, forgery: Forgery): () => number {
  let forged = 0;
  net.fate = (datagram, path) => {
    const message = right(parseIsakmpMessage(datagram));
    const other = message.header.exchangeType < FIRST_OF_PHASE2 ? forgery(message) : null;
    if (other === null) return FAITHFUL(datagram, path);
    forged += 1;
    const to = sameAddress(path.remote.address, alice.address) ? alice : bob;
    const turned = { local: path.remote, remote: path.local };
    net.soon(to, { kind: 'datagram', path: turned, octets: emitIsakmpMessage(other) }, 5);
    return FAITHFUL(datagram, path);
  };
  return () => forged;
}

describe.each([
  ['main', FORGERIES],
  ['aggressive', { ...FORGERIES, 'the message of somebody else': OF_SOMEBODY_ELSE }],
  ['base', FORGERIES],
])('a phase 1 in %s mode is not hindered', (mode, forgeries) => {
  test.each(Object.entries(forgeries))('by %s', (_, forgery) => {
    const pair = pairOf({ mode });
    const { net, alice, bob } = pair;
    const forged = forge(pair, forgery);
    wantToSend(net, alice);
    net.run(5000);
    expect(forged()).toBeGreaterThan(0);
    expect(alice.told('phase1-failed')).toEqual([]);
    expect(alice.told('phase2-failed')).toEqual([]);
    const sas = sasOf(alice, net.now);
    expect(sas).toHaveLength(2);
    expect(sasOf(bob, net.now)).toEqual(sas);
  });
});

describe('who has another key than the peer', () => {
  test.each([
    ['main', 'undecipherable', 'bob'],
    ['aggressive', 'peer-hash', 'alice'],
    ['base', 'peer-hash', 'bob'],
  ] as const)('is told at once, and when the time is up (%s mode)', (mode, kind, who) => {
    const pair = pairOf({ mode, bobKey: 'another', remote: 'verify_identifier off;' });
    const { net, alice } = pair;
    const checks = pair[who];
    wantToSend(net, alice);
    net.run(1000);
    expect(checks.told('phase1-doubted')).toMatchObject([{ failure: { kind } }]);
    expect(checks.told('phase1-failed')).toEqual([]);
    net.run(70_000);
    expect(checks.told('phase1-doubted')).toHaveLength(1);
    expect(checks.told('phase1-failed')).toMatchObject([{ failure: { kind } }]);
    expect(alice.told('phase1-failed')).toHaveLength(1);
    expect(alice.told('phase2-failed')).toHaveLength(1);
    for (const host of [pair.alice, pair.bob]) expect(host.endpoint.deadline()).toBeNull();
  });
});

test('what explained an earlier silence does not explain a later one', () => {
  const pair = pairOf();
  const { net, alice } = pair;
  forge(pair, FORGERIES['the message with transforms that say nothing']);
  const { fate } = net;
  // Nothing is answered once the SA payloads were exchanged.
  net.fate = (datagram, path) => {
    const { nextPayload } = right(parseIsakmpMessage(datagram)).header;
    return nextPayload === IKEV1_PAYLOAD.SA ? fate(datagram, path) : [];
  };
  wantToSend(net, alice);
  net.run(60_000);
  expect(alice.told('phase1-doubted')).toHaveLength(1);
  expect(alice.told('phase1-failed')).toMatchObject([
    { failure: { kind: 'no-answer', waitingFor: 'the KE payload', ignored: null } },
  ]);
});
