/**
 * `ipseal apply`, `confirm` and `panic` on a host that is controlled from another, over TCP.
 *
 *     alice  10.9.0.1, port 22 ──── wire0 ──── 10.9.0.2  bob, who types
 *            the kernel's SPD, or ipseald
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { KernelBackend } from '../../src/io/xfrm/kernel-backend.ts';
import { type Backend, collect } from '../../src/ipsec/backend.ts';
import { contentsOf } from '../../src/ipsec/contents.ts';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import type { CommandResult, RunOptions } from '../lab/command.ts';
import { LAB_PATH } from '../lab/programs.ts';
import { describeNetns } from '../lab/tier.ts';
import {
  ALICE_ADDRESS,
  BOB_ADDRESS,
  commandPath,
  type Hosts,
  makeHosts,
  PROJECT,
  type TestHost,
  waitUntil,
} from '../support/hosts.ts';
import { addPolicy, network, policy } from '../support/sas.ts';
import { inNamespace } from '../support/thread.ts';
import { type Counted, startConnection, startNumbered } from '../support/traffic.ts';
import { transcriptDifference, transcriptUnder } from '../support/transcript.ts';

const SSH_PORT = 22;
/** Something of bob's that has no part in it. */
const BASE = 'spdadd 10.9.0.1 10.9.5.0/24 any -P out discard;\n';
const CUT = `${BASE}spdadd 10.9.0.1 10.9.0.2 any -P out discard;
spdadd 10.9.0.2 10.9.0.1 any -P in discard;\n`;
const SESSION = ['--session', `${BOB_ADDRESS},40000,${ALICE_ADDRESS},${SSH_PORT}`];
/** So many that what is printed of them does not fit into a pipe. */
const CROWD = Array.from(
  { length: 1600 },
  (_, k) => `spdadd 10.9.0.1 10.8.${k >> 8}.${k & 0xff} any -P out discard;`,
).join('\n');

