/**
 * The command `setkey` in front of a running `ipseald`: its options, its output, its errors.
 *
 *     alice  setkey ── control socket ── ipseald
 *
 * @module
 */

import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readSetkey } from '../../src/config/index.ts';
import { collect } from '../../src/ipsec/backend.ts';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import type { CommandResult } from '../lab/command.ts';
import { makeNamespace } from '../lab/namespace.ts';
import { makeNobody } from '../lab/nobody.ts';
import { describeNetns } from '../lab/tier.ts';
import { GAZETTE, sharedPath } from '../support/examples.ts';
import { ALICE_ADDRESS, commandPath, PYTHON, TestHost } from '../support/hosts.ts';

const AH_SA = 'add 192.0.2.1 192.0.2.2 ah 0x300 -A hmac-md5 "authentication!!" ;';
const SECOND_AH_SA = 'add 192.0.2.2 192.0.2.1 ah 0x301 -A hmac-md5 "authentication!!" ;';
const ESP_SA = `add 192.0.2.1 192.0.2.2 esp 0x201 -m transport
	-E aes-cbc 0x000102030405060708090a0b0c0d0e0f
	-A hmac-sha1 0x000102030405060708090a0b0c0d0e0f10111213 ;`;
const LIMITED_SA = `add 192.0.2.2 192.0.2.1 esp 514 -m transport -r 4 -u 16 -lh 3600 -ls 3000 -bh 1000000 -bs 900000
	-E 3des-cbc "kamekame12341234kame1234"
	-A hmac-sha256 0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f ;`;
const OUT_POLICY =
  'spdadd 192.0.2.1 192.0.2.2 any -P out ipsec esp/transport//require ah/transport//require ;';
const PORT_POLICY =
  'spdadd 192.0.2.1[any] 192.0.2.9[80] tcp -P out prio def + 10 ipsec esp/transport//use ;';

/** What setkey 0.8 printed on Linux for these SAs, oldest first; what differs each time is T or N. */
const DUMPED_AH = `192.0.2.1 192.0.2.2 
	ah mode=transport spi=768(0x00000300) reqid=0(0x00000000)
	A: hmac-md5  61757468 656e7469 63617469 6f6e2121
	seq=0x00000000 replay=0 flags=0x00000000 state=mature 
	created: T	current: T
	diff: N(s)	hard: 0(s)	soft: 0(s)
	last:                     	hard: 0(s)	soft: 0(s)
	current: 0(bytes)	hard: 0(bytes)	soft: 0(bytes)
	allocated: 0	hard: 0	soft: 0
	sadb_seq=1 pid=N refcnt=0
`;
const DUMPED_LIMITED = `192.0.2.2 192.0.2.1 
	esp mode=transport spi=514(0x00000202) reqid=16(0x00000010)
	E: 3des-cbc  6b616d65 6b616d65 31323334 31323334 6b616d65 31323334
	A: hmac-sha256  00010203 04050607 08090a0b 0c0d0e0f 10111213 14151617 18191a1b 1c1d1e1f
	seq=0x00000000 replay=4 flags=0x00000000 state=mature 
	created: T	current: T
	diff: N(s)	hard: 3600(s)	soft: 3000(s)
	last:                     	hard: 0(s)	soft: 0(s)
	current: 0(bytes)	hard: 1000000(bytes)	soft: 900000(bytes)
	allocated: 0	hard: 0	soft: 0
	sadb_seq=2 pid=N refcnt=0
`;
const DUMPED_ESP = `192.0.2.1 192.0.2.2 
	esp mode=transport spi=513(0x00000201) reqid=0(0x00000000)
	E: aes-cbc  00010203 04050607 08090a0b 0c0d0e0f
	A: hmac-sha1  00010203 04050607 08090a0b 0c0d0e0f 10111213
	seq=0x00000000 replay=0 flags=0x00000000 state=mature 
	created: T	current: T
	diff: N(s)	hard: 0(s)	soft: 0(s)
	last:                     	hard: 0(s)	soft: 0(s)
	current: 0(bytes)	hard: 0(bytes)	soft: 0(bytes)
	allocated: 0	hard: 0	soft: 0
	sadb_seq=0 pid=N refcnt=0
`;
const DUMPED_POLICIES = `192.0.2.1[any] 192.0.2.9[80] tcp
	out prio def + 10 ipsec
	esp/transport//use
	created: T  lastused:                     
	lifetime: 0(s) validtime: 0(s)
	spid=N seq=1 pid=N
	refcnt=2
192.0.2.1[any] 192.0.2.2[any] 255
	out prio def ipsec
	esp/transport//require
	ah/transport//require
	created: T  lastused:                     
	lifetime: 0(s) validtime: 0(s)
	spid=N seq=0 pid=N
	refcnt=2
`;

