/**
 * racoon.conf and psk.txt: a file that has it and one that has not, for every code of a rule.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sharedPath } from '../../../test/support/examples.ts';
import { formOf } from './form-of.ts';
import { checkPsk, PSK_RULES } from './psk/check-psk.ts';
import { checkRacoon } from './racoon/check-racoon.ts';
import { RACOON_RULES } from './racoon/rules.ts';

const PROPOSAL = `
  proposal { encryption_algorithm aes 256; hash_algorithm sha256; authentication_method METHOD; dh_group 14; }`;

/** The remote is in lines 2 to 6, and the sainfo in line 7. */
function racoon(remote: string, statements: string, method = 'pre_shared_key'): string {
  return `path pre_shared_key "/etc/racoon/psk.txt";
remote ${remote} {
  exchange_mode main;
  ${statements}${PROPOSAL.replace('METHOD', method)}
}
sainfo anonymous { ${ALGORITHMS} }
`;
}

const ALGORITHMS =
  'encryption_algorithm aes 256; authentication_algorithm hmac_sha256; compression_algorithm deflate;';
const PLAIN = racoon('192.0.2.2', '');

function found(text: string): string[] {
  const { diagnostics, loads } = checkRacoon({ name: 't', text });
  expect(loads, JSON.stringify(diagnostics)).toBe(true);
  return diagnostics.map(({ line, severity, code }) => `${line} ${severity} ${code}`);
}

describe('racoon.conf', () => {
  const rsa = 'certificate_type x509 "a.pem" "a.key"; ';
  const CASES: Readonly<Record<string, readonly [string, string, string]>> = {
    'proposal-obey': [
      '4 warning proposal-obey',
      racoon('192.0.2.2', 'proposal_check obey;'),
      racoon('192.0.2.2', 'proposal_check claim;'),
    ],
    'policy-for-anybody': [
      '4 error policy-for-anybody',
      racoon('anonymous', 'generate_policy on;'),
      racoon('192.0.2.2', 'generate_policy on;'),
    ],
    'certificate-unverified': [
      '4 error certificate-unverified',
      racoon('192.0.2.2', `${rsa}verify_cert off;`, 'rsasig'),
      racoon('192.0.2.2', `${rsa}verify_cert on;`, 'rsasig'),
    ],
    'unreachable-peer': [
      '2 error unreachable-peer',
      `${racoon('2001:db8::2', '')}listen { isakmp 192.0.2.1; }`,
      `${racoon('2001:db8::2', '')}listen { isakmp 192.0.2.1; isakmp 2001:db8::1; }`,
    ],
    'missing-sainfo': [
      '2 warning missing-sainfo',
      PLAIN.replace(/^sainfo.*\n/m, ''),
      PLAIN.replace('exchange_mode', 'ph1id 7; exchange_mode'),
    ],
    'unused-sainfo': [
      '8 warning unused-sainfo',
      `${PLAIN}sainfo address 192.0.2.1 any address 192.0.2.2 any { remoteid 7; ${ALGORITHMS} }`,
      `${PLAIN.replace('exchange_mode', 'ph1id 7; exchange_mode')}sainfo address 192.0.2.1 any address 192.0.2.2 any { remoteid 7; ${ALGORITHMS} }`,
    ],
    'unwise-lifetime': [
      '4 warning unwise-lifetime',
      racoon('192.0.2.2', 'lifetime time 30 sec;'),
      racoon('192.0.2.2', 'lifetime time 1 min;'),
    ],
  };

  test('every code has a case here', () => {
    expect(Object.keys(CASES).sort()).toEqual(RACOON_RULES.map(({ code }) => code).sort());
  });

  test.each(Object.entries(CASES))('%s', (code, [expected, bad, good]) => {
    expect(found(bad)).toEqual([expected]);
    expect(found(good)).toEqual([]);
    const { diagnostics } = checkRacoon({ name: 't', text: bad }, {}, new Set([code]));
    expect(diagnostics).toEqual([]);
  });

  test('lifetimes are looked at in proposals and sainfos, too, and once where several have one', () => {
    const lives = PLAIN.replace('proposal {', 'proposal { lifetime time 25 hour;');
    expect(found(lives)).toEqual(['5 warning unwise-lifetime']);
    const two = racoon(
      '192.0.2.2',
      `lifetime time 2 sec;${PROPOSAL.replace('METHOD', 'pre_shared_key')}`,
    );
    expect(found(two)).toEqual(['4 warning unwise-lifetime']);
    const brief = PLAIN.replace('sainfo anonymous {', 'sainfo anonymous { lifetime time 1 sec;');
    expect(found(brief)).toEqual(['7 warning unwise-lifetime']);
  });

  test('a remote behind a NAT needs a port for that', () => {
    const behind = racoon('192.0.2.2', 'nat_traversal on;');
    expect(found(behind)).toEqual([]);
    expect(found(`${behind}listen { isakmp 192.0.2.1; }`)).toEqual(['4 warning unreachable-peer']);
    expect(found(`${behind}listen { isakmp 192.0.2.1; isakmp_natt 192.0.2.1; }`)).toEqual([]);
    expect(found(`${behind}listen { isakmp_natt 192.0.2.1; }`)).toEqual([
      '2 error unreachable-peer',
    ]);
  });

  test('a remote may have sainfos of its own', () => {
    const own = PLAIN.replace('exchange_mode', 'ph1id 7; exchange_mode');
    expect(found(own.replace('sainfo anonymous {', 'sainfo anonymous { remoteid 7;'))).toEqual([]);
    expect(found(own.replace('sainfo anonymous {', 'sainfo anonymous { remoteid 8;'))).toEqual([
      '3 warning missing-sainfo',
      '7 warning unused-sainfo',
    ]);
  });

  test('what another file says is told of that file', () => {
    const remote = racoon('192.0.2.3', 'proposal_check obey;').replace(/^sainfo.*\n/m, '');
    const included = { name: 'more', text: remote };
    const files = new Map([['/more', { files: [included] }]]);
    const text = `${racoon('192.0.2.2', 'proposal_check obey;')}include "/more";`;
    const { diagnostics } = checkRacoon({ name: 't', text }, { files });
    expect(diagnostics.map(({ file, line, code }) => `${file}:${line} ${code}`)).toEqual([
      't:4 proposal-obey',
      'more:4 proposal-obey',
    ]);
  });

  test('a file that is not found is an error, and nothing else is told', () => {
    const text = `${racoon('192.0.2.2', 'proposal_check obey;')}include "/more";`;
    const check = checkRacoon({ name: 't', text });
    expect(check.wantedFiles).toEqual(['/more']);
    expect(check.diagnostics.map(({ code }) => code)).toEqual(['unread-file']);
  });
});

