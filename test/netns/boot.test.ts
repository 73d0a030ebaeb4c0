/**
 * What the boot unit runs, on a kernel that takes policies and, having no ESP, no SAs; and on an
 * `ipseald`, which takes both.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { collect } from '../../src/ipsec/backend.ts';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import { makeNamespace } from '../lab/namespace.ts';
import { describeNetns } from '../lab/tier.ts';
import { GAZETTE } from '../support/examples.ts';
import { ALICE_ADDRESS, commandPath, PROJECT, TestHost } from '../support/hosts.ts';

describeNetns('ipseal boot', () => {
  let host: TestHost;
  let root: TemporaryDirectory;

  beforeAll(async () => {
    host = new TestHost(await makeNamespace('boot'), ALICE_ADDRESS);
    root = makeTemporaryDirectory();
    mkdirSync(join(root.path, 'etc'), { recursive: true });
  });

  afterAll(async () => {
    await host?.dispose();
    root?.remove();
  });

  function boot(...words: readonly string[]) {
    const env = { IPSEAL_CONTROL: host.control };
    return host.namespace.run([commandPath('ipseal'), 'boot', ...words, '--root', root.path], {
      env,
    });
  }

  /** The interface of the documentation. */
  function writeScripts(): void {
    const scripts = join(root.path, 'etc/sysconfig/network-scripts');
    mkdirSync(scripts, { recursive: true });
    for (const file of ['ifcfg-ipsec0', 'keys-ipsec0']) {
      const text = readFileSync(join(PROJECT, 'examples/ifcfg', `alice.${file}`));
      writeFileSync(join(scripts, file), text, { mode: 0o600 });
    }
  }

  test('installs a file and interfaces, and the units please systemd', async () => {
    const installed = await boot('install', GAZETTE.alice, '--backend', 'kernel');
    expect(installed).toEqual({
      status: 0,
      stdout: 'ipseal-boot.service loads it at boot, from /etc/ipseal/boot.conf\n',
      stderr: '',
    });
    expect(await boot('status')).toMatchObject({
      status: 0,
      stdout: `/etc/ipseal/boot.conf is loaded at boot by ipseal-boot.service\n  a copy of ${GAZETTE.alice}\n`,
    });
    writeScripts();
    expect(await boot('install', '--ifcfg', '--backend', 'kernel')).toEqual({
      status: 0,
      stdout: 'ipseal-ifcfg.service brings up ipsec0 at boot, once the network is up\n',
      stderr: '',
    });
    const units = ['ipseal-boot.service', 'ipseal-ifcfg.service'].map((name) =>
      join(root.path, 'etc/systemd/system', name),
    );
    expect(await host.namespace.run(['systemd-analyze', 'verify', ...units])).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('a file that went wrong changes nothing of it', async () => {
    const wrong = join(root.path, 'wrong.conf');
    writeFileSync(wrong, 'flush;\nspdflush;\nspdad;\n');
    const { status, stderr } = await boot('install', wrong, '--backend', 'kernel');
    expect(status).toBe(1);
    expect(stderr).toContain(`${wrong}:3:1: error: "spdad" is not a statement`);
    expect(stderr).toContain('nothing was changed: what loads at boot is as it was\n');
    const copy = readFileSync(join(root.path, 'etc/ipseal/boot.conf'), 'utf8');
    expect(copy).toBe(readFileSync(GAZETTE.alice, 'utf8'));
  });

  test('loads policies before SAs: where SAs are refused, the policies are there', async () => {
    const { status, stderr } = await boot('load', '--backend', 'kernel');
    expect(status).toBe(1);
    expect(stderr).toMatch(/boot\.conf:9:1: error: this kernel has no AH .*; no SA was added\n/);
    expect(stderr).toContain('The policies are in force');
    const policies = await host.namespace.ip('xfrm', 'policy');
    expect(policies.match(/^\s+dir (in|out|fwd)/gm)).toHaveLength(3);
    await host.namespace.ip('xfrm', 'policy', 'flush');
  });

  test('loads all of it where both are taken, and again', async () => {
    await host.startDaemon();
    for (let times = 0; times < 2; times++) {
      expect(await boot('load', '--backend', 'userspace')).toMatchObject({ status: 0 });
      await host.ask(async (client) => {
        expect(await collect(client.sas())).toHaveLength(4);
        expect(await collect(client.policies())).toHaveLength(3);
      });
    }
  });

  test('does as the documentation says', async () => {
    const page = readFileSync(`${PROJECT}docs/boot.md`, 'utf8');
    for (const path of ['/etc/ipseal/boot.conf', 'ipseald.service', 'ipseal-ifcfg.service']) {
      expect(page).toContain(path);
    }
    expect(await boot('remove', '--ifcfg')).toMatchObject({ status: 0 });
    expect(await boot('remove')).toMatchObject({ status: 0 });
    expect(await boot('status')).toMatchObject({
      status: 1,
      stdout:
        'nothing loads at boot: ipseal boot install FILE\n' +
        'ipsec0 of the network scripts does not come up: ipseal boot install --ifcfg\n',
    });
  });
});
