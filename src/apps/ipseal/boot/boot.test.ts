import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GAZETTE } from '../../../../test/support/examples.ts';
import { ChangeRefused, collect } from '../../../ipsec/backend.ts';
import type { Change } from '../../../ipsec/change.ts';
import { MemoryBackend } from '../../../ipsec/memory-backend.ts';
import { bootInstall, bootRemove, installedBackend } from './boot.ts';
import { habitOfIpsecTools, habitsOfScript } from './habits.ts';
import { complaintAgainst, install, remove } from './install.ts';
import { loadAtBoot } from './load.ts';
import { BOOT_FILE, BOOT_UNITS, IFCFG_UNIT } from './places.ts';
import { bootState, comesWithHost, stateLines } from './state.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ipseal-boot-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function put(path: string, text: string): string {
  const place = join(root, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, text);
  return place;
}

const IFCFG = 'TYPE=IPSEC\nDST=10.9.0.2\nIKE_METHOD=PSK\n';
const POLICY = 'spdadd 10.9.0.1 10.9.0.2 any -P out ipsec esp/transport//require;\n';
const SA = 'add 10.9.0.1 10.9.0.2 esp 0x201 -E aes-cbc 0x00112233445566778899aabbccddeeff;\n';

describe('what is installed', () => {
  for (const backend of ['kernel', 'userspace'] as const) {
    test(`for the ${backend} is a copy that root alone reads, and an enabled unit`, () => {
      const name = put('home/alice.conf', POLICY);
      install({ name, text: POLICY }, backend, root);
      expect(statSync(join(root, BOOT_FILE)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(root, BOOT_FILE), 'utf8')).toBe(POLICY);
      const unit = BOOT_UNITS[backend];
      for (const { shipped, path } of unit.pieces) {
        expect(readFileSync(join(root, path), 'utf8')).toBe(readFileSync(shipped, 'utf8'));
      }
      expect(readlinkSync(join(root, unit.wanted))).toBe(`/etc/systemd/system/${unit.name}`);
      const state = bootState(root);
      expect(state).toMatchObject({ backend, enabled: true, source: name, sourceIs: 'the same' });
      writeFileSync(name, '');
      expect(stateLines(bootState(root))[1]).toBe(
        `  a copy of ${name}, which has changed since: ipseal boot install ${name}`,
      );
      expect(remove(root)).toBe(true);
      expect(bootState(root)).toMatchObject({ backend: null, enabled: false, source: null });
      expect(remove(root)).toBe(false);
    });
  }

  test('takes the place of what was there for the other backend', () => {
    install({ name: 'a', text: POLICY }, 'userspace', root);
    install({ name: 'b', text: SA }, 'kernel', root);
    expect(bootState(root)).toMatchObject({ backend: 'kernel', unit: 'ipseal-boot.service' });
    for (const { path } of BOOT_UNITS.userspace.pieces) {
      expect(existsSync(join(root, path))).toBe(false);
    }
  });

  test('leaves an ipseald alone that somebody set up otherwise', () => {
    const unit = put('etc/systemd/system/ipseald.service', '[Service]\n');
    install({ name: 'a', text: POLICY }, 'kernel', root);
    remove(root);
    expect(readFileSync(unit, 'utf8')).toBe('[Service]\n');
  });
});

