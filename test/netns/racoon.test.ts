/**
 * Two hosts with `racoon` and nothing else: what the policies protect is negotiated when it is wanted,
 * racoonctl tells of it, and who reads the processes sees what they may do.
 *
 *     alice  racoon, wire0 10.9.0.1 ──── wire0 10.9.0.2, racoon  bob
 *
 * @module
 */
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import { succeed } from '../lab/command.ts';
import { joinByVeth, makeNamespace } from '../lab/namespace.ts';
import { describeNetns } from '../lab/tier.ts';
import { ALICE_ADDRESS, BOB_ADDRESS, commandPath, waitUntil } from '../support/hosts.ts';
import { type RacoonFiles, RacoonHost } from '../support/racoon-host.ts';

/** The files of alice, as docs/racoon.md has them under "Two hosts, from nothing". */
const EXAMPLE = {
  racoon: exampleFile('racoon'),
  psk: exampleFile('psk'),
  setkey: exampleFile('setkey'),
};

/** CAP_NET_BIND_SERVICE, CAP_NET_ADMIN, CAP_NET_RAW. */
const LEAST_CAPABILITIES = '0000000000003400';

/** The files of the host `own`, to speak to `other`, and scripts that note when they are run. */
function filesFor(host: RacoonHost, own: string, other: string): RacoonFiles {
  const mine = (text: string) => withAddresses(text, own, other);
  host.write('up.sh', `#!/bin/sh\necho "$1 $REMOTE_ADDR" >> ${host.path('hooks')}\n`);
  chmodSync(host.path('up.sh'), 0o700);
  const scripts = 'script "up.sh" phase1_up; script "up.sh" phase1_down;';
  const racoon = mine(EXAMPLE.racoon)
    .replaceAll('/etc/racoon', host.directory)
    .replace('exchange_mode main;', `exchange_mode main; ${scripts}`);
  return {
    racoon: `path script "${host.directory}";\n${racoon}`,
    psk: mine(EXAMPLE.psk),
    setkey: mine(EXAMPLE.setkey),
  };
}

/** The block of docs/racoon.md that is in the language `name`, the first of it. */
function exampleFile(name: string): string {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'racoon.md'), 'utf8');
  const [, section = ''] = page.split('## Two hosts, from nothing\n');
  const found = new RegExp(`\`\`\`${name}\\n(.*?)\`\`\``, 's').exec(section);
  if (found?.[1] === undefined) throw new Error(`docs/racoon.md has no ${name}`);
  return found[1];
}

/** `text` of alice, for the host `own` whose peer is `other`. */
function withAddresses(text: string, own: string, other: string): string {
  return text.replace(/10\.9\.0\.[12]/g, (each) => (each === ALICE_ADDRESS ? own : other));
}