describeNetns('ipseal apply', () => {
  let hosts: Hosts;
  let files: TemporaryDirectory;

  beforeAll(async () => {
    hosts = await makeHosts([]);
  });

  beforeEach(() => {
    files = makeTemporaryDirectory();
  });

  // A guard that has gone the way back still writes that it has.
  afterEach(async () => {
    await waitUntil('the end of all guards', () => !hasGuards());
    files.remove();
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  /** Runs `ipseal` on `host`, with a memory of its own. */
  function ipseal(
    host: TestHost,
    args: readonly string[],
    options: RunOptions = {},
  ): Promise<CommandResult> {
    return host.namespace.run([commandPath('ipseal'), ...args], {
      ...options,
      env: { ...environment(host), ...options.env },
    });
  }

  function environment(host: TestHost): Record<string, string> {
    return {
      IPSEAL_APPLY_DIRECTORY: memoryOf(host),
      IPSEAL_CONTROL: host.control,
      SSH_CONNECTION: '',
    };
  }

  function memoryOf(host: TestHost): string {
    return join(files.path, `memory-of-${host.address}`);
  }

  /** The name of a file that says `text`. */
  function file(name: string, text: string): string {
    const path = join(files.path, name);
    writeFileSync(path, text);
    return path;
  }

  async function succeeds(host: TestHost, ...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await ipseal(host, args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining('error') });
    return stdout;
  }

  /** What awaits confirmation, as it is kept; `null` when nothing does. */
  function pending(host: TestHost): { readonly guard: { readonly pid: number } | null } | null {
    const name = existsSync(memoryOf(host))
      ? readdirSync(memoryOf(host)).find((each) => each.endsWith('.pending'))
      : undefined;
    if (name === undefined) return null;
    return JSON.parse(readFileSync(join(memoryOf(host), name), 'utf8'));
  }

  /** Whether any process has the memory of this test. */
  function hasGuards(): boolean {
    return readdirSync('/proc').some((entry) => {
      try {
        return readFileSync(`/proc/${entry}/environ`, 'utf8').includes(files.path);
      } catch {
        // No process, or one that has ended.
        return false;
      }
    });
  }

  /** The process that will take back what awaits confirmation; 0 when there is none. */
  function guardOf(host: TestHost): number {
    return pending(host)?.guard?.pid ?? 0;
  }

  describe("on the kernel's tables", () => {
    const KERNEL = ['--backend', 'kernel'];
    let alice: TestHost;
    let backend: Backend;
    let typing: Counted;

    beforeAll(async () => {
      alice = hosts.alice;
      backend = inNamespace(alice.namespace.name, () => new KernelBackend());
      const { namespace } = hosts.bob;
      typing = await startConnection(namespace, alice.namespace, ALICE_ADDRESS, SSH_PORT);
    });

    afterEach(async () => {
      await backend.commit([{ kind: 'flush-policies' }]);
    });

    afterAll(async () => {
      await typing?.stop();
      await backend?.close();
    });

    const spd = () => alice.namespace.ip('xfrm', 'policy');

    async function isTyping(): Promise<void> {
      const before = typing.count();
      await waitUntil('answers', () => typing.count() > before + 2);
    }

    test('the example of docs/apply.md goes as it is written', async () => {
      const page = readFileSync(join(PROJECT, 'docs', 'apply.md'), 'utf8');
      const env = {
        ...environment(alice),
        SSH_CONNECTION: `${BOB_ADDRESS} 40000 ${ALICE_ADDRESS} ${SSH_PORT}`,
        IPSEAL_BACKEND: 'kernel',
        PATH: `${join(PROJECT, 'bin')}:${LAB_PATH}`,
      };
      const steps = transcriptUnder('A worked example', page) ?? [];
      expect(steps.length).toBeGreaterThan(5);
      for (const { command, output } of steps) {
        const words = ['sh', '-c', `exec 2>&1; ${command}`];
        const { stdout } = await alice.namespace.run(words, { cwd: files.path, env });
        expect(transcriptDifference(output, stdout), command).toBeNull();
      }
      expect(await spd()).toBe('');
    });

    test('refuses to cut the connection, says how not to, and takes its own advice', async () => {
      const cut = file('cut.conf', CUT);
      const refused = await ipseal(alice, ['apply', ...KERNEL, ...SESSION, cut]);
      expect(refused).toMatchObject({ status: 1, stdout: '' });
      expect(
        refused.stderr,
      ).toBe(`ipseal: that would cut off the connection from 10.9.0.2 to port 22 of this host; nothing was changed
  discarded by:  spdadd 10.9.0.1 10.9.0.2 any -P out discard;
  discarded by:  spdadd 10.9.0.2 10.9.0.1 any -P in discard;
  what lets it pass, to be added to the file:
    spdadd 10.9.0.1[22] 10.9.0.2 tcp -P out prio 1 none;
    spdadd 10.9.0.2 10.9.0.1[22] tcp -P in prio 1 none;
  --allow-lock-out does it nevertheless: give --confirm 60s, too
`);
      expect(await spd()).toBe('');
      const advice = refused.stderr.split('\n').filter((line) => line.startsWith('    spdadd'));
      file('cut.conf', `${CUT}${advice.join('\n')}\n`);
      const env = { SSH_CONNECTION: `${BOB_ADDRESS} 40000 ${ALICE_ADDRESS} ${SSH_PORT}` };
      expect(await ipseal(alice, ['apply', ...KERNEL, cut], { env })).toMatchObject({ status: 0 });
      await isTyping();
    });

    test('takes a cut connection back by itself, to what was there, though all others die', async () => {
      await succeeds(alice, 'apply', ...KERNEL, file('base.conf', BASE));
      await backend.commit([addPolicy(policy('outbound', { kind: 'bypass' }, FOREIGN))]);
      const before = await spd();
      const cut = file('cut.conf', `${CUT}${CROWD}`);
      // What reads its output stands still, so that it cannot end; then all that it started from dies.
      const words = [commandPath('ipseal'), 'apply', ...KERNEL, '--confirm', '2s', cut];
      const script = '"$@" | sleep 60';
      const started = alice.namespace.spawn(['sh', '-c', script, 'sh', ...words], {
        env: environment(alice),
      });
      await waitUntil('the guard', () => guardOf(alice) !== 0);
      const pid = guardOf(alice);
      process.kill(pid, 'SIGSTOP');
      await waitUntil('the cut', async () => (await spd()).includes('src 10.9.0.2/32'));
      started.kill('SIGKILL');
      process.kill(pid, 'SIGHUP');
      process.kill(pid, 'SIGCONT');
      await waitUntil('the way back', async () => (await spd()) === before);
      await isTyping();
      await waitUntil('the end of the guard', () => !existsSync(`/proc/${pid}`));
      expect(pending(alice)).toBeNull();
      const told = await ipseal(alice, ['confirm', ...KERNEL]);
      expect(told.status).toBe(1);
      expect(told.stderr).toMatch(/was taken back at \S+Z, since it was not confirmed in time/);
    });

    test('keeps what is confirmed, and refuses another change until it is', async () => {
      const base = file('base.conf', BASE);
      const said = await succeeds(alice, 'apply', ...KERNEL, '--confirm', '1h', base);
      expect(said).toContain('Taken back in 60 minutes, unless you say: ipseal confirm');
      const { mode } = statSync(join(memoryOf(alice), readdirSync(memoryOf(alice))[0] ?? ''));
      expect(mode & 0o777).toBe(0o600);
      const second = await ipseal(alice, ['apply', ...KERNEL, file('cut.conf', CUT)]);
      expect(second).toMatchObject({ status: 1 });
      expect(second.stderr).toContain('another change awaits confirmation');
      expect(await ipseal(alice, ['confirm', '--status', ...KERNEL])).toMatchObject({ status: 1 });
      const pid = guardOf(alice);
      await succeeds(alice, 'confirm', ...KERNEL);
      await waitUntil('the end of the guard', () => !existsSync(`/proc/${pid}`));
      expect(await spd()).toContain('dst 10.9.5.0/24');
      expect(pending(alice)).toBeNull();
      await succeeds(alice, 'confirm', '--status', ...KERNEL);
    });

    test('is taken back at once when that is asked for, or the guard is told to end', async () => {
      const base = file('base.conf', BASE);
      await succeeds(alice, 'apply', ...KERNEL, '--confirm', '1h', base);
      await succeeds(alice, 'apply', ...KERNEL, '--rollback');
      expect(await spd()).toBe('');
      await succeeds(alice, 'apply', ...KERNEL, '--confirm', '1h', base);
      process.kill(guardOf(alice), 'SIGTERM');
      await waitUntil('the way back', async () => (await spd()) === '');
    });

    test('sends the kernel nothing where nothing changed', async () => {
      const cut = file('cut.conf', CUT.replaceAll('discard', 'none'));
      await succeeds(alice, 'apply', ...KERNEL, cut);
      const events = await backend.events();
      expect(await succeeds(alice, 'apply', ...KERNEL, cut)).toContain('nothing changed');
      await succeeds(alice, 'diff', ...KERNEL, cut);
      await backend.commit([addPolicy(policy('outbound', { kind: 'bypass' }, FOREIGN))]);
      for await (const event of events) {
        // The first thing that is told is what we did ourselves.
        expect(event).toMatchObject({
          kind: 'policy-added',
          policy: { selector: { remoteAddress: FOREIGN.remoteAddress } },
        });
        break;
      }
      events.close();
    });

    test('leaves alone what others put there, and takes it over when told to', async () => {
      await backend.commit([
        addPolicy(policy('outbound', { kind: 'bypass' }, FOREIGN)),
        addPolicy(policy('inbound', { kind: 'bypass' }, FOREIGN)),
      ]);
      const one = file('one.conf', `${BASE}spdadd 10.9.0.1 10.9.6.0/24 any -P out discard;\n`);
      const difference = await ipseal(alice, ['diff', ...KERNEL, one]);
      expect(difference.stdout.split('\n').slice(2)).toEqual([
        '+spdadd 10.9.0.1 10.9.5.0/24 any -P out discard;',
        '-spdadd 10.9.0.1 10.9.6.0/24 any -P out none;',
        '+spdadd 10.9.0.1 10.9.6.0/24 any -P out discard;  # what is there is not of ipseal apply: --adopt takes it over',
        '',
      ]);
      const refused = await ipseal(alice, ['apply', ...KERNEL, one]);
      expect(refused).toMatchObject({ status: 1 });
      expect(refused.stderr).toContain('that ipseal apply did not bring');
      await succeeds(alice, 'apply', ...KERNEL, '--adopt', one);
      await succeeds(alice, 'apply', ...KERNEL, file('base.conf', BASE));
      const { policies } = contentsOf([], await collect(backend.policies()));
      expect(policies.map(({ direction }) => direction)).toEqual(['inbound', 'outbound']);
    });

    test('ipseal panic removes everything, also what awaits confirmation, and brings it back', async () => {
      await backend.commit([addPolicy(policy('inbound', { kind: 'bypass' }, FOREIGN))]);
      const cut = file('cut.conf', CUT);
      await succeeds(alice, 'apply', ...KERNEL, '--confirm', '1h', cut);
      const before = await spd();
      const pid = guardOf(alice);
      expect(await succeeds(alice, 'panic', ...KERNEL)).toBe(
        'kernel: 0 SAs and 5 policies removed; ipseal panic --restore brings it back\n',
      );
      await isTyping();
      expect(await spd()).toBe('');
      await waitUntil('the end of the guard', () => !existsSync(`/proc/${pid}`));
      expect(await succeeds(alice, 'panic', ...KERNEL)).toContain('0 SAs and 0 policies removed');
      await succeeds(alice, 'panic', '--restore', ...KERNEL);
      expect(sorted(await spd())).toEqual(sorted(before));
      expect(await succeeds(alice, 'apply', ...KERNEL, cut)).toContain('nothing changed');
    });
  });

  describe('on the tables of ipseald', () => {
    const KEY = 'b7'.repeat(20);
    const sa = (spi: number) => `add 10.9.0.1 10.9.0.2 esp ${spi} -r 64 -E aes-gcm-16 0x${KEY};\n`;
    const out = 'spdadd 10.9.0.1 10.9.0.2 udp -P out ipsec esp/transport//require;\n';
    const into = 'spdadd 10.9.0.1 10.9.0.2 udp -P in ipsec esp/transport//require;\n';

    afterEach(async () => {
      for (const host of [hosts.alice, hosts.bob]) {
        await host.stopDaemon().catch(() => undefined);
        await host.release();
      }
    });

    test('comes back when ipseald is killed and begins anew with nothing', async () => {
      const { alice, bob } = hosts;
      await alice.startDaemon();
      const base = file('base.conf', BASE);
      await succeeds(alice, 'apply', '--backend', 'userspace', base);
      const typing = await startConnection(bob.namespace, alice.namespace, ALICE_ADDRESS, 23);
      const args = ['--backend', 'userspace', '--confirm', '1h', file('cut.conf', CUT)];
      await succeeds(alice, 'apply', ...args);
      await alice.stopDaemon('SIGKILL');
      // Its time is up: it waits for the daemon.
      process.kill(guardOf(alice), 'SIGTERM');
      await alice.startDaemon();
      await waitUntil('the way back', () => pending(alice) === null);
      const before = typing.count();
      await waitUntil('answers', () => typing.count() > before + 2);
      await typing.stop();
      expect(await alice.ask((client) => collect(client.policies()))).toHaveLength(1);
      // The memory is of the daemon that is gone.
      const again = await succeeds(alice, 'apply', '--backend', 'userspace', base);
      expect(again).toContain('nothing changed');
    });

    test('panic does what can be done without an ipseald that hangs', async () => {
      const { alice, bob } = hosts;
      await alice.startDaemon();
      await succeeds(alice, 'apply', '--backend', 'userspace', file('cut.conf', CUT));
      const ping = () => bob.namespace.run(['ping', '-c', '1', '-W', '1', ALICE_ADDRESS]);
      expect(await ping()).not.toMatchObject({ status: 0 });
      process.kill(alice.daemonPid, 'SIGSTOP');
      expect(await ipseal(alice, ['panic', '--backend', 'userspace'])).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/^ipseal: userspace: ipseald does not answer\. .* removed/),
      });
      expect(await ping()).toMatchObject({ status: 0 });
      await alice.stopDaemon('SIGKILL');
    });

    test('has SAs that come back go on counting, so that the peer takes their packets', async () => {
      const { alice, bob } = hosts;
      await Promise.all([alice.startDaemon(), bob.startDaemon()]);
      const apply = (host: TestHost, text: string, ...args: readonly string[]) =>
        succeeds(host, 'apply', '--backend', 'userspace', ...args, file('all.conf', text));
      await apply(bob, `${sa(0x1000)}${into}`);
      await apply(alice, `${sa(0x1000)}${out}`);
      const send = async (packets: number, port: number) => {
        const stream = await startNumbered(alice.namespace, bob.namespace, BOB_ADDRESS, port);
        await waitUntil('packets', () => stream.sent() > packets);
        expect(await stream.end()).toEqual([]);
      };
      await send(100, 7001);
      await apply(alice, `${sa(0x1001)}${out}`, '--confirm', '1h');
      await succeeds(alice, 'apply', '--rollback', '--backend', 'userspace');
      await send(20, 7002);
      const [record] = await bob.ask((client) => collect(client.sas()));
      expect(record?.sequenceNumber).toBeGreaterThan(2 ** 20);
      await succeeds(alice, 'panic', '--backend', 'userspace');
      await succeeds(alice, 'panic', '--restore', '--backend', 'userspace');
      await send(20, 7003);
    });

    test('loses no packet of a stream whose SA gives way to another', async () => {
      const { alice, bob } = hosts;
      await Promise.all([alice.startDaemon(), bob.startDaemon()]);
      const apply = (host: TestHost, name: string, text: string) =>
        succeeds(host, 'apply', '--backend', 'userspace', file(name, text));
      await apply(bob, 'bob.conf', `${sa(0x1000)}${into}`);
      await apply(alice, 'alice.conf', `${sa(0x1000)}${out}`);
      const stream = await startNumbered(alice.namespace, bob.namespace, BOB_ADDRESS, 7000);
      await apply(bob, 'bob.conf', `${sa(0x1000)}${sa(0x1001)}${into}`);
      expect(await apply(alice, 'alice.conf', `${sa(0x1001)}${out}`)).toContain(
        '1 added, 1 removed',
      );
      const changed = stream.sent();
      await waitUntil('packets of the new SA', () => stream.sent() > changed + 50);
      expect(await apply(bob, 'bob.conf', `${sa(0x1001)}${into}`)).toContain('1 removed');
      expect(await stream.end()).toEqual([]);
      const [record] = await bob.ask((client) => collect(client.sas()));
      expect(record).toMatchObject({ parameters: { spi: 0x1001 } });
      expect(record?.packets).toBeGreaterThan(50);
    });
  });
});

/** What the files above do not speak of, or have as `discard`. */
const FOREIGN = { remoteAddress: network('10.9.6.0/24') };

function sorted(text: string): string[] {
  return text.split(/^(?=src)/m).sort();
}
