import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../../../test/lab/cleanup.ts';
import { address } from '../../../test/support/packets.ts';
import { ahSa, layer, policy, protect } from '../../../test/support/sas.ts';
import { namesOf } from '../../ipsec/contents.ts';
import { toHex } from '../../octets/hex.ts';
import { type Places, placesOf } from './places.ts';
import { leaveRacoon } from './racoon.ts';
import { type InterfaceRecord, readRecord, removeRecord, writeRecord } from './record.ts';

let directory: TemporaryDirectory;
let places: Places;

beforeEach(() => {
  directory = makeTemporaryDirectory();
  const { path } = directory;
  places = placesOf({ scripts: path, racoon: path, records: join(path, 'run', 'records') });
});

afterEach(() => directory.remove());

const CONTENTS = { sas: [ahSa()], policies: [policy('outbound', protect(layer('ah')))] };

const RECORD: InterfaceRecord = {
  names: namesOf(CONTENTS),
  route: { destination: { address: address('10.2.0.0'), length: 16 }, source: address('10.1.0.1') },
  peerPath: '/etc/racoon/192.0.2.2.conf',
};

test('what is remembered is read again, until it is forgotten', () => {
  expect(readRecord('ipsec0', places)).toBeNull();
  writeRecord('ipsec0', places, RECORD);
  expect(readRecord('ipsec0', places)).toEqual(RECORD);
  writeRecord('ipsec0', places, { ...RECORD, route: null, peerPath: null });
  expect(readRecord('ipsec0', places)).toEqual({ ...RECORD, route: null, peerPath: null });
  removeRecord('ipsec0', places);
  expect(readRecord('ipsec0', places)).toBeNull();
});

test('no key is remembered, and nobody else reads the file', () => {
  writeRecord('ipsec0', places, RECORD);
  const path = join(places.records, 'ipsec0.json');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const key = toHex(CONTENTS.sas[0]?.integrity?.key.expose() ?? new Uint8Array(0));
  expect(key.length).toBeGreaterThan(20);
  expect(readFileSync(path, 'utf8')).not.toContain(key);
});

test('a file that somebody else wrote is told by its path', () => {
  writeRecord('ipsec0', places, RECORD);
  for (const text of ['', '{', '{"version":2}', '[]']) {
    writeFileSync(join(places.records, 'ipsec0.json'), text);
    expect(() => readRecord('ipsec0', places)).toThrow(/ipsec0\.json is not what ifup-ipsec wrote/);
  }
});

test('the include line stays while another interface has the same peer', () => {
  const conf = join(places.racoon, 'racoon.conf');
  const text = `log notify;\ninclude "${RECORD.peerPath}";\n`;
  writeFileSync(conf, text);
  writeRecord('a', places, RECORD);
  writeRecord('b', places, RECORD);
  expect(leaveRacoon('a', RECORD, places)).toBe(false);
  expect(readFileSync(conf, 'utf8')).toBe(text);
  removeRecord('a', places);
  expect(leaveRacoon('b', RECORD, places)).toBe(true);
  expect(readFileSync(conf, 'utf8')).toBe('log notify;\n');
  expect(leaveRacoon('b', RECORD, places)).toBe(false);
});
