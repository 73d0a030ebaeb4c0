import { describe, expect, test } from 'vitest';
import { ALICE, address, BOB } from '../../test/support/packets.ts';
import { espSa, layer, opposite, policy, protect } from '../../test/support/sas.ts';
import { NOTHING } from '../ipsec/contents.ts';
import { sessionFlow } from '../ipsec/essential-flows.ts';
import { formatIpAddress } from '../net/ip-address.ts';
import { comesProtected, ruleAgainst } from './lock-out.ts';
import { parseRequirements } from './requirement.ts';
import { rulesForPolicies, rulesForRequirements } from './rule.ts';

const SSH = sessionFlow({ address: ALICE, port: 22 }, { address: BOB, port: 51234 });
const ESP = protect(layer('esp'));
const [FROM_BOB, FROM_ALICE] = [BOB, ALICE].map((one) => `from ${formatIpAddress(one)}`);

describe('ruleAgainst()', () => {
  const required = (words: string) => rulesForRequirements(parseRequirements([words], new Map()));

  test.each([
    'tcp/22',
    'tcp',
    'any',
    'tcp/1-1024',
    `tcp/22 ${FROM_BOB}`,
    `udp/22 tcp/22 ${FROM_BOB}`,
  ])('finds the rule that "--require %s" is, and that drops the session', (words) => {
    expect(ruleAgainst(required(words), SSH)).toEqual(
      required(words).at(words.startsWith('udp') ? -1 : 0),
    );
  });

  test.each(['tcp/23', 'udp/22', `tcp/22 ${FROM_ALICE}`, 'tcp/51234', 'any from fd09::/64'])(
    'finds none where --require says "%s"',
    (words) => {
      expect(ruleAgainst(required(words), SSH)).toBeNull();
    },
  );

  test('finds none for what this host sends to itself', () => {
    for (const [local, remote] of [
      [ALICE, ALICE],
      [address('127.0.0.1'), address('127.0.0.2')],
      [address('::1'), address('::1')],
    ] as const) {
      const session = sessionFlow({ address: local, port: 22 }, { address: remote, port: 51234 });
      expect(ruleAgainst(required('any'), session)).toBeNull();
    }
  });

  test('asks the rules in their order, and those alone about packets for this host', () => {
    const inbound = policy('inbound', ESP);
    const pass = policy('inbound', { kind: 'bypass' }, { nextLayerProtocol: 6, priority: 1 });
    const rules = (...policies: Parameters<typeof rulesForPolicies>[0]) =>
      rulesForPolicies(policies).rules;
    expect(ruleAgainst(rules(inbound), SSH)).toMatchObject({ outcome: 'drop', hook: 'input' });
    expect(ruleAgainst(rules(inbound, pass), SSH)).toBeNull();
    expect(
      ruleAgainst(
        rules(inbound).map((rule) => ({ ...rule, hook: 'forward' as const })),
        SSH,
      ),
    ).toBeNull();
  });
});

describe('comesProtected()', () => {
  const sas = [opposite(espSa())];
  const policies = [policy('inbound', ESP)];

  test('takes a policy that requires it, and an SA inwards', () => {
    expect(comesProtected({ sas, policies }, SSH)).toBe(true);
    expect(comesProtected(NOTHING, SSH)).toBe(false);
    expect(comesProtected({ sas, policies: [] }, SSH)).toBe(false);
    expect(comesProtected({ sas: [], policies }, SSH)).toBe(false);
    expect(comesProtected({ sas: [espSa()], policies }, SSH)).toBe(false);
    expect(comesProtected({ sas, policies: [policy('outbound', ESP)] }, SSH)).toBe(false);
  });

  test('is not content with what may be protected, nor with what others are', () => {
    const use = protect({ ...layer('esp'), level: 'use' });
    expect(comesProtected({ sas, policies: [policy('inbound', use)] }, SSH)).toBe(false);
    const udp = [policy('inbound', ESP, { nextLayerProtocol: 17 })];
    expect(comesProtected({ sas, policies: udp }, SSH)).toBe(false);
  });
});
