/**
 * Files that people wrote, beside what racoon 0.9.1 said of them in a syntax check. They lie beside
 * the checkout, in `../shared`, where there is one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sharedPath } from '../../../test/support/examples.ts';
import { formatDiagnostic } from '../diagnostic.ts';
import type { FoundFiles } from './files.ts';
import { readRacoon } from './read.ts';
import { readPsk } from './read-psk.ts';

/**
 * Files that racoon took, or stopped in for want of a certificate, a user or a name server, and we
 * refuse: the codes.
 */
const REFUSED_HERE: Readonly<Record<string, string>> = {
  'files/003-racoon-ipsec-tools-racoon.conf.sample-gssapi': 'left-out',
  'files/016-ipsec-tools-racoon.conf.sample-gssapi': 'left-out',
  // It never came to the second peers_certfile, which its grammar refuses as well.
  'files/006-racoon-ipsec-tools-racoon.conf.sample-plainrsa': 'repeated-statement',
  'files/019-ipsec-tools-racoon.conf.sample-plainrsa': 'repeated-statement',
  'files_historical/011-ipsec-tools-racoon.conf.sample-plainrsa': 'repeated-statement',
  // It never came to ldap_cfg, which is ldapcfg.
  'files/008-racoon-ipsec-tools-racoon.conf': 'unknown-statement',
  'files_historical/003-racoon-ipsec-tools-racoon.conf': 'unknown-statement',
  'files_historical/006-racoon-ipsec-tools-racoon.conf': 'unknown-statement',
  'files_historical/008-racoon-ipsec-tools-racoon.conf': 'unknown-statement',
  // It never came to the block that belongs to nothing.
  'files_historical/005-racoon-ipsec-tools-racoon.conf': 'unexpected-token',
  // Group 3 is over EC2N, and no library has it.
  'files/014-ipsec-tools-racoon.conf.in': 'algorithm-gone',
  'files_historical/012-ipsec-tools-racoon.conf.in': 'algorithm-gone',
  // It asked a name server for what a template has in the place of an address.
  'embedded/007-nginx-setup-ifup-ipsec_block7': 'stray-character',
  'templates/002-7u83-ipsec-racoon-tunnel.conf.erb': 'stray-character',
};

interface Case {
  readonly name: string;
  readonly file: string;
  readonly outcome: 'ok' | 'environment' | 'wrong';
}

function casesIn(root: string): Case[] {
  const names = ['embedded', 'files', 'files_historical', 'templates'].flatMap((group) =>
    readdirSync(join(root, group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${group}/${entry.name}`),
  );
  return names.map((name) => {
    const inside = join(root, name);
    const meta = JSON.parse(readFileSync(join(inside, 'meta.json'), 'utf8'));
    const file = readdirSync(inside).find((each) => !/^(?:meta|expected)\./.test(each)) ?? '';
    const parsed: string = meta.parse_class;
    const outcome =
      parsed === 'ok' ? 'ok' : parsed.startsWith('environment') ? 'environment' : 'wrong';
    return { name, file: join(inside, file), outcome };
  });
}

const root = sharedPath('vectors', 'G_configs', 'racoon');
const cases = root === null ? [] : casesIn(root);

test.skipIf(root === null)('there are files of all kinds', () => {
  for (const outcome of ['ok', 'environment', 'wrong']) {
    expect(cases.filter((each) => each.outcome === outcome).length).toBeGreaterThan(10);
  }
  expect(
    Object.keys(REFUSED_HERE).filter((name) => cases.every((each) => each.name !== name)),
  ).toEqual([]);
});

test.each(cases)('$name is read as racoon did', ({ name, file, outcome }) => {
  const { configuration, diagnostics } = readRacoon({ name, text: readFileSync(file, 'utf8') });
  const codes = diagnostics.flatMap(({ severity, code }) => (severity === 'error' ? [code] : []));
  const reason = REFUSED_HERE[name];
  if (outcome !== 'wrong' && reason === undefined) {
    expect(diagnostics.map(formatDiagnostic).filter((line) => / error: /.test(line))).toEqual([]);
    expect(configuration).not.toBeNull();
  } else {
    expect(configuration).toBeNull();
    expect(codes).not.toEqual([]);
    if (reason !== undefined) expect(codes).toContain(reason);
  }
});

describe('configurations that negotiated in a lab', () => {
  const folder = sharedPath('reference', 'captured', 'ike-kat');
  const names =
    folder === null ? [] : readdirSync(folder).filter((each) => /racoon\.conf$/.test(each));

  test.each(names)('%s', (name) => {
    const text = readFileSync(join(folder ?? '', name), 'utf8');
    const { configuration } = readRacoon({ name, text });
    const [peer, ...others] = configuration?.ike.peers ?? [];
    expect(others).toEqual([]);
    expect(peer).toMatchObject({
      proposalCheck: 'obey',
      exchangeModes: [name.slice(0, 4) === 'aggr' ? 'aggressive' : 'main'],
    });
    const [suite] = /aes\d+-sha\d+-modp\d+/.exec(name) ?? [];
    const [transform] = peer?.transforms ?? [];
    expect(transform?.lifetimeSeconds).toBe(3600);
    if (suite === undefined) return;
    const { keyBits, hash, group } = transform ?? expect.unreachable();
    expect(`aes${keyBits}-${hash.name}-${group.name}`).toBe(suite);
  });
});

test.skipIf(root === null)("Red Hat's files are read with what they include", () => {
  for (const [host, peer] of [
    ['alice', '10.9.0.2'],
    ['bob', '10.9.0.1'],
  ]) {
    const read = (file: string): string =>
      readFileSync(sharedPath('examples', 'redhat-psk', `${host}.${file}`) ?? '', 'utf8');
    const main = { name: 'racoon.conf', text: read('racoon.conf') };
    const pattern = `/etc/racoon/${peer}.conf`;
    expect(readRacoon(main)).toMatchObject({ configuration: null, wantedFiles: [pattern] });
    const found: FoundFiles = { files: [{ name: pattern, text: read(`${peer}.conf`) }] };
    const { configuration } = readRacoon(main, { files: new Map([[pattern, found]]) });
    expect(configuration?.ike.peers[0]).toMatchObject({
      exchangeModes: ['aggressive', 'main'],
      at: { file: pattern, line: 1 },
    });
    const [policy] = configuration?.ike.quickModePolicies ?? [];
    expect(
      policy?.encryption.map(({ algorithm, keyBits }) => `${algorithm.name} ${keyBits}`),
    ).toEqual(['3des-cbc 192', 'blowfish-cbc 448', 'aes-cbc 128']);
  }
});

test.skipIf(root === null)('psk.txt of racoon itself', () => {
  const folder = sharedPath(
    'vectors',
    'G_configs',
    'psk',
    'files',
    '002-racoon-ipsec-tools-psk.txt.sample',
  );
  const text = readFileSync(join(folder ?? '', 'psk.txt.sample'), 'utf8');
  const { keys, diagnostics } = readPsk({ name: 'psk.txt', text });
  expect(diagnostics).toEqual([]);
  expect(keys.map(({ identity, key }) => `${identity} ${key.length}`)).toEqual([
    '10.160.94.3 14',
    '172.16.1.133 4',
    '194.100.55.1 21',
    '3ffe:501:410:ffff:200:86ff:fe05:80fa 14',
    '3ffe:501:410:ffff:210:4bff:fea2:8baa 14',
    'foo@kame.net 14',
    'foo.kame.net 4',
  ]);
});
