import { describe, expect, test } from 'vitest';
import { peersOf, proposalText, transformsOf } from '../../../../test/support/ike-peers.ts';
import { type IpAddress, parseIpAddress } from '../../../net/ip-address.ts';
import type { Identification } from '../../../wire/ikev1/identification.ts';
import { CredentialFault } from '../../credential-fault.ts';
import type { Path } from '../../path.ts';
import { phase1Offer } from './proposal.ts';
import {
  type Approach,
  noPeer,
  type PeerReader,
  peerAt,
  peerNamed,
  rivalsText,
  selectPeer,
} from './select-peer.ts';

const MODERN = 'aes 256, sha256, pre_shared_key, 14';
const OLD = '3des, md5, pre_shared_key, 2';

const READER: PeerReader = {
  keyId: () => new CredentialFault({ kind: 'nothing-to-sign-with' }),
  nameMatches: () => false,
  nameText: () => '',
  isIssuedBy: (peer, authority) =>
    peer.ownCertificate?.kind === 'x509' && peer.ownCertificate.certificate === text(authority),
};

function address(written: string): IpAddress {
  const read = parseIpAddress(written);
  if (read === undefined) throw new TypeError('It is no address');
  return read;
}

function pathFrom(remote: string, port = 500): Path {
  return {
    local: { address: address('10.9.0.1'), port: 500 },
    remote: { address: address(remote), port },
  };
}

function text(octets: Uint8Array): string {
  return new TextDecoder().decode(octets);
}

function octets(of: string): Uint8Array {
  return new TextEncoder().encode(of);
}

function fqdn(name: string): Identification {
  return { kind: 'identification', type: 2, protocol: 0, port: 0, data: octets(name) };
}

/** One that comes from 10.9.0.2, port 500, in main mode, and offers one thing. */
function approach(changes: Partial<Approach> & { readonly offer?: string } = {}): Approach {
  const { offer = MODERN, ...others } = changes;
  return {
    path: pathFrom('10.9.0.2'),
    mode: 'main',
    offered: phase1Offer(transformsOf(offer)),
    identity: null,
    certificateRequests: [],
    ...others,
  };
}

/** `remote HEAD { … }` on a line of its own, in main mode if nothing else is said. */
function remote(head: string, statements = '', proposal = MODERN): string {
  const mode = statements.includes('exchange_mode') ? '' : 'exchange_mode main; ';
  return `remote ${head} { ${mode}${statements} ${proposalText(proposal)} }`;
}

/** Lines of the `remote`s that serve: the one, then those that would do as well; or what is refused. */
function selected(remotes: readonly string[], from: Approach): string {
  const result = selectPeer(peersOf(remotes.join('\n')), from, READER);
  if (result.kind !== 'selected') return result.kind;
  return [result.peer, ...result.rivals].map(({ at }) => at.line).join(' ');
}

