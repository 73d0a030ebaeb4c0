import { expect, test } from 'vitest';
import { ikeOf } from '../../test/support/ike-peers.ts';
import { selectorBetween, THERE } from '../../test/support/quick-mode.ts';
import { onePort } from '../net/port-range.ts';
import { type PolicyQuestion, selectQuickModePolicy } from './select-policy.ts';

const LISTS =
  'encryption_algorithm aes; authentication_algorithm hmac_sha256; compression_algorithm deflate;';
const { quickModePolicies } = ikeOf(`sainfo anonymous { ${LISTS} }
sainfo subnet 10.1.0.0/16 any subnet 10.2.0.0/16 any { ${LISTS} }
sainfo address 10.9.0.1 tcp address 10.9.0.2[80] tcp { ${LISTS} }
sainfo anonymous clientaddr group "staff" { ${LISTS} }
sainfo anonymous address 10.3.0.0-10.3.0.255 any { ${LISTS} }
sainfo subnet 10.1.0.0/16 any subnet 10.2.0.0/16 any from fqdn "bob" { ${LISTS} }
sainfo subnet 10.1.0.0/16 any subnet 10.2.0.0/16 any { remoteid 7; ${LISTS} }
`);

/** The line of the policy for `question`, or the points that all of them differ in by their lines. */
function found(question: Partial<PolicyQuestion>): string {
  const answer = selectQuickModePolicy(quickModePolicies, {
    selector: selectorBetween('10.1.0.0/16', '10.2.0.0/16'),
    phase1Id: 0,
    isPeer: () => false,
    clientAddress: THERE,
    groups: [],
    ...question,
  });
  if (!('kind' in answer)) return `${answer.at.line}`;
  return answer.nearMisses.map(({ policy, differs }) => `${policy.at.line} ${differs}`).join(', ');
}

test.each<[string, Partial<PolicyQuestion>, string]>([
  ['the same networks', {}, '2'],
  ['host bits', { selector: selectorBetween('10.1.0.1/16', '10.2.0.0/16') }, '2'],
  ['a part of them alone', { selector: selectorBetween('10.1.2.0/24', '10.2.0.0/16') }, '1'],
  [
    'another protocol',
    { selector: selectorBetween('10.1.0.0/16', '10.2.0.0/16', { nextLayerProtocol: 6 }) },
    '1',
  ],
  [
    'a peer by its name',
    { isPeer: (identity) => identity.kind === 'fqdn' && identity.name === 'bob' },
    '6',
  ],
  ['a peer by its number', { phase1Id: 7 }, '7'],
  ['a range', { selector: selectorBetween('10.8.0.0/16', '10.3.0.0/24') }, '5'],
  [
    'a port that is said',
    {
      selector: selectorBetween('10.9.0.1', '10.9.0.2', {
        nextLayerProtocol: 6,
        remotePort: onePort(80),
      }),
      clientAddress: { version: 4, octets: new Uint8Array(4) },
    },
    '3',
  ],
  [
    'the address of a client of a group',
    { selector: selectorBetween('10.1.0.0/16', '10.9.0.2'), groups: ['staff'] },
    '4',
  ],
  [
    'the address of a client of another group, which ends the search',
    { selector: selectorBetween('10.1.0.0/16', '10.9.0.2'), groups: ['guests'] },
    '6 from, 7 remoteid, 2 remote, 3 local, 4 group',
  ],
  [
    'a number that no policy has',
    { phase1Id: 9 },
    '6 remoteid, 7 remoteid, 2 remoteid, 3 remoteid, 4 remoteid, 5 remoteid, 1 remoteid',
  ],
])('%s', (_, question, expected) => {
  expect(found(question)).toBe(expected);
});
