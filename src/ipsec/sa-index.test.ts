import { expect, test } from 'vitest';
import { readSetkey } from '../config/setkey/read.ts';
import type { Policy } from './policy.ts';
import { SaIndex } from './sa-index.ts';
import type { SaParameters } from './sa-parameters.ts';

/** The SAs and policies that a file adds. */
function read(...lines: string[]): { sas: SaParameters[]; policies: Policy[] } {
  const { steps } = readSetkey({ name: 't', text: lines.join('\n') });
  const changes = steps.flatMap((step) => (step.kind === 'change' ? step.changes : []));
  return {
    sas: changes.flatMap((change) => (change.kind === 'add-sa' ? [change.sa] : [])),
    policies: changes.flatMap((change) => (change.kind === 'add-policy' ? [change.policy] : [])),
  };
}

/** Whether `index` has an SA for the only rule of each policy. */
function served(index: SaIndex, policies: readonly Policy[]): boolean[] {
  return policies.map((policy) => {
    const template = policy.action.kind === 'protect' ? policy.action.templates[0] : undefined;
    return template !== undefined && index.serves(template, policy);
  });
}

test('a rule is served by an SA between any hosts of its prefixes', () => {
  const { sas, policies } = read(
    'add 10.1.2.3 10.2.3.4 ah 256 -u 7 -A hmac-md5 0x000102030405060708090a0b0c0d0e0f;',
    'spdadd 10.1.2.3 10.2.3.4 any -P out ipsec ah/transport//require;',
    'spdadd 10.1.2.0/24 10.2.3.5 any -P out ipsec ah/transport//require;',
    'spdadd 10.1.0.0/15 10.2.3.5/29 any -P out ipsec ah/transport//require;',
    'spdadd 10.1.0.0/15 10.2.3.4 any -P out ipsec ah/transport//unique:7;',
    'spdadd 10.1.0.0/15 10.2.3.4 any -P fwd ipsec ah/transport//unique:8;',
    'spdadd 10.2.0.0/16 10.1.0.0/16 any -P in ipsec ah/transport//require;',
    'spdadd 10.2.0.0/16 10.0.0.0/8 any -P out ipsec ah/tunnel/10.1.2.3-10.2.3.4/require;',
    'spdadd 0::/24 0::/0 any -P out ipsec ah/transport//require;',
    'spdadd 0a01:0203::/32 0a02:0304::/32 any -P out ipsec ah/transport//require;',
  );
  expect(
    served(
      new SaIndex(sas),
      policies.filter(({ direction }) => direction === 'outbound'),
    ),
  ).toEqual([true, false, true, true, false, false, false]);
});

test('for any number of rules, the SAs are gone through once', () => {
  const hosts = Array.from({ length: 50 }, (_, k) => `10.9.${k}.1`);
  const { sas, policies } = read(
    ...hosts.map((host, k) => `add 10.9.0.1 ${host} ah ${256 + k} -A hmac-md5 "0123456789abcdef";`),
    ...hosts.map((host) => `spdadd 10.9.0.1 ${host}/24 any -P out ipsec ah/transport//require;`),
  );
  let rounds = 0;
  const counted = new Proxy(sas, {
    get(target, name) {
      if (name === Symbol.iterator) rounds++;
      return Reflect.get(target, name);
    },
  });
  expect(served(new SaIndex(counted), policies)).toEqual(hosts.map(() => true));
  expect(rounds).toBe(1);
});