describe('psk.txt', () => {
  const GOOD = '# keys\n192.0.2.2 0x7d1f0a9c4be3586273c4d5e6f7a8b9c17be3\n';

  function told(text: string, mode = 0o600): string[] {
    const { diagnostics } = checkPsk({ name: 't', text }, { mode });
    expect(JSON.stringify(diagnostics)).not.toMatch(/foobarbaz|battery|7d1f0a9c/);
    return diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);
  }

  const CASES: Readonly<Record<string, readonly [string, string, number?]>> = {
    'published-psk': ['2:1 published-psk', `${GOOD.split('\n')[0]}\n192.0.2.2 foobarbaz\n`],
    'low-entropy-psk': ['1:1 low-entropy-psk', '192.0.2.2 correct horse battery staple'],
    'open-psk-file': ['2:1 open-psk-file', GOOD, 0o640],
  };

  test('every code has a case here', () => {
    expect(Object.keys(CASES).sort()).toEqual(PSK_RULES.map(({ code }) => code).sort());
  });

  test.each(Object.entries(CASES))('%s', (code, [expected, text, mode]) => {
    expect(told(text, mode)).toEqual([expected]);
    expect(told(GOOD)).toEqual([]);
    const { diagnostics } = checkPsk({ name: 't', text }, { mode: mode ?? null }, new Set([code]));
    expect(diagnostics).toEqual([]);
  });

  test('a short key is told, however it was drawn', () => {
    expect(told('192.0.2.2 q8Zk+3fWp/0s')).toEqual(['1:1 low-entropy-psk']);
    expect(told('192.0.2.2 q8Zk+3fWp/0sVxT2Jd7L')).toEqual([]);
  });
});

test('the form of a file is known by its name, or by its first word', () => {
  for (const [name, text, form] of [
    ['/etc/racoon/psk.txt', '', 'psk'],
    ['/etc/racoon/racoon.conf', '', 'racoon'],
    ['/etc/racoon/10.9.0.2.conf', '# of alice\n\nremote 10.9.0.2 {', 'racoon'],
    ['/etc/setkey.conf', '#!/usr/sbin/setkey -f\nflush;', 'setkey'],
    ['/etc/ipsec-tools.conf', '', 'setkey'],
    ['/etc/sysconfig/network-scripts/ifcfg-ipsec0', 'TYPE=IPSEC', 'ifcfg'],
    ['alice.keys-ipsec0', 'IKE_PSK=x', 'ifcfg'],
  ] as const) {
    expect(formOf(name, text), name).toBe(form);
  }
});

const psk = sharedPath('examples', 'redhat-psk');

test.skipIf(psk === null)('what is found in the example with IKE', () => {
  for (const [host, peer] of [
    ['alice', '10.9.0.2'],
    ['bob', '10.9.0.1'],
  ] as const) {
    const [main, remote] = [`${host}.racoon.conf`, `${host}.${peer}.conf`].map((name) => {
      const path = join(psk ?? '', name);
      expect(existsSync(path)).toBe(true);
      return readFileSync(path, 'utf8');
    });
    const name = `/etc/racoon/${peer}.conf`;
    const files = new Map([[name, { files: [{ name, text: remote ?? '' }] }]]);
    const { diagnostics } = checkRacoon({ name: 't', text: main ?? '' }, { files });
    expect(diagnostics.map(({ file, line, code }) => `${file}:${line} ${code}`)).toEqual([
      't:10 weak-algorithm',
      't:12 weak-algorithm',
      't:12 weak-algorithm',
      't:13 weak-algorithm',
      't:13 weak-algorithm',
      `${name}:3 offline-guessing`,
    ]);
  }
});