describe("the interfaces of Red Hat's network scripts", () => {
  const SCRIPTS = 'etc/sysconfig/network-scripts';
  let told: string;

  beforeEach(() => {
    told = '';
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        told += text;
        return true;
      });
    }
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  const options = () => ({ root, ifcfg: true, backend: 'kernel' });

  test('come up at boot once their unit is installed, beside a file and without', () => {
    put(`${SCRIPTS}/ifcfg-a`, IFCFG);
    put(`${SCRIPTS}/ifcfg-b`, `${IFCFG}ONBOOT=no\n`);
    chmodSync(put(`${SCRIPTS}/keys-a`, 'IKE_PSK=k\n'), 0o600);
    expect(stateLines(bootState(root))).toEqual([
      'nothing loads at boot: ipseal boot install FILE',
      'a of the network scripts does not come up: ipseal boot install --ifcfg',
    ]);
    expect(bootInstall(undefined, options())).toBe(0);
    expect(told).toBe('ipseal-ifcfg.service brings up a at boot, once the network is up\n');
    expect(bootState(root)).toMatchObject({
      backend: null,
      ifcfg: { unit: 'ipseal-ifcfg.service', enabled: true, interfaces: ['a'] },
    });
    install({ name: put('x.conf', POLICY), text: POLICY }, 'kernel', root);
    expect(stateLines(bootState(root))).toEqual([
      expect.stringContaining('is loaded at boot by ipseal-boot.service'),
      expect.stringContaining('a copy of'),
      'ipseal-ifcfg.service brings up at boot: a',
    ]);
    remove(root);
    expect(comesWithHost(bootState(root))).toBe(true);
    rmSync(join(root, IFCFG_UNIT.wanted));
    expect(stateLines(bootState(root))).toEqual([
      'ipseal-ifcfg.service, which is disabled, brings up at boot: a; systemctl enable ipseal-ifcfg.service',
    ]);
    expect(comesWithHost(bootState(root))).toBe(false);
    expect(bootRemove(options())).toBe(0);
    expect(bootState(root).ifcfg).toMatchObject({ unit: null, enabled: false });
  });

  test('are not installed where none is there, nor where one would not come up', () => {
    expect(bootInstall(undefined, options())).toBe(1);
    expect(told).toContain('no ifcfg-NAME of TYPE=IPSEC there comes up with the host');
    put(`${SCRIPTS}/ifcfg-a`, IFCFG.replace('10.9.0.2', 'bob'));
    put(`${SCRIPTS}/ifcfg-b`, IFCFG);
    put(`${SCRIPTS}/keys-b`, 'IKE_PSK=k\n');
    expect(bootInstall(undefined, options())).toBe(1);
    expect(told).toContain('ifcfg-a:');
    expect(told).toMatch(/b: error: .*keys-b has keys, and others than its owner may use it/);
    expect(existsSync(join(root, 'etc/systemd'))).toBe(false);
  });

  test('are installed alone, and so is a file', () => {
    expect(() => bootInstall('x.conf', options())).toThrow('one after the other');
    expect(() => bootInstall(undefined, { root })).toThrow('give a FILE, or --ifcfg');
  });
});

describe('complaintAgainst()', () => {
  const against = (text: string) => complaintAgainst({ name: 'x.conf', text }, 'kernel');

  test('has nothing to say against a good file', () => {
    expect(against(`flush; spdflush;\n${SA}${POLICY}`)).toBeNull();
  });

  test.each([
    ['spdad x;', 'x.conf:1:1: error: "spdad" is not a statement'],
    ['', 'no statement that says anything'],
    [POLICY.replace('10.9.0.2', 'bob'), 'there is no network yet to look up "bob"'],
    [
      'spdadd 0.0.0.0/0 0.0.0.0/0 any -P in ipsec esp/transport//require;',
      'it would stop DHCP: spdadd 0.0.0.0/0 0.0.0.0/0 any -P in',
    ],
    ['spdadd ::/0 ::/0 ipv6-icmp -P out discard;', 'it would stop Neighbour Discovery'],
  ])('refuses "%s"', (text, complaint) => {
    expect(against(text)).toContain(complaint);
  });

  test('tells what would let pass what has to', () => {
    const complaint = against('spdadd 0.0.0.0/0 0.0.0.0/0 any -P in discard;') ?? '';
    const fixes = [...complaint.matchAll(/^ {2}fix: add (.*)$/gm)].map(([, fix]) => fix);
    expect(fixes.length).toBeGreaterThan(0);
    const mended = `spdadd 0.0.0.0/0 0.0.0.0/0 any -P in discard;\n${fixes.join('\n')}\n`;
    expect(against(mended)).toBeNull();
  });
});

describe('where "ipseal boot load" loads', () => {
  test('is what the unit that is there would load', () => {
    expect(installedBackend(root)).toBe('kernel');
    install({ name: put('alice.conf', POLICY), text: POLICY }, 'userspace', root);
    expect(installedBackend(root)).toBe('userspace');
    install({ name: put('alice.conf', POLICY), text: POLICY }, 'kernel', root);
    expect(installedBackend(root)).toBe('kernel');
  });
});

test('a root that is not there is not made', () => {
  const missing = join(root, 'missing');
  const file = put('alice.conf', POLICY);
  expect(() => bootInstall(file, { root: missing })).toThrow(`there is no directory ${missing}`);
  expect(existsSync(missing)).toBe(false);
});

