/**
 * `ifup-ipsec` and `ifdown-ipsec` on two hosts, in front of a running `ipseald` each.
 *
 *     alice  in0 10.1.0.1   wire0 10.9.0.1 ──── wire0 10.9.0.2   in0 10.2.0.1  bob
 *            ipseald                        ▲                    ipseald
 *            network-scripts, racoon        └ tcpdump            network-scripts
 *
 * @module
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect } from '../../src/ipsec/backend.ts';
import { tcpdumpLines } from '../lab/capture.ts';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import type { CommandResult } from '../lab/command.ts';
import { LAB_PATH } from '../lab/programs.ts';
import { describeNetns } from '../lab/tier.ts';
import { sharedPath } from '../support/examples.ts';
import {
  BOB_ADDRESS,
  captureDuring,
  commandPath,
  type Hosts,
  makeHosts,
  PROJECT,
  type TestHost,
  unprotectedLines,
  waitUntil,
} from '../support/hosts.ts';
import { containsMarker, newMarker, ping } from '../support/traffic.ts';
import { transcriptDifference, transcriptUnder } from '../support/transcript.ts';

const SCRIPTS = '/etc/sysconfig/network-scripts';
const STALE_PSK = '# keys\n192.0.2.20  other\n10.9.0.2  stale\n';
const TUNNEL = `TYPE=IPSEC AH_PROTO=none ESP_PROTO=aes-cbc AESP_PROTO=hmac-sha256\n`;
const TUNNEL_KEYS = `KEY_ESP=0x${'0123456789abcdef'.repeat(4)}\nKEY_AESP=0x${'0f'.repeat(32)}\n`;

type Name = 'alice' | 'bob';

describeNetns('ifup-ipsec and ifdown-ipsec', () => {
  let hosts: Hosts;
  let files: TemporaryDirectory;

  beforeAll(async () => {
    hosts = await makeHosts();
    files = makeTemporaryDirectory();
    for (const name of ['alice', 'bob'] as const) {
      mkdirSync(join(files.path, name, 'racoon'), { recursive: true });
      mkdirSync(scripts(name));
      const { namespace } = hosts[name];
      await namespace.ip('link', 'add', 'in0', 'type', 'veth', 'peer', 'name', 'in1');
      await namespace.ip('address', 'add', `10.${name === 'alice' ? 1 : 2}.0.1/16`, 'dev', 'in0');
      await namespace.ip('link', 'set', 'in0', 'up');
      await namespace.ip('link', 'set', 'in1', 'up');
    }
  });

  afterAll(async () => {
    await hosts?.dispose();
    files?.remove();
  });

  function scripts(name: Name): string {
    return join(files.path, name, 'network-scripts');
  }

  function racoon(name: Name, file = ''): string {
    return join(files.path, name, 'racoon', file);
  }

  function surroundings(name: Name): Record<string, string> {
    return {
      PATH: `${join(PROJECT, 'bin')}:${LAB_PATH}`,
      IPSEAL_CONTROL: hosts[name].control,
      IPSEAL_BACKEND: 'userspace',
      IPSEAL_SCRIPTS: scripts(name),
      IPSEAL_RACOON: racoon(name),
      IPSEAL_RECORDS: join(files.path, name, 'records'),
    };
  }

  function run(
    name: Name,
    command: 'ifup-ipsec' | 'ifdown-ipsec',
    ...args: readonly string[]
  ): Promise<CommandResult> {
    return hosts[name].namespace.run([commandPath(command), ...args], { env: surroundings(name) });
  }

  /** Runs the command on the interface; its last line, without the name in front. */
  async function succeeds(
    name: Name,
    command: 'ifup-ipsec' | 'ifdown-ipsec',
    word = 'ipsec0',
  ): Promise<string> {
    const { status, stdout, stderr } = await run(name, command, word);
    expect({
      status,
      stderr: stderr.replaceAll(/^.*warning:.*\n.*\n.*\n( {2}.*\n)*/gm, ''),
    }).toEqual({
      status: 0,
      stderr: '',
    });
    return stdout.trimEnd();
  }

  function write(name: Name, ifcfg: string, keys: string): void {
    writeFileSync(join(scripts(name), 'ifcfg-ipsec0'), ifcfg);
    writeFileSync(join(scripts(name), 'keys-ipsec0'), keys, { mode: 0o600 });
    chmodSync(join(scripts(name), 'keys-ipsec0'), 0o600);
  }

  /** How many SAs and policies there are. */
  function entries(host: TestHost): Promise<readonly [number, number]> {
    return host.ask(async (client) => [
      (await collect(client.sas())).length,
      (await collect(client.policies())).length,
    ]);
  }

  const given = sharedPath('examples', 'redhat-manual');
  test.skipIf(given === null)('the manual pair of Red Hat carries all in AH and ESP', async () => {
    for (const name of ['alice', 'bob'] as const) {
      for (const file of ['ifcfg-ipsec0', 'keys-ipsec0']) {
        const to = join(scripts(name), file);
        copyFileSync(join(given ?? '', `${name}.${file}`), to);
        chmodSync(to, 0o600);
      }
      expect(await succeeds(name, 'ifup-ipsec')).toBe('ipsec0: up: 4 SAs, 3 policies');
    }
    const marker = newMarker();
    const pcap = await captureDuring(hosts.bob, () =>
      ping(hosts.alice.namespace, BOB_ADDRESS, { marker }),
    );
    expect(containsMarker(pcap, marker)).toBe(false);
    expect(await unprotectedLines(pcap)).toEqual([]);
    const [first] = await tcpdumpLines(pcap, ['-t', 'ip']);
    expect(first).toMatch(/^IP 10.9.0.1 > 10.9.0.2: AH\(spi=0x007a11e4.*ESP\(spi=0x000138d5/);
    const before = await hosts.alice.ask((client) => collect(client.sas()));
    expect(await succeeds('alice', 'ifup-ipsec')).toBe('ipsec0: up: 4 SAs, 3 policies');
    const after = await hosts.alice.ask((client) => collect(client.sas()));
    expect(after.map(({ addedAt }) => addedAt)).toEqual(before.map(({ addedAt }) => addedAt));
    for (const name of ['alice', 'bob'] as const) {
      expect(await succeeds(name, 'ifdown-ipsec')).toBe(
        'ipsec0: down: took away 4 SAs, 3 policies',
      );
      expect(await entries(hosts[name])).toEqual([0, 0]);
    }
    const open = await captureDuring(hosts.bob, () =>
      ping(hosts.alice.namespace, BOB_ADDRESS, { marker }),
    );
    expect(containsMarker(open, marker)).toBe(true);
  });

  describe('between networks', () => {
    const ends = (name: Name) => {
      const [here, there] = name === 'alice' ? [1, 2] : [2, 1];
      return `${TUNNEL}DST=10.9.0.${there}
SRCNET=10.${here}.0.0/16 DSTNET=10.${there}.0.0/16
SPI_ESP_IN=${1000 + here} SPI_ESP_OUT=${1000 + there}\n`;
    };

    test('a route gives this host the address of its network, and goes again', async () => {
      for (const name of ['alice', 'bob'] as const) {
        write(name, ends(name), TUNNEL_KEYS);
        expect(await succeeds(name, 'ifup-ipsec')).toBe('ipsec0: up: 2 SAs, 3 policies');
      }
      const route = () => hosts.alice.namespace.ip('route', 'show', '10.2.0.0/16');
      expect(await route()).toMatch(/^10\.2\.0\.0\/16 via 10\.1\.0\.1 dev in0 .*src 10\.1\.0\.1/);
      const marker = newMarker();
      const pcap = await captureDuring(hosts.bob, () =>
        ping(hosts.alice.namespace, '10.2.0.1', { marker }),
      );
      expect(containsMarker(pcap, marker)).toBe(false);
      expect(await unprotectedLines(pcap)).toEqual([]);
      expect(await succeeds('alice', 'ifup-ipsec')).toBe('ipsec0: up: 2 SAs, 3 policies');
      // What came up goes down, whatever the file says by then.
      write('alice', 'TYPE=IPSEC\n', '');
      expect(await succeeds('alice', 'ifdown-ipsec')).toBe(
        'ipsec0: down: took away 2 SAs, 3 policies, a route',
      );
      await succeeds('bob', 'ifdown-ipsec');
      expect(await route()).toBe('');
      expect(await entries(hosts.alice)).toEqual([0, 0]);
    });

    test('where the route is refused, the policies stay, and the status says so', async () => {
      write('alice', `${ends('alice')}SRCGW=10.1.0.99\n`, TUNNEL_KEYS);
      const { status, stderr } = await run('alice', 'ifup-ipsec', 'ipsec0');
      expect(status).toBe(1);
      expect(stderr).toMatch(/^ifup-ipsec: ipsec0: Cannot add the route to 10\.2\.0\.0\/16: /m);
      expect(await entries(hosts.alice)).toEqual([2, 3]);
      expect(await succeeds('alice', 'ifdown-ipsec')).toBe(
        'ipsec0: down: took away 2 SAs, 3 policies',
      );
    });
  });

  describe('with IKE', () => {
    const PSK = 'TYPE=IPSEC DST=10.9.0.2 IKE_METHOD=PSK\n';

    test("writes racoon's files, and takes the line out again", async () => {
      writeFileSync(racoon('alice', 'racoon.conf'), 'log notify;\n', { mode: 0o640 });
      writeFileSync(racoon('alice', 'psk.txt'), STALE_PSK);
      write('alice', PSK, "IKE_PSK='correct horse'\n");
      copyFileSync('/bin/sleep', racoon('alice', 'racoon'));
      chmodSync(racoon('alice', 'racoon'), 0o755);
      const daemon = hosts.alice.namespace.spawn([racoon('alice', 'racoon'), '600']);
      await waitUntil(
        'racoon',
        () => readFileSync(`/proc/${daemon.pid}/comm`, 'utf8') === 'racoon\n',
      );
      const told = await succeeds('alice', 'ifup-ipsec');
      // SIGHUP, and a sleeper ends by it.
      expect((await daemon.ended).status).toBe(129);
      expect(told).toBe(
        'ipsec0: up: 0 SAs, 3 policies\n' +
          'ipsec0: racoon was told to read its files again: it negotiates when packets come',
      );
      expect(readFileSync(racoon('alice', 'psk.txt'), 'utf8')).toBe(
        '# keys\n192.0.2.20  other\n10.9.0.2  correct horse\n',
      );
      expect(statSync(racoon('alice', 'psk.txt')).mode & 0o777).toBe(0o600);
      const include = `include "${racoon('alice', '10.9.0.2.conf')}";\n`;
      expect(readFileSync(racoon('alice', 'racoon.conf'), 'utf8')).toBe(`log notify;\n${include}`);
      expect(statSync(racoon('alice', 'racoon.conf')).mode & 0o777).toBe(0o640);
      expect(readFileSync(racoon('alice', '10.9.0.2.conf'), 'utf8')).toContain('pre_shared_key');
      expect(await succeeds('alice', 'ifdown-ipsec')).toBe(
        'ipsec0: down: took away 0 SAs, 3 policies, the line of racoon.conf',
      );
      expect(readFileSync(racoon('alice', 'racoon.conf'), 'utf8')).toBe('log notify;\n');
    });

    test("a peer's file that somebody changed is left alone", async () => {
      write('alice', PSK, 'IKE_PSK=k\n');
      writeFileSync(racoon('alice', '10.9.0.2.conf'), '# mine\n');
      const { status, stderr } = await run('alice', 'ifup-ipsec', 'ipsec0');
      expect(status).toBe(0);
      expect(stderr).toContain('is newer than the files of ipsec0, and left as it is');
      expect(readFileSync(racoon('alice', '10.9.0.2.conf'), 'utf8')).toBe('# mine\n');
      await succeeds('alice', 'ifdown-ipsec');
    });

    test("the kernel's own policies are for racoon to find, and say that none runs", async () => {
      write('alice', `${PSK}DSTNET=10.0.0.0/8 SRCNET=10.1.0.0/16\n`, 'IKE_PSK=k\n');
      const word = ['--backend', 'kernel', 'ipsec0'];
      const { status, stdout } = await run('alice', 'ifup-ipsec', ...word);
      expect({ status, stdout }).toEqual({
        status: 0,
        stdout:
          'ipsec0: up: 0 SAs, 6 policies\n' +
          'ipsec0: no racoon runs here, and without one there are no SAs: packets are held back until it runs\n',
      });
      const policies = () => hosts.alice.namespace.ip('xfrm', 'policy');
      expect((await policies()).match(/^src /gm)).toHaveLength(6);
      expect(await policies()).toContain('src 10.1.0.0/16 dst 10.1.0.0/16');
      const down = await run('alice', 'ifdown-ipsec', ...word);
      expect(down.stdout).toBe(
        'ipsec0: down: took away 0 SAs, 6 policies, a route, the line of racoon.conf\n',
      );
      expect(await policies()).toBe('');
    });

    test('without a racoon.conf nothing is changed', async () => {
      write('bob', 'TYPE=IPSEC DST=10.9.0.1 IKE_METHOD=PSK\n', 'IKE_PSK=k\n');
      const { status, stderr } = await run('bob', 'ifup-ipsec', 'ipsec0');
      expect(status).toBe(1);
      expect(stderr).toMatch(/there is no .*racoon\.conf: .*; nothing was changed\n$/);
      expect(await entries(hosts.bob)).toEqual([0, 0]);
    });
  });

  /** What the boot unit runs, with the capabilities that it leaves. */
  function unitCommand(): string[] {
    const unit = readFileSync(join(PROJECT, 'systemd/ipseal-ifcfg.service'), 'utf8');
    const valueIn = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? '';
    const kept = valueIn('CapabilityBoundingSet').toLowerCase().replaceAll('cap_', '+');
    const capabilities = ['-all', ...kept.split(' ')].join(',');
    return [
      'setpriv',
      '--bounding-set',
      capabilities,
      '--no-new-privs',
      ...valueIn('ExecStart').split(' '),
    ];
  }

  test('at boot all come up that shall, whatever becomes of one', async () => {
    write('alice', 'TYPE=IPSEC DST=10.9.0.2\n', '');
    const other = `${TUNNEL}DST=10.9.0.9 SPI_ESP_IN=1001 SPI_ESP_OUT=1002\n`;
    for (const [name, more] of [
      ['b', ''],
      ['c', 'ONBOOT=no\n'],
    ]) {
      writeFileSync(join(scripts('alice'), `ifcfg-${name}`), `${other}${more}`);
      writeFileSync(join(scripts('alice'), `keys-${name}`), TUNNEL_KEYS, { mode: 0o600 });
    }
    const { status, stdout, stderr } = await hosts.alice.namespace.run(unitCommand(), {
      env: surroundings('alice'),
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: 'b: up: 2 SAs, 3 policies\n' });
    expect(stderr).toContain('[no-keying]');
    expect(await succeeds('alice', 'ifdown-ipsec', 'b')).toBe(
      'b: down: took away 2 SAs, 3 policies',
    );
    expect(await succeeds('alice', 'ifdown-ipsec', 'b')).toBe(
      'b: was not up: nothing to take away',
    );
  });

  test('the worked example goes as it is written', async () => {
    const page = readFileSync(join(PROJECT, 'docs', 'ifcfg.md'), 'utf8');
    const steps = transcriptUnder('A worked example', page) ?? [];
    expect(steps.length).toBeGreaterThan(8);
    for (const { host, command, output } of steps) {
      if (host !== 'alice' && host !== 'bob') throw new Error(`Cannot find the host ${host}`);
      const script = `exec 2>&1; ${command.replaceAll(SCRIPTS, scripts(host))}`;
      const options = { cwd: PROJECT, env: surroundings(host) };
      const { stdout } = await hosts[host].namespace.run(['sh', '-c', script], options);
      const difference = transcriptDifference(output, stdout.replaceAll(scripts(host), SCRIPTS));
      if (difference !== null)
        throw new Error(`${host}# ${command} went another way: ${difference}`);
    }
    expect(existsSync(join(files.path, 'alice', 'records', 'ipsec0.json'))).toBe(false);
  });
});
