import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exposed } from '../../../test/support/arbitrary.ts';
import { validChange } from '../../../test/support/arbitrary-valid.ts';
import { unsaid } from '../../../test/support/unsaid.ts';
import { integrityByLinuxName } from '../../crypto/foreign-algorithm.ts';
import { HMAC_SHA256 } from '../../crypto/hmac-sha2.ts';
import { Secret } from '../../crypto/secret.ts';
import type { Change } from '../../ipsec/change.ts';
import { UNLIMITED } from '../../ipsec/lifetime.ts';
import type { Policy } from '../../ipsec/policy.ts';
import type { SaParameters } from '../../ipsec/sa-parameters.ts';
import { whyInvalid } from '../../ipsec/validity.ts';
import { onePort } from '../../net/port-range.ts';
import { readSetkey } from './read.ts';
import { formatChange, formatDelete, TEXT_OPTIONS } from './statement-text.ts';

/** The one change that `text` makes. */
function changeOf(text: string): Change {
  const { steps, diagnostics } = readSetkey({ name: 't', text }, TEXT_OPTIONS);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ message }) => message)).toEqual([]);
  const changes = steps.flatMap((step) => (step.kind === 'change' ? step.changes : []));
  expect(changes).toHaveLength(1);
  return changes[0] as Change;
}

/** What reading the statement of `change` makes; `null` where it cannot be read. */
function readBack(change: Change): Change | null {
  const text = formatChange(change, 'shown');
  const { steps } = readSetkey({ name: 't', text }, { ...TEXT_OPTIONS, alone: true });
  const [step, ...more] = steps;
  if (step?.kind !== 'change' || more.length > 0 || step.changes.length !== 1) return null;
  return step.changes[0] ?? null;
}

describe('the statement of a change', () => {
  test('makes the same change again, unless something was left unsaid', () => {
    fc.assert(
      fc.property(validChange, (change) => {
        expect(whyInvalid(change)).toBeNull();
        const same = isDeepStrictEqual(exposed(readBack(change)), exposed(change));
        expect({ same, text: formatChange(change, 'shown') }).toMatchObject({
          same: unsaid(change).length === 0,
        });
      }),
      { numRuns: 1000 },
    );
  });

  test('shows no key that is to be masked', () => {
    fc.assert(
      fc.property(validChange, (change) => {
        const text = formatChange(change, 'masked');
        expect(text).not.toMatch(/0x[\da-f]{9}/);
        expect(text.replaceAll('0x…', '')).toBe(
          formatChange(change, 'shown').replaceAll(/(?<=-[EA] [\w-]+ )0x[\da-f]+/g, ''),
        );
      }),
    );
  });
});

describe.each([
  ...[
    'add 10.9.0.1 10.9.0.2 esp 0x00000201 -m transport -u 16 -r 32 -lh 3600 -ls 3000 -bh 9000 -bs 8000 -E aes-cbc 0x000102030405060708090a0b0c0d0e0f -A hmac-sha1 0x000102030405060708090a0b0c0d0e0f10111213;',
    'add 2001:db8::1 2001:db8::2 ah 0x00000301 -m tunnel -A hmac-sha256-128 0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f;',
    'add 10.9.0.1[4500] 10.9.0.2[4501] esp-udp 192.0.2.7 0x00000201 -m transport -E null -A hmac-md5 0x000102030405060708090a0b0c0d0e0f;',
    'add 10.9.0.1 10.9.0.2 esp 0x00000201 -m transport -ctx 1 1 "system_u:object_r:ipsec_t:s0" -E aes-gcm-16 0x000102030405060708090a0b0c0d0e0f10111213;',
    'add 10.9.0.1 10.9.0.2 ipcomp 0x00000012 -m tunnel -C deflate;',
    'add 10.9.0.1 10.9.0.2 esp 0x00000201 -m transport -E null -A null;',
  ],
  'delete 0.0.0.0 10.9.0.2 esp 0x00000201;',
  'delete :: 2001:db8::2 ah 0x00000301;',
  'deleteall 10.9.0.1 10.9.0.2;',
  'deleteall 10.9.0.1 10.9.0.2 esp;',
  'flush;',
  'flush ipcomp;',
  'spdflush;',
  'spdadd 10.9.0.1 10.9.0.2 any -P out ipsec esp/transport//require ah/transport//require;',
  'spdadd 10.2.0.0/16[80] 10.1.0.0/16 tcp -P in prio 100 ipsec esp/tunnel/192.0.2.2-192.0.2.1/unique:16;',
  'spdadd 10.2.0.0/16 10.1.0.0/16 any -P fwd prio -100 ipsec esp/tunnel/192.0.2.2-192.0.2.1/use;',
  'spdadd 10.9.0.1 10.9.0.2 icmp 8,0 -P out none;',
  'spdadd ::/0 ::/0 ipv6-icmp 135,0 -P in none;',
  'spdadd 10.9.0.1 10.9.0.2 gre 0.0.4.210 -P out discard;',
  'spdupdate 10.9.0.1 10.9.0.2 any -ctx 1 1 "a:b" -P out discard;',
  'spddelete 10.9.0.2 10.9.0.1 any -P in;',
])('%s', (text) => {
  test('is written as it was read', () => {
    expect(formatChange(changeOf(text), 'shown')).toBe(text);
  });
});