describe('loadAtBoot()', () => {
  let reported: string;
  const report = (text: string) => {
    reported += text;
  };

  beforeEach(() => {
    reported = '';
  });

  /** The kinds of the changes of each commit. */
  function commitsOf(backend: MemoryBackend): string[][] {
    const commits: string[][] = [];
    const commit = backend.commit.bind(backend);
    vi.spyOn(backend, 'commit').mockImplementation((changes: readonly Change[]) => {
      commits.push(changes.map(({ kind }) => kind));
      return commit(changes);
    });
    return commits;
  }

  test('makes policies first and then SAs, and again nothing of what is there', async () => {
    const backend = new MemoryBackend(() => 0);
    const commits = commitsOf(backend);
    const file = put('boot.conf', `flush;\nspdflush;\n${SA}${POLICY}`);
    expect(await loadAtBoot(file, backend, report)).toBe(true);
    expect(commits).toEqual([['add-policy'], ['add-sa']]);
    expect(await loadAtBoot(file, backend, report)).toBe(true);
    expect(commits.slice(2)).toEqual([[], []]);
  });

  test('of a file without flush leaves what others put there, and can be loaded again', async () => {
    const backend = new MemoryBackend(() => 0);
    await loadAtBoot(put('a.conf', POLICY), backend, report);
    const file = put('b.conf', `${SA}${POLICY.replace('0.2', '0.3')}`);
    expect(await loadAtBoot(file, backend, report)).toBe(true);
    expect(await loadAtBoot(file, backend, report)).toBe(true);
    expect(await collect(backend.policies())).toHaveLength(2);
  });

  test('keeps the policies where an SA is refused, and says so', async () => {
    const backend = new MemoryBackend(() => 0);
    const commit = backend.commit.bind(backend);
    vi.spyOn(backend, 'commit').mockImplementation(async (changes: readonly Change[]) => {
      if (changes.some(({ kind }) => kind === 'add-sa')) {
        throw new ChangeRefused(0, 'unsupported', 'this kernel has no ESP');
      }
      return commit(changes);
    });
    const file = put('boot.conf', `${SA}${POLICY}`);
    expect(await loadAtBoot(file, backend, report)).toBe(false);
    expect(await collect(backend.policies())).toHaveLength(1);
    expect(reported).toContain(`${file}:1:1: error: this kernel has no ESP; no SA was added`);
    expect(reported).toContain('The policies are in force: what they protect is stopped');
  });

  test('of a wrong file makes nothing', async () => {
    const backend = new MemoryBackend(() => 0);
    const commits = commitsOf(backend);
    expect(await loadAtBoot(GAZETTE.alice.replace('alice', 'nobody'), backend, report)).toBe(false);
    expect(await loadAtBoot(put('boot.conf', 'spdad;'), backend, report)).toBe(false);
    expect(commits).toEqual([]);
  });
});

describe('other ways to load at boot', () => {
  test('are found in scripts of the machine, but not in their comments', () => {
    const text =
      '#!/bin/sh\n# setkey -f x\n/usr/sbin/setkey -f /etc/setkey.conf # keys\nracoon &\n';
    expect(habitsOfScript('/etc/init.d/boot.local', text)).toEqual([
      {
        path: '/etc/init.d/boot.local',
        line: 3,
        what: '"/usr/sbin/setkey -f /etc/setkey.conf" runs setkey when the network is long up',
        fix: 'remove line 3 of /etc/init.d/boot.local',
      },
      expect.objectContaining({ line: 4 }),
    ]);
    expect(habitsOfScript('/etc/rc.local', 'echo setkeys\nexit 0\n')).toEqual([]);
  });

  test('are found in what ipsec-tools had, unless it says nothing', () => {
    const path = '/etc/ipsec-tools.conf';
    expect(habitOfIpsecTools(path, '#!/usr/sbin/setkey -f\n# flush;\n')).toBeNull();
    expect(habitOfIpsecTools(path, 'flush;\nspdflush;\n')?.fix).toContain(`boot install ${path}`);
    expect(habitOfIpsecTools('/etc/init.d/setkey', '#!/bin/sh')?.fix).toContain('disable setkey');
  });

  test('are told by status', () => {
    put('etc/rc.local', 'setkey -f /etc/setkey.conf\n');
    expect(stateLines(bootState(root))).toEqual([
      'nothing loads at boot: ipseal boot install FILE',
      '/etc/rc.local:1: "setkey -f /etc/setkey.conf" runs setkey when the network is long up; remove line 1 of /etc/rc.local',
    ]);
  });
});
