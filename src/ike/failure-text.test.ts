import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ikeOf, peersOf, proposalText, transformsOf } from '../../test/support/ike-peers.ts';
import { selectorBetween } from '../../test/support/quick-mode.ts';
import { parseIpAddress } from '../net/ip-address.ts';
import { NOTIFY } from '../wire/ikev1/notification.ts';
import { CredentialFault } from './credential-fault.ts';
import type { Failure } from './failure.ts';
import { failureText } from './failure-text.ts';
import { notificationMeaning } from './notification-meaning.ts';
import type { UdpAddress } from './path.ts';
import { acceptTransform, chooseTransform, phase1Offer } from './v1/phase1/proposal.ts';
import { noPeer } from './v1/phase1/select-peer.ts';

const TRAFFIC = selectorBetween('10.9.0.1', '10.9.0.2');
const MODERN = 'aes 256, sha256, pre_shared_key, 14, 3600';
const OLD = '3des, md5, pre_shared_key, 2';

/** All of the text of `failure`, line by line. */
function lines(failure: Failure): readonly string[] {
  const { summary, details } = failureText(failure);
  return [summary, ...details];
}

function refusal(theirs: readonly string[], ours: readonly string[]): Failure {
  const result = chooseTransform(
    phase1Offer(transformsOf(...theirs)),
    transformsOf(...ours),
    'strict',
  );
  if (result.kind === 'agreed') throw new TypeError('It is agreed');
  return result;
}

function remoteAddress(): UdpAddress {
  const address = parseIpAddress('10.9.0.2');
  if (address === undefined) throw new TypeError('It is no address');
  return { address, port: 500 };
}

const PEERS = peersOf(
  ['10.9.0.2', '10.9.0.3']
    .map((each) => `remote ${each} {\n  exchange_mode main;\n  ${proposalText(MODERN)}\n}`)
    .join('\n'),
);

