import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../../../test/lab/cleanup.ts';
import { proposalText } from '../../../test/support/ike-peers.ts';
import { readConfiguration } from './read-configuration.ts';

let directory: TemporaryDirectory;
beforeEach(() => {
  directory = makeTemporaryDirectory();
});
afterEach(() => directory.remove());

const PROPOSAL = proposalText('aes 256, sha256, pre_shared_key, 14');

function file(name: string, text: string, mode = 0o600): string {
  const path = join(directory.path, name);
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return path;
}

function read(path: string) {
  const told: string[] = [];
  const outcome = readConfiguration(path, (severity, text) => told.push(`${severity}: ${text}`));
  return { outcome, told: told.join('\n') };
}

test('what a file includes is read, and the keys that it names', () => {
  const psk = file('psk.txt', '10.9.0.2 foobarbaz\n');
  file('bob.conf', `remote 10.9.0.2 { exchange_mode main; ${PROPOSAL} }`);
  const { outcome, told } = read(
    file(
      'racoon.conf',
      `path include "${directory.path}"; path pre_shared_key "${psk}"; include "b*.conf";`,
    ),
  );
  expect(told).toBe('');
  if (!outcome.ok) throw new Error(outcome.complaint);
  expect(outcome.value.configuration.ike.peers).toHaveLength(1);
  expect(outcome.value.preSharedKeys.map(({ identity }) => identity)).toEqual(['10.9.0.2']);
});

test('every mistake of every file is told at once', () => {
  file('bob.conf', 'remote 10.9.0.2 { exchange_mode mian; }');
  const { outcome, told } = read(
    file('racoon.conf', `path include "${directory.path}"; include "bob.conf"; lgo info;`),
  );
  expect(outcome.ok).toBe(false);
  expect(told).toMatch(/bob\.conf:1:\d+: error: "mian" is not an exchange mode/);
  expect(told).toMatch(/racoon\.conf:1:\d+: error: .*"lgo"/);
});

test('a psk.txt that others can read is refused', () => {
  const psk = file('psk.txt', '10.9.0.2 foobarbaz\n', 0o640);
  const { outcome, told } = read(
    file(
      'racoon.conf',
      `path pre_shared_key "${psk}"; remote 10.9.0.2 { exchange_mode main; ${PROPOSAL} }`,
    ),
  );
  expect(outcome.ok).toBe(false);
  expect(told).toBe(`error: Cannot use ${psk}: others may use it (mode 0640): chmod 600 it`);
});

test('a psk.txt is not looked at where nobody needs a key of it', () => {
  const { outcome } = read(file('racoon.conf', 'path pre_shared_key "/nowhere/psk.txt";'));
  expect(outcome.ok).toBe(true);
});

test('a file that is not there is told by its name', () => {
  const { told } = read(join(directory.path, 'none.conf'));
  expect(told).toContain('none.conf');
  expect(told).toContain('No such file or directory');
});
