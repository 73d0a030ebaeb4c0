import { expect, test } from 'vitest';
import {
  address,
  ENDS,
  HERE,
  policyOf,
  selectorBetween,
  THERE,
} from '../../test/support/quick-mode.ts';
import { onePort } from '../net/port-range.ts';
import { bundleOf } from './bundle.ts';
import { findResponderPolicies, generatedPolicies } from './responder-policy.ts';

const NETS = selectorBetween('10.1.0.0/16', '10.2.0.0/16');
const EXACT = policyOf('inbound', 'esp/tunnel:5', NETS);
const BACK = policyOf('outbound', 'esp/tunnel:6', NETS);
const WIDE = {
  ...policyOf('inbound', 'ah/tunnel', selectorBetween('10.0.0.0/8', '10.0.0.0/8')),
  priority: 1,
};

test('the policy exactly for the traffic wins over one that covers it, and has its way back', () => {
  expect(findResponderPolicies([WIDE, BACK, EXACT], NETS, ENDS)).toEqual({
    kind: 'found',
    inbound: EXACT,
    outbound: BACK,
    bundle: [
      {
        protocol: 'esp',
        mode: 'tunnel',
        local: HERE,
        remote: THERE,
        inboundReqid: 5,
        outboundReqid: 6,
      },
    ],
  });
  const part = selectorBetween('10.1.2.0/24', '10.2.0.0/16');
  expect(findResponderPolicies([WIDE, BACK], part, ENDS)).toMatchObject({ inbound: WIDE });
  expect(findResponderPolicies([EXACT], NETS, ENDS)).toMatchObject({ outbound: null });
});

test('where there is none, each tells what it is not for', () => {
  const web = { nextLayerProtocol: 6, localPort: onePort(80) };
  const policies = [
    policyOf('inbound', 'esp/tunnel', selectorBetween('10.1.0.0/24', '10.2.0.0/16')),
    policyOf(
      'inbound',
      'esp/tunnel',
      selectorBetween('10.1.0.0/16', '10.2.0.0/16', { nextLayerProtocol: 17 }),
    ),
    policyOf(
      'inbound',
      'esp/tunnel',
      selectorBetween('10.1.0.0/16', '10.2.0.0/16', { ...web, localPort: onePort(22) }),
    ),
    { ...WIDE, action: { kind: 'bypass' } as const },
    policyOf('inbound', 'esp/tunnel', NETS, { local: HERE, remote: address('10.9.0.3') }),
    BACK,
  ];
  const wanted = selectorBetween('10.1.0.0/16', '10.2.0.0/16', web);
  const found = findResponderPolicies(policies, wanted, ENDS);
  if (found.kind === 'found') expect.unreachable();
  const reasons = policies.map(
    (policy) => found.nearMisses.find((each) => each.policy === policy)?.differs,
  );
  expect(reasons).toEqual(['addresses', 'protocol', 'ports', 'action', 'ends', undefined]);
});

test('transport mode is between the hosts of IKE, and host bits of a policy mean nothing', () => {
  const hosts = selectorBetween('10.9.0.1', '10.9.0.2');
  const policy = policyOf(
    'inbound',
    'esp/transport ah/transport',
    selectorBetween('10.9.0.1', '10.9.0.2/24'),
  );
  expect(findResponderPolicies([policy], hosts, ENDS)).toMatchObject({ inbound: policy });
  const ends = { local: HERE, remote: address('10.8.0.2') };
  expect(findResponderPolicies([policy], hosts, ends)).toMatchObject({
    nearMisses: [{ differs: 'ends' }],
  });
});

test('policies that are made have the layers, the ends and the numbers of their bundle', () => {
  const bundle = bundleOf(EXACT, BACK, ENDS);
  expect(generatedPolicies(NETS, bundle)).toEqual([
    EXACT,
    { ...EXACT, direction: 'forward' },
    BACK,
  ]);
  const hosts = policyOf('outbound', 'esp/transport ah/transport');
  const made = generatedPolicies(hosts.selector, bundleOf(hosts, null, ENDS));
  expect(made).toEqual([{ ...hosts, direction: 'inbound' }, hosts]);
});
