/**
 * `ipseal doctor` on hosts with something wrong: it is named, and the fix that is told mends it.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../src/doctor/finding.ts';
import { makeNamespace, type Namespace } from '../lab/namespace.ts';
import { describeNetns } from '../lab/tier.ts';
import { GAZETTE } from '../support/examples.ts';
import {
  BOB_ADDRESS,
  commandPath,
  type Hosts,
  makeHosts,
  PROJECT,
  waitUntil,
} from '../support/hosts.ts';
import { ping } from '../support/traffic.ts';

/** What is found, by check. */
async function examined(
  where: Namespace,
  ...words: readonly string[]
): Promise<(check: string) => readonly Finding[]> {
  const { stdout } = await where.run([commandPath('ipseal'), 'doctor', '--json', ...words]);
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  return (check) => findings.filter((finding) => finding.check === check);
}

/** Does what the findings say helps, and looks whether the proof can be run. */
async function mend(where: Namespace, findings: readonly Finding[]): Promise<void> {
  for (const { proof, fix } of findings) {
    expect(await where.run(['sh', '-c', proof])).toMatchObject({ status: 0 });
    const command = fix?.replace(/, and the same .*/, '') ?? '';
    expect(await where.run(['sh', '-c', command])).toMatchObject({ status: 0 });
  }
}

describeNetns('ipseal doctor', () => {
  let gateway: Namespace;

  beforeAll(async () => {
    gateway = await makeNamespace('gateway');
    await gateway.ip('link', 'add', 'wan0', 'type', 'veth', 'peer', 'name', 'far0');
    await gateway.ip('link', 'set', 'wan0', 'up');
    await gateway.addAddress('wan0', '203.0.113.1/24');
    const tunnel = [
      'tmpl',
      'src',
      '203.0.113.1',
      'dst',
      '203.0.113.2',
      'proto',
      'esp',
      'mode',
      'tunnel',
    ];
    const ends = ['src', '10.1.0.0/16', 'dst', '10.2.0.0/16'];
    await gateway.ip('xfrm', 'policy', 'add', ...ends, 'dir', 'out', ...tunnel);
  });

  afterAll(async () => {
    await gateway?.dispose();
  });

  test('names NAT rules that would rewrite a protected flow, and redirects, and is quiet once they are mended', async () => {
    const ills = `nft add table ip home; nft add chain ip home post '{ type nat hook postrouting priority 100; }'
      nft add rule ip home post ip saddr 10.0.0.0/8 oifname wan0 masquerade
      iptables -t nat -A POSTROUTING -s 10.0.0.0/8 -o wan0 -j MASQUERADE
      sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.wan0.send_redirects=1`;
    expect(await gateway.run(['sh', '-ec', ills])).toMatchObject({ status: 0 });
    const before = await examined(gateway, '--backend', 'kernel');
    expect(before('nat')).toMatchObject([
      {
        status: 'problem',
        says: expect.stringContaining('10.1.0.0/16[any] 10.2.0.0/16[any]'),
        fix: 'nft insert rule ip home post ip saddr 10.1.0.0/16 ip daddr 10.2.0.0/16 accept',
      },
      {
        status: 'problem',
        fix: 'iptables -t nat -I POSTROUTING -s 10.1.0.0/16 -d 10.2.0.0/16 -j ACCEPT',
      },
    ]);
    expect(before('forwarding')).toMatchObject([{ status: 'ok' }]);
    expect(before('redirects')[0]).toMatchObject({ status: 'warning' });
    await mend(gateway, [...before('nat'), ...before('redirects')]);
    const after = await examined(gateway, '--backend', 'kernel');
    expect(after('nat')).toMatchObject([{ status: 'ok' }]);
    expect(after('redirects')).toMatchObject([{ status: 'ok' }]);
  });

  test('has status 1 and says so last where there is a problem, and shows what the page shows', async () => {
    const { status, stdout } = await gateway.run([
      ...[commandPath('ipseal'), 'doctor', '--backend', 'kernel'],
    ]);
    expect(status).toBe(1);
    const page = readFileSync(`${PROJECT}docs/doctor.md`, 'utf8');
    const [, shown = ''] = /\$ ipseal doctor\n((?: {4}.*\n)+)/.exec(page) ?? [];
    const lines = shown.replace(/^ {4}/gm, '').split('\n');
    for (const line of lines.filter((each) => /^(ok|problem)/.test(each))) {
      expect(stdout).toContain(line);
    }
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/problem/);
  });
});

describeNetns('ipseal doctor beside ipseald', () => {
  let hosts: Hosts;

  beforeAll(async () => {
    hosts = await makeHosts();
    await hosts.alice.load(readFileSync(GAZETTE.alice, 'utf8'));
    await hosts.bob.load(readFileSync(GAZETTE.bob, 'utf8'));
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  function alice(): Promise<(check: string) => readonly Finding[]> {
    const { namespace, control } = hosts.alice;
    return examined(namespace, '--backend', 'userspace', '--control', control);
  }

  test('finds a strict reverse path filter and a firewall that drops AH and ESP, and mends both', async () => {
    const { namespace } = hosts.alice;
    const ills = `sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.ipseal0.rp_filter=1
      nft add table inet home; nft add chain inet home input '{ type filter hook input priority 0; policy drop; }'
      nft add rule inet home input ct state established,related accept
      nft add rule inet home input iifname ipseal0 accept
      nft add rule inet home input tcp dport 22 accept`;
    expect(await namespace.run(['sh', '-ec', ills])).toMatchObject({ status: 0 });
    const before = await alice();
    expect(before('rp_filter')).toMatchObject([{ status: 'problem' }]);
    const dropped = before('packet-filter').map(({ status, says }) => `${status} ${says}`);
    expect(dropped.map((each) => each.replace(/ dropped .*/, '')).sort()).toEqual([
      'problem AH from 10.9.0.2 is',
      'problem ESP from 10.9.0.2 is',
    ]);
    await mend(namespace, before('packet-filter'));
    // Strict alone stops it, too.
    const pinged = await namespace.run(['ping', '-c', '1', '-W', '1', BOB_ADDRESS]);
    expect(pinged.status).toBe(1);
    await mend(namespace, before('rp_filter'));
    const after = await alice();
    for (const check of ['rp_filter', 'packet-filter', 'unserved', 'nat']) {
      expect(after(check)).toMatchObject([{ status: 'ok' }]);
    }
    // AH 24, ESP 8, its IV 16, at most 15 of padding, and 2.
    expect(after('mtu')).toMatchObject([
      { status: 'ok', says: expect.stringMatching(/^Of the 1500 octets .* leave 1435 or more/) },
    ]);
    await ping(namespace, BOB_ADDRESS);
  });

  test('finds policies that nothing serves', async () => {
    await hosts.alice.load('flush;');
    const found = await alice();
    expect(found('unserved')).toMatchObject([{ status: 'problem' }, { status: 'problem' }]);
  });

  test('finds the rules of ipseald in force, soon after they were flushed with all others, too', async () => {
    expect((await alice())('guard')).toMatchObject([{ status: 'ok' }]);
    await hosts.alice.namespace.run(['nft', 'flush', 'ruleset']);
    await waitUntil('the rules', async () => (await alice())('guard')[0]?.status === 'ok');
  });
});
