/** Who is who: peers with several addresses, several remotes for one peer, and what is told of both. */
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/crypto/secret.ts';
import { CredentialFault } from '../../src/ike/credential-fault.ts';
import type { Credentials } from '../../src/ike/credentials.ts';
import { sameAddress } from '../../src/net/ip-address.ts';
import { Malformed } from '../../src/octets/malformed.ts';
import { sameOctets } from '../../src/octets/octets.ts';
import { IKEV1_EXCHANGE, parseIsakmpMessage } from '../../src/wire/ikev1/message.ts';
import { parsePayloadChain } from '../../src/wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../src/wire/ikev1/payload-type.ts';
import { FAITHFUL, sharedKeysOnly } from '../support/ike-hosts.ts';
import { ALICE, BOB, pairOf, sasOf, wantToSend } from '../support/ike-pair.ts';
import { proposalText } from '../support/ike-peers.ts';
import { address, policyOf, selectorBetween } from '../support/quick-mode.ts';

/** Of hosts whose signatures are what is signed. */
const SIGNING: Credentials = {
  ...sharedKeysOnly([]),
  ownCertificates: () => [],
  authorities: () => [Uint8Array.of(0x30, 0)],
  sign: (_peer, hash) => hash,
  verify: (_peer, { hash, signature }) =>
    sameOctets(hash, signature)
      ? { subject: null, certificate: null, warnings: [] }
      : new CredentialFault({ kind: 'signature-does-not-verify', subject: null }),
};

const PROPOSAL = proposalText('aes 128, sha256, pre_shared_key, 19');
const EXCHANGE_TYPE = 18;

test('quick modes that end with their phase 1 are told to have failed, at both ends', () => {
  const { net, alice, bob } = pairOf();
  net.fate = (datagram, path) => {
    const isAnswer = sameAddress(path.local.address, bob.address);
    return isAnswer && datagram[EXCHANGE_TYPE] === IKEV1_EXCHANGE.QUICK_MODE
      ? []
      : FAITHFUL(datagram, path);
  };
  wantToSend(net, alice);
  net.run(2000);
  for (const host of [alice, bob]) expect(host.told('phase2-begun')).toHaveLength(1);
  net.soon(alice, { kind: 'command', command: { kind: 'flush-phase1' } });
  net.run(3000);
  for (const [host, own, peer] of [
    [alice, ALICE, BOB],
    [bob, BOB, ALICE],
  ] as const) {
    expect(host.told('phase2-failed')).toMatchObject([
      { failure: { kind: 'phase1-ended' }, selector: selectorBetween(own, peer) },
    ]);
    expect(sasOf(host, net.now)).toEqual([]);
  }
});

/** Whether the message has a CR payload in the clear. */
function asksForCertificates(datagram: Uint8Array): boolean {
  const message = parseIsakmpMessage(datagram);
  if (message instanceof Malformed || message.header.flags !== 0) return false;
  const chain = parsePayloadChain(message.header.nextPayload, message.content);
  if (chain instanceof Malformed) return false;
  return chain.payloads.some(({ type }) => type === IKEV1_PAYLOAD.CR);
}

describe('a host with two addresses', () => {
  const SECOND = '10.9.0.3';

  function twoAddresses() {
    const pair = pairOf({
      whole: `remote ${SECOND} { exchange_mode main; ${PROPOSAL} }`,
      credentials: sharedKeysOnly([
        {
          identity: '*',
          key: new Secret(Buffer.from('secret')),
          at: { file: '', line: 1, column: 1, text: '' },
        },
      ]),
    });
    const { net, alice, bob } = pair;
    net.alsoAt(address(SECOND), alice);
    const own = { local: address(SECOND), remote: address(BOB) };
    const theirs = { local: own.remote, remote: own.local };
    const add = (host: typeof alice, local: string, remote: string, ends: typeof own) => {
      const selector = selectorBetween(local, remote);
      const changes = (['outbound', 'inbound'] as const).map((direction) => ({
        kind: 'add-policy' as const,
        policy: policyOf(direction, 'esp/transport', selector, ends),
      }));
      host.databases.commit(changes, 0, () => undefined);
    };
    add(alice, SECOND, BOB, own);
    add(bob, BOB, SECOND, theirs);
    return pair;
  }

  test('negotiates from each under a phase 1 from there', () => {
    const { net, alice, bob } = twoAddresses();
    wantToSend(net, alice, 0);
    net.run(2000);
    wantToSend(net, alice, 1);
    net.run(4000);
    expect(alice.told('phase1-established')).toHaveLength(2);
    expect(bob.told('phase2-established')).toHaveLength(2);
    for (const { phase1, sas } of alice.told('phase2-established')) {
      const ends = sas.flatMap(({ source, destination }) => [source, destination]);
      expect(ends).toContainEqual(phase1.path.local.address);
    }
    expect([...alice.databases.sas(net.now)]).toHaveLength(4);
  });

  test('ends at one without a word about the other', () => {
    const { net, alice, bob } = twoAddresses();
    for (const place of [0, 1]) wantToSend(net, alice, place);
    net.run(2000);
    const [local, remote] = [SECOND, BOB].map((text) => ({ address: address(text), port: 500 }));
    if (local === undefined || remote === undefined) throw new TypeError('Two addresses');
    net.soon(alice, { kind: 'command', command: { kind: 'delete-phase1', local, remote } });
    net.run(4000);
    for (const host of [alice, bob]) {
      expect(host.endpoint.status().phase1).toHaveLength(1);
      expect([...host.databases.sas(net.now)]).toHaveLength(2);
    }
  });
});

test('a responder tells that several remotes would do for a peer', () => {
  const { net, alice, bob } = pairOf({
    whole: `remote "spare" { remote_address ${ALICE}; exchange_mode main; ${PROPOSAL} }`,
  });
  wantToSend(net, alice);
  net.run(2000);
  expect(bob.told('let-pass').map(({ what }) => what)).toEqual([
    'several remotes are for 10.9.0.1: racoon.conf:3 is taken, and not racoon.conf:4',
  ]);
  expect(alice.told('let-pass')).toEqual([]);
});

test.each([
  // What the initiator of main mode asks is enciphered.
  ['main', [4]],
  ['aggressive', [1, 2]],
  ['base', [2, 3]],
])('both ends ask for certificates in %s mode', (mode, messages) => {
  const { net, alice, bob } = pairOf({
    mode,
    proposal: 'aes 128, sha256, rsasig, 19',
    remote: 'certificate_type x509 "own.pem" "own.key"; my_identifier address;',
    credentials: SIGNING,
  });
  const asking: number[] = [];
  net.fate = (datagram, path) => {
    if (asksForCertificates(datagram)) asking.push(net.sent.length);
    return FAITHFUL(datagram, path);
  };
  wantToSend(net, alice);
  net.run(2000);
  expect(alice.told('phase1-established')).toHaveLength(1);
  expect(bob.told('phase1-established')).toHaveLength(1);
  expect(asking).toEqual(messages);
});
