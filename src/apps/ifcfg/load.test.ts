import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../../../test/lab/cleanup.ts';
import { listInterfaces, loadInterface } from './load.ts';

let directory: TemporaryDirectory;

beforeEach(() => {
  directory = makeTemporaryDirectory();
});

afterEach(() => directory.remove());

function write(name: string, text: string, mode = 0o600): string {
  const path = join(directory.path, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const IFCFG = 'TYPE=IPSEC DST=192.0.2.2\n';
const places = () => ({ scripts: directory.path });

test('an interface is found by its name, by the name of its file, and by its path', () => {
  const path = write('ifcfg-ipsec0', IFCFG);
  const keys = write('keys-ipsec0', 'IKE_PSK=k\n');
  for (const word of ['ipsec0', 'ifcfg-ipsec0', path]) {
    const { name, files, reading } = loadInterface(word, places());
    expect({ name, files }).toEqual({ name: 'ipsec0', files: [path, keys] });
    expect(reading.interface).not.toBeNull();
  }
});

test('what stands before ifcfg- stands before keys-', () => {
  const path = write('alice.ifcfg-ipsec0', IFCFG);
  const keys = write('alice.keys-ipsec0', 'IKE_PSK=k\n');
  expect(loadInterface(path, { scripts: '/' })).toMatchObject({
    name: 'ipsec0',
    files: [path, keys],
  });
});

test('the files of a parent are read first', () => {
  const files = ['ifcfg-a', 'keys-a', 'ifcfg-a-b'].map((name) => write(name, IFCFG));
  expect(loadInterface('a-b', places()).files).toEqual(files);
});

test('what is not there is told with its path', () => {
  write('keys-ipsec0', 'IKE_PSK=k\n');
  expect(() => loadInterface('ipsec0', places())).toThrow(
    `there is no ${join(directory.path, 'ifcfg-ipsec0')}`,
  );
});

test.each([
  [0o600, 'keys-x', 0],
  [0o400, 'keys-x', 0],
  [0o640, 'keys-x', 1],
  [0o604, 'keys-x', 1],
  [0o620, 'keys-x', 1],
  [0o644, 'ifcfg-x', 1],
])('mode %o of a key in a file %s', (mode, holder, exposed) => {
  const [ifcfg, keys] = holder === 'keys-x' ? [IFCFG, 'IKE_PSK=k\n'] : [`${IFCFG}IKE_PSK=k\n`, ''];
  write('ifcfg-x', ifcfg, 0o644);
  const path = write(holder, holder === 'keys-x' ? keys : ifcfg, mode);
  const loaded = loadInterface('x', places());
  expect(loaded.exposed).toHaveLength(exposed);
  for (const reason of loaded.exposed) expect(reason).toContain(`chmod 600 ${path}`);
});

test('interfaces of IPsec are listed, and not what editors leave', () => {
  write('ifcfg-eth0', 'TYPE=Ethernet\n');
  write('ifcfg-lo', 'DEVICE=lo\n');
  write('ifcfg-ipsec1', 'TYPE=IPSEC ONBOOT=no\n');
  write('ifcfg-ipsec0', 'TYPE=IPsec\n');
  write('ifcfg-ipsec0-b', 'DST=192.0.2.9\n');
  write('ifcfg-ipsec2~', IFCFG);
  write('ifcfg-ipsec2.rpmsave', IFCFG);
  write('keys-ipsec0', '');
  expect(listInterfaces(places())).toEqual([
    { name: 'ipsec0', onBoot: true },
    { name: 'ipsec0-b', onBoot: true },
    { name: 'ipsec1', onBoot: false },
  ]);
});

test('a directory that is not there is told', () => {
  const scripts = join(directory.path, 'none');
  expect(() => listInterfaces({ scripts })).toThrow(
    `cannot look for ifcfg-NAME in ${scripts}: No such file or directory`,
  );
});
