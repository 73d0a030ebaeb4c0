/**
 * The rules of `ipseal firewall`, as nft and iptables themselves take them, and what they do to
 * packets that were protected in user space and to those that were not.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunOptions } from '../lab/command.ts';
import { makeNamespace, type Namespace } from '../lab/namespace.ts';
import { describeNetns } from '../lab/tier.ts';
import { GAZETTE } from '../support/examples.ts';
import {
  ALICE_ADDRESS,
  BOB_ADDRESS,
  commandPath,
  type Hosts,
  makeHosts,
  PROJECT,
  PYTHON,
} from '../support/hosts.ts';

const REQUIRED = ['--require', 'tcp/5901', 'from', '10.9.0.0/24', 'fd09::/64'];

function firewall(where: Namespace, ...words: readonly string[]) {
  return where.run([commandPath('ipseal'), 'firewall', ...words]);
}

describeNetns('ipseal firewall', () => {
  let place: Namespace;

  beforeAll(async () => {
    place = await makeNamespace('firewall');
  });

  afterAll(async () => {
    await place?.dispose();
  });

  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['services', [...REQUIRED, '--require', 'udp/5000-5010', 'icmp', 'ipv6-icmp', 'sctp/7', 'any']],
    ['a file', ['--from', GAZETTE.alice]],
  ];
  for (const [name, words] of cases) {
    test(`of ${name} the text and the JSON are the same to nft, and again in place of themselves`, async () => {
      const { stdout: text } = await firewall(place, ...words);
      const { stdout: json } = await firewall(place, ...words, '--json');
      // By a pipe, as people do it: nft opens /dev/stdin by name.
      const load = (nft: string, input: string, options: RunOptions = {}) =>
        place.run(['sh', '-c', `cat | ${nft}`], { ...options, input });
      expect(await load('nft -c -f -', text)).toEqual({ status: 0, stdout: '', stderr: '' });
      const listed: string[] = [];
      for (const [nft, input] of [
        ['nft -f -', text],
        ['nft -j -f -', json],
        ['nft -f -', text],
      ] as const) {
        expect(await load(nft, input)).toMatchObject({ status: 0, stderr: '' });
        listed.push((await place.run(['nft', 'list', 'ruleset'])).stdout);
      }
      expect(listed[0]).toContain('drop comment "only through IPsec"');
      expect(new Set(listed).size).toBe(1);
      expect(await firewall(place, '--remove')).toEqual({ status: 0, stdout: '', stderr: '' });
      expect((await place.run(['nft', 'list', 'ruleset'])).stdout).toBe('');
    });

    test(`of ${name} iptables and ip6tables take the text, and take it again`, async () => {
      for (const [option, restore] of [
        ['--iptables', 'iptables-restore'],
        ['--ip6tables', 'ip6tables-restore'],
      ] as const) {
        const { stdout } = await firewall(place, ...words, option);
        for (let times = 0; times < 2; times++) {
          const input = stdout;
          expect(await place.run([restore, '--noflush'], { input })).toMatchObject({ status: 0 });
        }
        const save = restore.replace('restore', 'save');
        const kept = (await place.run([save, '-t', 'filter'])).stdout;
        expect(kept.match(/^-A IPSEAL-INPUT .*-j DROP$/gm)).toEqual(
          kept.match(/^-A IPSEAL-INPUT .*only through IPsec.*$/gm),
        );
      }
      await place.run(['nft', 'flush', 'ruleset']);
    });
  }

  test('says what it would need, and what is wrong, with status 2', async () => {
    expect(await firewall(place)).toMatchObject({ status: 2, stdout: '' });
    expect(await firewall(place, '--require', 'tcp/x')).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'ipseal: --require: "tcp/x": "x" is no port, and no service of tcp in /etc/services\n',
    });
    expect(await firewall(place, '--status')).toMatchObject({
      status: 1,
      stdout: 'no rules are in force\n',
    });
  });

  test('the rules in the documentation are those that are printed', async () => {
    const page = readFileSync(`${PROJECT}docs/firewall.md`, 'utf8');
    const [, printed] =
      /\$ ipseal firewall --require tcp\/5901 from 10\.9\.0\.0\/24\n((?: {4}.*\n)+)/.exec(page) ??
      [];
    const { stdout } = await firewall(place, '--require', 'tcp/5901', 'from', '10.9.0.0/24');
    expect(printed?.replace(/^ {4}/gm, '')).toBe(stdout);
  });
});

describeNetns('with ipseal firewall', () => {
  let hosts: Hosts;

  beforeAll(async () => {
    hosts = await makeHosts();
    for (const port of [5901, 5902]) {
      await hosts.bob.namespace
        .spawn([PYTHON, '-uc', ANSWER, BOB_ADDRESS, `${port}`])
        .until(/ready/);
    }
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  /** What alice reads from bob, or why she does not. */
  async function asked(port: number, seconds = PATIENCE): Promise<string> {
    const words = [PYTHON, '-c', ASK, BOB_ADDRESS, `${port}`, seconds];
    const { stdout } = await hosts.alice.namespace.run(words);
    return stdout.trim();
  }

  async function dropped(): Promise<number> {
    const { stdout } = await firewall(hosts.bob.namespace, '--status', '--json');
    const { drops } = JSON.parse(stdout) as { drops: { packets: number }[] };
    return drops.reduce((sum, { packets }) => sum + packets, 0);
  }

  test('refuses to cut the SSH connection, unless it comes through IPsec', async () => {
    const { namespace, control } = hosts.bob;
    const session = ['--session', `${ALICE_ADDRESS},51234,${BOB_ADDRESS},22`, '--control', control];
    const apply = (...words: readonly string[]) =>
      firewall(namespace, ...words, '--apply', ...session);
    expect(await apply('--require', 'tcp/22', 'from', '10.9.0.0/24')).toEqual({
      status: 1,
      stdout: '',
      stderr: refusalIn(readFileSync(`${PROJECT}docs/firewall.md`, 'utf8')),
    });
    const ofFile = await apply('--from', GAZETTE.bob);
    expect(ofFile).toMatchObject({ status: 1, stdout: '' });
    expect(ofFile.stderr).toContain('spdadd 10.9.0.1 10.9.0.2[22] tcp -P in prio');
    expect(await apply('--require', 'tcp/23')).toEqual({ status: 0, stdout: '', stderr: '' });
    const allowed = await apply('--require', 'tcp/22', '--allow-lock-out');
    expect(allowed).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^ipseal: warning: this cuts/),
    });
    await firewall(namespace, '--remove');
    await hosts.bob.load(readFileSync(GAZETTE.bob, 'utf8'));
    expect(await apply('--require', 'tcp/22')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await apply('--require', 'tcp/22', '--backend', 'kernel')).toMatchObject({ status: 1 });
    await hosts.bob.load('flush; spdflush;');
    await firewall(namespace, '--remove');
  });

  test('a service cannot be reached in the clear, others can, and what was protected passes', async () => {
    expect(await asked(5901)).toBe('answer');
    expect(await firewall(hosts.bob.namespace, ...REQUIRED, '--apply')).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect(await asked(5902)).toBe('answer');
    expect(await dropped()).toBe(0);
    expect(await asked(5901, '1')).toBe('TimeoutError');
    expect(await dropped()).toBeGreaterThan(0);
    await hosts.alice.load(readFileSync(GAZETTE.alice, 'utf8'));
    await hosts.bob.load(readFileSync(GAZETTE.bob, 'utf8'));
    expect(await asked(5901)).toBe('answer');
    // This host itself is let alone.
    const words = [PYTHON, '-c', ASK, BOB_ADDRESS, '5901', PATIENCE];
    expect(await hosts.bob.namespace.run(words)).toMatchObject({ stdout: 'answer\n' });
    await hosts.alice.load('flush; spdflush;');
    await hosts.bob.load('flush; spdflush;');
    expect(await firewall(hosts.bob.namespace, '--remove')).toMatchObject({ status: 0 });
    expect(await asked(5901)).toBe('answer');
  });
});

/** What the page says that is printed where the connection would be cut. */
function refusalIn(page: string): string {
  const [, printed = ''] = /--require tcp\/22 .*--apply\n((?: {4}.*\n)+)/.exec(page) ?? [];
  return printed.replace(/^ {4}/gm, '');
}

/** In seconds, for answers that will come. */
const PATIENCE = '20';

const ANSWER = `
import socket, sys
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
print('ready')
while True:
    connection, _ = listener.accept()
    connection.sendall(b'answer')
    connection.close()`;

const ASK = `
import socket, sys
try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3])) as connection:
        print(connection.recv(100).decode())
except OSError as error:
    print(type(error).__name__)`;