describe('failureText()', () => {
  test('sets offers beside what we accept, with the line to change', () => {
    expect(lines(refusal([OLD, 'aes 128, sha256, pre_shared_key, 14'], [MODERN]))).toEqual([
      'phase 1: nothing that the peer offered will do',
      'they offered                            | we accept         | first difference           | line to change',
      '1: 3des, md5, group 2 (modp1024)        | aes 256           | encryption algorithm: 3des | racoon.conf:3',
      '2: aes 128, sha256, group 14 (modp2048) | aes 256 or longer | key length: aes 128        | racoon.conf:3',
    ]);
  });

  test('sets each of many offers beside the one of ours that comes nearest', () => {
    const theirs = ['aes 128, sha256, pre_shared_key, 2', 'aes 256, md5, rsasig, 14'];
    const ours = [OLD, 'des, sha1, pre_shared_key, 5', MODERN, 'camellia, sha1, rsasig, 1'];
    const [, , ...rows] = lines(refusal([...theirs, ...theirs], ours));
    expect(rows).toHaveLength(5);
    expect(rows[1]).toMatch(/^2: aes 256, md5, .* \| hash algorithm: md5 +\| racoon.conf:5$/);
    expect(rows.at(-1)).toBe('and 12 more');
  });

  test('keeps short what a stranger could make long', () => {
    const theirs = Array.from({ length: 255 }, () => OLD);
    const text = lines(refusal(theirs, [MODERN, MODERN, MODERN]));
    expect(text).toHaveLength(15);
    expect(text.at(-1)).toBe(`and ${255 * 3 - 12} more`);
  });

  test('tells that an answer was changed', () => {
    const answer = phase1Offer(transformsOf('aes 256, sha256, pre_shared_key, 14, 60'));
    const result = acceptTransform(answer, transformsOf(MODERN));
    if (result.kind === 'agreed') throw new TypeError('It is agreed');
    const [summary, , row] = lines(result);
    expect(summary).toBe('phase 1: the answer is none to what we offered');
    expect(row).toMatch(/\| 3600 s +\| lifetime: 60 s +\| racoon.conf:3$/);
  });

  test('tells what is wrong with an offer as a whole', () => {
    const sa = { kind: 'security-association', proposals: [] } as const;
    const result = chooseTransform(sa, transformsOf(MODERN), 'obey');
    if (result.kind === 'agreed') throw new TypeError('It is agreed');
    expect(lines(result)).toEqual([
      'phase 1: nothing that the peer offered will do: it has 0 proposals instead of one',
    ]);
  });

  test('tells which remotes there are', () => {
    expect(lines(noPeer(PEERS.slice(1), remoteAddress(), 'main'))).toEqual([
      'no remote is for 10.9.0.2[500]',
      'these are for others:',
      'racoon.conf:5: remote 10.9.0.3',
    ]);
    expect(lines(noPeer([], remoteAddress(), null))[1]).toBe('there is none at all');
    expect(lines(noPeer(PEERS, remoteAddress(), 'aggressive'))).toEqual([
      'no remote for 10.9.0.2[500] has the exchange mode aggressive',
      'exchange_mode can be changed:',
      'racoon.conf:2: exchange_mode main',
    ]);
  });

  test('tells who a stranger claims to be', () => {
    expect(lines({ kind: 'identity', shown: 'gate.evil', peers: PEERS.slice(0, 1) })).toEqual([
      'the peer calls itself gate.evil, and that is nobody whom we ask for',
      'peers_identifier can be changed:',
      'racoon.conf:1: remote 10.9.0.2',
    ]);
  });

  test.each<[Failure, RegExp]>([
    [{ kind: 'no-answer', waitingFor: 'X', mayHaveOtherKey: true }, /waiting for X$/],
    [{ kind: 'no-answer', waitingFor: 'X', ignored: 'it is odd' }, /waiting for X: it is odd$/],
    [{ kind: 'phase1-ended' }, /ended before it was done$/],
    [{ kind: 'peer-hash' }, /keys differ/],
    [{ kind: 'undecipherable', isOfPreSharedKey: true }, /keys differ/],
    [{ kind: 'undecipherable', isOfPreSharedKey: false }, /nonsense$/],
    [{ kind: 'no-answer', waitingFor: 'message 2' }, /waiting for message 2$/],
    [{ kind: 'protocol', reason: 'it has no nonce' }, /it has no nonce$/],
    [{ kind: 'notified', notification: 'NO-PROPOSAL-CHOSEN' }, /refused: NO-PROPOSAL-CHOSEN$/],
    [
      {
        kind: 'credentials',
        fault: new CredentialFault({ kind: 'no-shared-key', identities: ['a', '10.9.0.2'] }),
      },
      /no key is shared with a or 10.9.0.2: no line of psk.txt begins with it$/,
    ],
    [{ kind: 'nothing-to-offer', reason: 'why' }, /nothing to offer: why$/],
    [{ kind: 'wrong-answer', reason: 'why' }, /none to what we offered: why$/],
    [{ kind: 'no-policy', selector: TRAFFIC }, /traffic 10.9.0.1\[any\] 10.9.0.2\[any\] any$/],
    [
      { kind: 'no-quick-mode-policy', wanted: TRAFFIC, nearMisses: [] },
      /no sainfo is for traffic 10.9.0.1\[any\] 10.9.0.2\[any\] any$/,
    ],
    [{ kind: 'no-inbound-policy', wanted: TRAFFIC, nearMisses: [] }, /no inbound policy protects/],
    [{ kind: 'backend', reason: 'there is no ESP' }, /cannot be made: there is no ESP$/],
  ])('says %o in a sentence', (failure, expected) => {
    expect(failureText(failure).summary).toMatch(expected);
  });

  test('tells why each sainfo is not the one, and the protocol by its name', () => {
    const [policy] = ikeOf(
      `sainfo address 10.9.0.1 any address 10.9.0.7 any {
        encryption_algorithm aes; authentication_algorithm hmac_sha256; compression_algorithm deflate;
      }`,
    ).quickModePolicies;
    if (policy === undefined) throw new TypeError('There is no sainfo');
    const wanted = { ...TRAFFIC, nextLayerProtocol: 1 };
    const nearMisses = [{ policy, differs: 'remote' }] as const;
    expect(lines({ kind: 'no-quick-mode-policy', wanted, nearMisses })).toEqual([
      'phase 2: no sainfo is for traffic 10.9.0.1[any] 10.9.0.2[any] icmp',
      'racoon.conf:1: sainfo address 10.9.0.1 any address 10.9.0.7 any: it has another remote end, the second',
    ]);
  });

  test('sets phase 2 beside what we accept', () => {
    const esp = { protocol: 'esp', mode: 'tunnel', group: 'none', lifetime: '1800 s' };
    const at = PEERS[0]?.at ?? null;
    const text = lines({
      kind: 'no-proposal-chosen',
      offered: [
        {
          proposal: 1,
          transform: 1,
          cells: { ...esp, algorithms: '3des hmac-md5' },
          difference: { what: 'algorithm', offered: '3des', accepted: 'aes', at },
        },
        {
          proposal: 2,
          transform: null,
          cells: null,
          difference: { what: 'protocols', offered: 'ah', accepted: 'esp', at: null },
        },
      ],
      accepted: [{ ...esp, algorithms: 'aes 256 hmac-sha256' }],
    });
    expect(text[2]).toMatch(
      /^1\.1: esp 3des hmac-md5, tunnel, group none, 1800 s \| aes +\| algorithm: 3des +\| racoon.conf:1$/,
    );
    expect(text[3]).toMatch(/^2: all of it +\| esp +\| protocols: ah +\| the SPD$/);
    expect(text.slice(4)).toEqual([
      'all that we accept',
      'esp aes 256 hmac-sha256, tunnel, group none, 1800 s',
    ]);
  });

  test('is one bounded line each, whatever a peer says of itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (name) => {
        for (const failure of [
          { kind: 'identity', shown: name, peers: PEERS },
          { kind: 'protocol', reason: name },
          {
            kind: 'credentials',
            fault: new CredentialFault({ kind: 'unsupported-key', subject: name, algorithm: name }),
          },
        ] as const) {
          for (const line of lines(failure)) {
            expect(line.length).toBeLessThan(6100);
            expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
          }
        }
      }),
      { numRuns: 10 },
    );
  });
});

test('notificationMeaning() knows what refuses us most often', () => {
  expect(notificationMeaning('NO-PROPOSAL-CHOSEN')).toMatch(/compare/);
  expect(notificationMeaning('NO_PROPOSAL_CHOSEN')).toMatch(/compare/);
  expect(notificationMeaning('notification 9999')).toBeNull();
  // What is explained is what there is.
  const explained = Object.keys(NOTIFY).filter((name) => notificationMeaning(name) !== null);
  expect(explained).toHaveLength(20);
});