describe('selectPeer()', () => {
  test.each<[string, readonly string[], Approach, string]>([
    ['the only one', [remote('10.9.0.2')], approach(), '1'],
    ['an address before any', [remote('anonymous'), remote('10.9.0.2')], approach(), '2'],
    ['any for others', [remote('10.9.0.3'), remote('anonymous')], approach(), '2'],
    ['a name with an address', [remote('"b"', 'remote_address 10.9.0.2;')], approach(), '1'],
    ['no address', [remote('10.9.0.3')], approach(), 'no-peer'],
    ['none at all', ['listen { }'], approach(), 'no-peer'],
    ['the port it is for', [remote('10.9.0.2 [501]')], approach(), 'no-peer'],
    [
      'the port it comes from',
      [remote('10.9.0.2 [501]')],
      approach({ path: pathFrom('10.9.0.2', 501) }),
      '1',
    ],
    [
      'whichever port a NAT gave it',
      [remote('10.9.0.2')],
      approach({ path: pathFrom('10.9.0.2', 61_001) }),
      '1',
    ],
    ['a mode it has', [remote('10.9.0.2')], approach({ mode: 'aggressive' }), 'no-peer'],
    [
      'another mode that it has',
      [remote('10.9.0.2', 'exchange_mode main, aggressive;')],
      approach({ mode: 'aggressive' }),
      '1',
    ],
    ['the proposal', [remote('10.9.0.2', '', OLD), remote('anonymous')], approach(), '2'],
    ['no proposal', [remote('10.9.0.2', '', OLD)], approach(), 'phase1-proposal'],
    ['the first of equals', [remote('anonymous'), remote('anonymous [500]')], approach(), '1 2'],
  ])('looks at %s', (_what, remotes, from, expected) => {
    expect(selected(remotes, from)).toBe(expected);
  });

  const staff = remote('anonymous', 'peers_identifier fqdn "staff"; verify_identifier on;');
  const guests = remote('"guests"', 'peers_identifier fqdn "guests"; verify_identifier on;');
  const anybody = remote('"anybody"');

  test('waits for the identity, and then knows better', () => {
    const remotes = [anybody, staff, guests];
    expect(selected(remotes, approach())).toBe('1 2 3');
    expect(selected(remotes, approach({ identity: fqdn('guests') }))).toBe('3');
    expect(selected(remotes, approach({ identity: fqdn('staff') }))).toBe('2');
    expect(selected(remotes, approach({ identity: fqdn('else') }))).toBe('1');
    expect(selected([staff, guests], approach({ identity: fqdn('staffs') }))).toBe('identity');
  });

  test('lets identities pass that nobody is to verify', () => {
    const lenient = remote('anonymous', 'peers_identifier fqdn "staff";');
    expect(selected([lenient], approach({ identity: fqdn('else') }))).toBe('1');
  });

  test('keeps to what was agreed on', () => {
    const peers = [remote('anonymous', '', OLD), remote('"b"', '', MODERN)];
    const first = selectPeer(peersOf(peers.join('\n')), approach({ offer: OLD }), READER);
    if (first.kind !== 'selected') throw new TypeError('It is refused');
    const again = approach({ offered: first.agreement.answer, identity: fqdn('b') });
    expect(selected(peers, again)).toBe('1');
  });

  test('prefers a certificate of the authority that is asked for', () => {
    const rsa = 'aes 256, sha256, rsasig, 14';
    const x509 = (file: string) => `certificate_type x509 "${file}" "key";`;
    const remotes = [
      remote('"a"', x509('one'), rsa),
      remote('"b"', x509('two'), rsa),
      remote('"c"', `${x509('three')} match_empty_cr on;`, rsa),
    ];
    const asking = (...wanted: readonly string[]) =>
      approach({
        offer: rsa,
        certificateRequests: wanted.map((each) => ({
          kind: 'certificate-request',
          encoding: 4,
          data: octets(each),
        })),
      });
    expect(selected(remotes, asking('two'))).toBe('2');
    expect(selected(remotes, asking('nobody', 'one'))).toBe('1');
    expect(selected(remotes, asking(''))).toBe('3');
    expect(selected(remotes, asking('nobody'))).toBe('1 2 3');
  });

  test('tells what keeps the peers that come nearest', () => {
    const peers = peersOf([remote('10.9.0.3'), remote('10.9.0.2'), staff].join('\n'));
    const noMode = selectPeer(peers, approach({ mode: 'aggressive' }), READER);
    expect(noMode).toMatchObject({
      kind: 'no-peer',
      mode: 'aggressive',
      peers: [{ isForAddress: false }, { isForAddress: true }, { isForAddress: true }],
    });
    const noProposal = selectPeer(peers, approach({ offer: OLD }), READER);
    if (noProposal.kind !== 'phase1-proposal') throw new TypeError(noProposal.kind);
    expect(noProposal.mismatches.map(({ difference: { at } }) => at.line)).toEqual([2, 3]);
    const nobody = selectPeer([...peers.slice(2)], approach({ identity: fqdn('x\n') }), READER);
    if (nobody.kind !== 'identity') throw new TypeError(nobody.kind);
    expect(nobody.shown).toBe('x\\u{a}');
    expect(nobody.peers).toEqual([peers[2]]);
  });

  test('bounds what it tells of an offer of thousands', () => {
    const ours = Array.from({ length: 40 }, () => proposalText(MODERN)).join(' ');
    const remotes = Array.from(
      { length: 10 },
      (_, k) => `remote "r${k}" { exchange_mode main; ${ours} }`,
    );
    const [one] = phase1Offer(transformsOf(OLD)).proposals;
    const [transform] = one?.transforms ?? [];
    if (one === undefined || transform === undefined) throw new TypeError('It has none');
    const transforms = Array.from({ length: 255 }, () => transform);
    const offered = {
      kind: 'security-association',
      proposals: [{ ...one, transforms }],
    } as const;
    const result = selectPeer(peersOf(remotes.join('\n')), approach({ offered }), READER);
    if (result.kind !== 'phase1-proposal') throw new TypeError(result.kind);
    expect(result.mismatches).toHaveLength(64);
    expect(result.omitted).toBe(10 * 40 * 255 - 64);
  });
});

test('rivalsText() names the lines', () => {
  const peers = peersOf([remote('anonymous'), remote('"b"'), remote('"c"')].join('\n'));
  const result = selectPeer(peers, approach(), READER);
  if (result.kind !== 'selected') throw new TypeError(result.kind);
  expect(rivalsText(result, pathFrom('10.9.0.2'))).toBe(
    'several remotes are for 10.9.0.2: racoon.conf:1 is taken, and not racoon.conf:2, racoon.conf:3',
  );
});

describe('peerAt() and peerNamed()', () => {
  const peers = peersOf(
    [remote('anonymous'), remote('10.9.0.2'), remote('"b"', 'remote_address 10.9.0.3;')].join('\n'),
  );
  const at = (written: string) => peerAt(peers, { address: address(written), port: 500 })?.at.line;

  test('find an address, or else any', () => {
    expect(at('10.9.0.2')).toBe(2);
    expect(at('10.9.0.3')).toBe(3);
    expect(at('10.9.0.4')).toBe(1);
    expect(peerNamed(peers, 'b')).toBe(peers[2]);
    expect(peerNamed(peers, 'x')).toBeUndefined();
  });

  test('find nobody', () => {
    const remote = { address: address('10.9.0.4'), port: 500 };
    expect(peerAt(peers.slice(1), remote)).toBeUndefined();
    expect(noPeer(peers, remote, null)).toMatchObject({
      kind: 'no-peer',
      peers: [{ isForAddress: true }, { isForAddress: false }, { isForAddress: false }],
    });
  });
});