/** A dump without what differs each time. */
function normalized(dump: string): string {
  return dump
    .replace(/[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}/g, 'T')
    .replace(/\b(diff: |pid=|spid=)\d+/g, '$1N');
}

describeNetns('setkey', () => {
  let host: TestHost;
  let directory: TemporaryDirectory;

  beforeAll(async () => {
    host = new TestHost(await makeNamespace('alice'), ALICE_ADDRESS);
    directory = makeTemporaryDirectory();
    await host.startDaemon();
  });

  beforeEach(async () => {
    await host.load('flush; spdflush;');
  });

  afterAll(async () => {
    await host?.dispose();
    directory?.remove();
  });

  function file(name: string, text: string): string {
    const path = join(directory.path, name);
    writeFileSync(path, text);
    return path;
  }

  /** `-D` and `-DP`. */
  async function dumps(): Promise<readonly [string, string]> {
    const [sad, spd] = [await host.setkey(['-D']), await host.setkey(['-DP'])];
    expect([sad.status, spd.status, sad.stderr, spd.stderr]).toEqual([0, 0, '', '']);
    return [normalized(sad.stdout), normalized(spd.stdout)];
  }

  async function counts(): Promise<readonly [number, number]> {
    return await host.ask(async (client) => [
      (await collect(client.sas())).length,
      (await collect(client.policies())).length,
    ]);
  }

  const STATEMENTS = `${AH_SA}\n${ESP_SA}\n${OUT_POLICY}\n`;
  const ways: readonly (readonly [string, () => Promise<CommandResult>])[] = [
    ['-f FILE', () => host.setkey(['-f', file('alice.conf', STATEMENTS)])],
    ['-f -', () => host.setkey(['-f', '-'], { input: STATEMENTS })],
    ['-c', () => host.setkey(['-c'], { input: STATEMENTS })],
    ['FILE', () => host.setkey([file('alice.conf', STATEMENTS)])],
  ];
  for (const [name, load] of ways) {
    test(`setkey ${name} carries out the statements and prints nothing but warnings`, async () => {
      const { status, stdout, stderr } = await load();
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
      expect(stderr).not.toContain('error');
      expect(await counts()).toEqual([2, 1]);
    });
  }

  test('setkey -D prints SAs as setkey 0.8 does, the newest first', async () => {
    await host.load(`${ESP_SA}\n${LIMITED_SA}\n${AH_SA}`);
    const [sad] = await dumps();
    expect(sad).toBe(`${DUMPED_AH}${DUMPED_LIMITED}${DUMPED_ESP}`);
  });

  test('setkey -DP prints policies as setkey 0.8 does, the newest first', async () => {
    await host.load(`${OUT_POLICY}\n${PORT_POLICY}`);
    const [, spd] = await dumps();
    expect(spd).toBe(DUMPED_POLICIES);
  });

  test('setkey --json prints an object a line, and keys only when asked to', async () => {
    await host.load(STATEMENTS);
    const sad = await host.setkey(['-D', '--json']);
    const objects = sad.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    expect(objects).toMatchObject([
      { version: 1, type: 'sa', protocol: 'esp', spi: 0x201, source: '192.0.2.1' },
      { version: 1, type: 'sa', protocol: 'ah', spi: 0x300, integrity: { icvBits: 96 } },
    ]);
    expect(sad.stdout).not.toContain('"key"');
    const shown = await host.setkey(['-D', '--json', '--show-keys']);
    expect(shown.stdout).toContain(`"key":"${Buffer.from('authentication!!').toString('hex')}"`);
    const spd = await host.setkey(['-DP', '--json']);
    expect(JSON.parse(spd.stdout)).toMatchObject({
      type: 'policy',
      direction: 'outbound',
      localAddress: '192.0.2.1/32',
    });
    await host.load('flush; spdflush;');
    expect(await host.setkey(['-D', '--json'])).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('setkey -D and -DP say when there is nothing', async () => {
    expect(await dumps()).toEqual(['No SAD entries.\n', 'No SPD entries.\n']);
  });

  test('setkey -F removes the SAs, setkey -FP the policies', async () => {
    await host.load(STATEMENTS);
    expect(await host.setkey(['-F'])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await counts()).toEqual([0, 1]);
    await host.load(AH_SA);
    expect(await host.setkey(['-FP'])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await counts()).toEqual([1, 0]);
  });

  test('the statements get, dump, delete, deleteall and spddelete do what they say', async () => {
    await host.load(`${STATEMENTS}${SECOND_AH_SA}`);
    const got = await host.setkey(['-c'], {
      input: 'get 192.0.2.1 192.0.2.2 ah 0x300; dump esp;',
    });
    expect(got.status).toBe(0);
    expect(normalized(got.stdout)).toBe(
      `${DUMPED_AH.replace('sadb_seq=1', 'sadb_seq=0')}${DUMPED_ESP}`,
    );
    await host.load('delete 192.0.2.2 192.0.2.1 ah 0x301;');
    expect(await counts()).toEqual([2, 1]);
    await host.load('deleteall 192.0.2.1 192.0.2.2 esp;');
    expect(await counts()).toEqual([1, 1]);
    await host.load('spddelete 192.0.2.1 192.0.2.2 any -P out;');
    expect(await counts()).toEqual([1, 0]);
  });

  test('setkey -n reads and checks, and changes nothing', async () => {
    await host.load(STATEMENTS);
    const before = await dumps();
    const input = 'flush; spdflush;';
    expect(await host.setkey(['-n', '-c'], { input })).toMatchObject({ status: 0, stdout: '' });
    expect(await dumps()).toEqual(before);
    const wrong = await host.setkey(['-n', '-c'], { input: 'flsh;' });
    expect(wrong.status).toBe(1);
    expect(wrong.stderr).toContain('(standard input):1:1: error: "flsh" is not a statement');
  });

  test('every error of a file is told, with its line and column, and nothing is changed', async () => {
    await host.load(STATEMENTS);
    const before = await dumps();
    const path = file(
      'wrong.conf',
      `flush;\nspdflush;\n${SECOND_AH_SA}\nadd 192.0.2.1 192.0.2.2 ah 0x400 -A hmac-sha3 0x00;\n  spdad 192.0.2.1;\n`,
    );
    const { status, stdout, stderr } = await host.setkey(['-f', path]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(`${path}:4:37: error: "hmac-sha3" is not an algorithm for -A`);
    expect(stderr).toContain(`${path}:5:3: error: "spdad" is not a statement`);
    expect(stderr).toContain('fix: write spdadd');
    expect(await dumps()).toEqual(before);
  });

  test('what the daemon refuses at the last statement takes all before it back', async () => {
    await host.load(STATEMENTS);
    const before = await dumps();
    const path = file('twice.conf', `flush ah;\n${SECOND_AH_SA}\nspdflush;\n${ESP_SA}\n`);
    const { status, stdout, stderr } = await host.setkey(['-f', path]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/twice\.conf:4:1: error: there is an SA .*; nothing was changed\n/);
    expect(await dumps()).toEqual(before);
  });

  test('a file that is not there is said to be so', async () => {
    const { status, stderr } = await host.setkey(['-f', '/no/such/file']);
    expect(status).toBe(1);
    expect(stderr).toContain('/no/such/file');
    expect(stderr).toContain('No such file or directory');
  });

  test('an unknown option shows how setkey is used', async () => {
    const { status, stderr } = await host.setkey(['-Z']);
    expect(status).toBe(1);
    expect(stderr).toContain('usage: setkey');
  });

  test('a key never appears in a diagnostic', async () => {
    const { status, stderr } = await host.setkey(['-c'], {
      input: 'add 192.0.2.1 192.0.2.2 ah 0x400 -A hmac-sha1 0x5ec2e75ec2e7;',
    });
    expect(status).toBe(1);
    expect(stderr).not.toContain('5ec2e7');
  });

  const captured = sharedPath('reference', 'captured', 'setkey', 'inputs', 'err');
  test.skipIf(captured === null)(
    'files that the original stumbled over: what we refuse is told in its place and changes nothing',
    async () => {
      if (captured === null) return;
      const paths = readdirSync(captured).map((name) => join(captured, name));
      const records = () =>
        host.ask(async (client) => [await collect(client.sas()), await collect(client.policies())]);
      await host.load(STATEMENTS);
      const dumpsBefore = await dumps();
      const before = await records();
      const refused = paths.filter((path) => {
        const text = readFileSync(path, 'utf8');
        const { diagnostics, wantedNames } = readSetkey({ name: path, text });
        // Those with names are not for here: the command would look them up.
        if (wantedNames.hosts.length > 0 || wantedNames.services) return false;
        return diagnostics.some(({ severity }) => severity === 'error');
      });
      expect(refused.length).toBeGreaterThan(30);
      expect(refused.length).toBeLessThan(paths.length);
      while (refused.length > 0) {
        const batch = refused.splice(0, 4);
        const results = await Promise.all(batch.map((path) => host.setkey(['-f', path])));
        for (const [place, { status, stdout, stderr }] of results.entries()) {
          const path = batch[place] ?? '';
          expect.soft({ status, stdout }, path).toEqual({ status: 1, stdout: '' });
          expect.soft(stderr, path).toMatch(/^\S+:\d+:\d+: error: \S/m);
          expect.soft(stderr.split(':')[0], path).toBe(path);
        }
        expect.soft(await records(), batch.join(' ')).toEqual(before);
      }
      expect(await dumps()).toEqual(dumpsBefore);
    },
  );

  test('the control socket is its owner’s alone, and others are told so', async () => {
    expect(statSync(host.control).mode & 0o777).toBe(0o600);
    // The directory does not protect it here.
    chmodSync(dirname(host.control), 0o755);
    const NOBODY = '65534';
    const connecting = await host.namespace.run([PYTHON, '-c', CONNECT_AS, NOBODY, host.control]);
    expect(connecting).toMatchObject({ status: 0, stdout: 'PermissionError\n' });
    const nobody = makeNobody();
    const setkey = join(nobody.project, 'bin', 'setkey');
    const options = ['--backend', 'userspace', '--control', host.control];
    const result = await host.namespace.run([...nobody.words, setkey, ...options, '-D']);
    nobody.remove();
    expect(result).toEqual({
      status: 1,
      stdout: '',
      stderr: `setkey: Cannot connect to ${host.control}: its owner alone may (try as root)\n`,
    });
  });

  test('a second ipseald in the same place refuses to start', async () => {
    const second = [commandPath('ipseald'), '--control', join(directory.path, 'second.sock')];
    const { status, stderr } = await host.namespace.run(second);
    expect(status).toBe(1);
    expect(stderr).toContain('is ipseald running?');
    await host.load(STATEMENTS);
  });

  test('without a daemon setkey says what is missing and which command helps', async () => {
    const nowhere = join(directory.path, 'nobody.sock');
    for (const task of [['-D'], ['-f', GAZETTE.alice], ['-FP']]) {
      const { status, stdout, stderr } = await host.setkey([...task, '--control', nowhere]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toContain(
        `setkey: no ipseald is running (looked at ${nowhere}): start one with "ipseald &"\n`,
      );
    }
    // To read and check takes none.
    const check = await host.setkey(['-n', '-f', GAZETTE.alice, '--control', nowhere]);
    expect(check.status).toBe(0);
  });

  test('after the daemon was told to end its socket is gone, and a new one begins empty', async () => {
    await host.load(STATEMENTS);
    expect(await host.stopDaemon('SIGTERM')).toMatchObject({ status: 0, stderr: '' });
    expect(() => statSync(host.control)).toThrow('ENOENT');
    await host.startDaemon();
    expect(await counts()).toEqual([0, 0]);
  });

  test('a socket that a killed daemon left behind is in nobody’s way', async () => {
    await host.stopDaemon('SIGKILL');
    expect(statSync(host.control).isSocket()).toBe(true);
    const result = await host.setkey(['-D']);
    expect(result.stderr).toContain('no ipseald is running');
    await host.startDaemon();
    expect(await counts()).toEqual([0, 0]);
  });
});

const CONNECT_AS = `
import os, socket, sys
os.setgid(int(sys.argv[1]))
os.setuid(int(sys.argv[1]))
try:
    socket.socket(socket.AF_UNIX).connect(sys.argv[2])
    print('connected')
except OSError as error:
    print(type(error).__name__)`;