describeNetns('racoon', () => {
  let directory: TemporaryDirectory;
  let alice: RacoonHost;
  let bob: RacoonHost;

  beforeAll(async () => {
    directory = makeTemporaryDirectory();
    alice = new RacoonHost(await makeNamespace('alice'), join(directory.path, 'alice'));
    bob = new RacoonHost(await makeNamespace('bob'), join(directory.path, 'bob'));
    const wire = { a: `${ALICE_ADDRESS}/24`, b: `${BOB_ADDRESS}/24` };
    await joinByVeth(alice.namespace, bob.namespace, wire);
    await Promise.all([
      alice.start(filesFor(alice, ALICE_ADDRESS, BOB_ADDRESS)),
      bob.start(filesFor(bob, BOB_ADDRESS, ALICE_ADDRESS)),
    ]);
  });

  afterAll(async () => {
    await alice?.namespace.dispose();
    await bob?.namespace.dispose();
    directory?.remove();
  });

  const ping = () => ['ping', '-c', '20', '-i', '0.5', '-w', '60', BOB_ADDRESS];

  test('the first ping has both negotiate, and is answered through ESP', async () => {
    const answered = alice.namespace.spawn(ping());
    await answered.until(/bytes from 10\.9\.0\.2/, 60_000);
    await answered.stop('SIGINT');
    expect(alice.racoon?.stderr).toMatch(
      /INFO: initiate new phase 1 negotiation: 10\.9\.0\.1\[500\]<=>10\.9\.0\.2\[500\]\n.*begin Identity Protection mode\./,
    );
    expect(alice.racoon?.stderr).toMatch(
      /ISAKMP-SA established 10\.9\.0\.1\[500\]-10\.9\.0\.2\[500\] spi:/,
    );
    expect(alice.racoon?.stderr).toMatch(/IPsec-SA established: ESP\/Transport/);
    expect(bob.racoon?.stderr).toMatch(/INFO: respond new phase 1 negotiation/);
    expect(bob.racoon?.stderr).toMatch(/INFO: respond new phase 2 negotiation/);
  });

  test('racoonctl shows the ISAKMP SA at both ends, and the SAs with their keys', async () => {
    const { stdout } = await alice.ctl('-l', 'show-sa', 'isakmp');
    expect(stdout).toMatch(/^10\.9\.0\.2\.500 {11}[\da-f]{16}:[\da-f]{16} {2}9 I 10 M 20/m);
    expect((await bob.ctl('-l', 'show-sa', 'isakmp')).stdout).toMatch(/ {2}9 R 10 M 20/);
    const dump = (await alice.ctl('show-sa', 'esp')).stdout;
    expect(dump.match(/^\tesp mode=transport/gm)).toHaveLength(2);
    expect(dump).toMatch(/^\tE: aes-cbc {2}([\da-f]{8} ?){8}$/m);
    const schedule = (await alice.ctl('show-schedule')).stdout;
    expect(schedule).toMatch(/^1 {8}28800 {4}\d+ +20\d\d-/m);
  });

  test('the script of each end was run', async () => {
    await waitUntil(
      'scripts of both',
      () => alice.read('hooks') !== '' && bob.read('hooks') !== '',
    );
    expect(alice.read('hooks')).toBe('phase1_up 10.9.0.2\n');
    expect(bob.read('hooks')).toBe('phase1_up 10.9.0.1\n');
  });

  test('no thread has more capabilities than IPsec needs', async () => {
    const pids = await succeed(null, ['ip', 'netns', 'pids', alice.namespace.name]);
    const racoons = pids.trim().split('\n');
    expect(racoons.length).toBeGreaterThan(0);
    for (const pid of racoons) {
      for (const thread of readdirSync(`/proc/${pid}/task`)) {
        const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
        expect(status).toContain(`CapPrm:\t${LEAST_CAPABILITIES}\n`);
        expect(status).toContain(`CapBnd:\t${LEAST_CAPABILITIES}\n`);
      }
    }
  });

  test('a configuration that became wrong changes nothing', async () => {
    const right = readFileSync(alice.path('racoon.conf'), 'utf8');
    alice.write('racoon.conf', right.replace('exchange_mode main', 'exchange_mode mian'));
    const refused = await alice.ctl('reload-config');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('all is as it was');
    expect(alice.racoon?.stderr).toMatch(/ERROR: .*"mian" is not an exchange mode/);
    alice.write('racoon.conf', right);
    expect((await alice.ctl('reload-config')).status).toBe(0);
    expect((await alice.ctl('show-sa', 'isakmp')).stdout).toContain('10.9.0.2.500');
  });

  test('vpn-disconnect ends it at both ends, and establish-sa -w makes it anew', async () => {
    const gone = await alice.ctl('vpn-disconnect', BOB_ADDRESS);
    expect(gone).toMatchObject({
      status: 0,
      stdout: 'Phase 1 deleted : 10.9.0.1[500] -> 10.9.0.2[500]\n',
    });
    await waitUntil('bob has forgotten it', async () => {
      return !(await bob.ctl('show-sa', 'isakmp')).stdout.includes(ALICE_ADDRESS);
    });
    expect((await alice.ctl('show-sa', 'ipsec')).stdout).toBe('No SAD entries.\n');
    const again = await alice.ctl('es', '-w', 'isakmp', 'inet', ALICE_ADDRESS, BOB_ADDRESS);
    expect(again).toMatchObject({ status: 0, stdout: 'VPN connexion established\n' });
    const words = ['esp', 'inet', `${ALICE_ADDRESS}/32[0]`, `${BOB_ADDRESS}/32[0]`, 'icmp'];
    expect(await alice.ctl('establish-sa', '-w', ...words)).toMatchObject({
      status: 0,
      stdout: 'Phase 2 established : 10.9.0.1[500] -> 10.9.0.2[500]\n',
    });
  });

  test('at SIGTERM it says goodbye, and the peer knows', async () => {
    const ended = await alice.racoon?.stop('SIGTERM', 30_000);
    expect(ended?.status).toBe(0);
    expect(ended?.stderr).toMatch(/caught signal 15\n(.*\n)*.*racoon process \d+ shutdown\n$/);
    await waitUntil('bob has forgotten it', async () => {
      return !(await bob.ctl('show-sa', 'isakmp')).stdout.includes(ALICE_ADDRESS);
    });
  });

  test('in the background, a wrong file is told before it is too late, with status 1', async () => {
    alice.write('wrong.conf', 'remote 10.9.0.2 { exchange_mode mian; }\n');
    const result = await alice.namespace.run([
      commandPath('racoon'),
      '-f',
      alice.path('wrong.conf'),
    ]);
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/wrong\.conf:1:\d+: error: "mian" is not an exchange mode/);
    expect(result.stderr).toMatch(/^racoon: failed to parse configuration file\.$/m);
  });

  test('in the background it runs once its ports are open, with its number in a file', async () => {
    const file = readFileSync(alice.path('racoon.conf'), 'utf8');
    alice.write('bg.conf', `path pidfile "${alice.path('racoon.pid')}";\n${file}`);
    const words = ['-f', alice.path('bg.conf'), '-l', alice.path('log'), ...alice.words().slice(2)];
    const result = await alice.namespace.run([commandPath('racoon'), ...words]);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const pid = Number(readFileSync(alice.path('racoon.pid'), 'utf8'));
    expect((await alice.ctl('status')).status).toBe(0);
    process.kill(pid, 'SIGTERM');
    await waitUntil('it has ended', () =>
      /racoon process \d+ shutdown/.test(readFileSync(alice.path('log'), 'utf8')),
    );
  });
});