test('a delete names the source where it is known', () => {
  const { source, ...id } = sa();
  expect(formatDelete(id, source)).toBe('delete 10.9.0.1 10.9.0.2 esp 0x00000201;');
});

test.each<[string, Change, string[]]>([
  [
    'extended sequence numbers',
    { kind: 'add-sa', sa: { ...sa(), extendedSequenceNumbers: true } },
    ['the extended sequence numbers'],
  ],
  [
    'a lifetime in packets',
    {
      kind: 'add-sa',
      sa: {
        ...sa(),
        softLifetime: { ...UNLIMITED, packets: 1 },
        hardLifetime: { ...UNLIMITED, packets: 2 },
      },
    },
    ['the soft lifetime in packets', 'the hard lifetime in packets'],
  ],
  [
    "an algorithm that only the kernel's name is known of",
    { kind: 'add-sa', sa: { ...sa(), integrity: foreign('hmac(sm3)') } },
    ['the algorithm hmac(sm3)'],
  ],
  [
    'a range of ports',
    {
      kind: 'add-policy',
      policy: withSelector({ localPort: { first: 1000, last: 2000 }, remotePort: onePort(0) }),
    },
    ['the ports 1000-2000', 'the ports 0'],
  ],
  [
    'the number of an SA that may be used',
    { kind: 'add-policy', policy: withLevel('use', 7) },
    ['the number 7 behind use'],
  ],
])('%s is left unsaid, and told', (_, change, nouns) => {
  expect(unsaid(change)).toEqual(nouns);
});

function sa(): SaParameters {
  const change = changeOf(
    'add 10.9.0.1 10.9.0.2 esp 0x201 -r 4 -E null -A hmac-md5 "0123456789abcdef";',
  );
  if (change.kind !== 'add-sa') throw new Error('no SA');
  return change.sa;
}

function foreign(linux: string): SaParameters['integrity'] {
  const algorithm = integrityByLinuxName(linux, 256, HMAC_SHA256.icvLength * 8);
  return { algorithm, key: new Secret(new Uint8Array(32)), icvLength: 16 };
}

function policy(): Policy {
  const change = changeOf('spdadd 10.9.0.1 10.9.0.2 tcp -P out ipsec esp/transport//require;');
  if (change.kind !== 'add-policy') throw new Error('no policy');
  return change.policy;
}

function withSelector(parts: Partial<Policy['selector']>): Policy {
  const { selector, ...rest } = policy();
  return { ...rest, selector: { ...selector, ...parts } };
}

function withLevel(level: 'use' | 'require', reqid: number): Policy {
  const template = { protocol: 'esp', mode: 'transport', endpoints: null, level, reqid } as const;
  return { ...policy(), action: { kind: 'protect', templates: [template] } };
}
