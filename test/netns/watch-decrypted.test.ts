/**
 * What `ipseal watch` deciphers, beside what tshark and tcpdump do of the same captures; and what
 * tshark deciphers with the keys that `ipseal watch` writes.
 *
 * The captures are of the project's shared material, and skipped where that is not at hand.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSaFile } from '../../src/config/known-file.ts';
import { CaptureFile } from '../../src/io/capture-file.ts';
import type { Observation } from '../../src/monitor/observation.ts';
import { toHex } from '../../src/octets/hex.ts';
import { makeTemporaryDirectory } from '../lab/cleanup.ts';
import { type CommandResult, run, succeed } from '../lab/command.ts';
import { describeNetns } from '../lab/tier.ts';
import { sharedPath } from '../support/examples.ts';
import { commandPath } from '../support/hosts.ts';
import { echoPacket } from '../support/packets.ts';
import { addPolicy, addSa, espSa, layer, policy, protect } from '../support/sas.ts';
import { sealingHost, writeCapture } from '../support/sealed-capture.ts';
import { TestWatch } from '../support/watching.ts';

interface Item {
  readonly name: string;
  readonly pcap: string;
  readonly table: string;
}

/** Captures that have a table of keys beside them. */
function itemsIn(...path: readonly string[]): readonly Item[] {
  const folder = sharedPath('vectors', ...path);
  if (folder === null || !existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const [pcap, table] = [`${name}.pcap`, 'esp_sa.csv'].map((file) => join(folder, name, file));
    if (pcap === undefined || table === undefined) return [];
    return existsSync(pcap) && existsSync(table) ? [{ name, pcap, table }] : [];
  });
}

const KLIPS = itemsIn('F_klips', 'esp_ah_ipcomp');
const STRONGSWAN = itemsIn('I_live_strongswan', 'ikev2');
/** One of each algorithm, and one of each sort of wrapping. */
const ITEMS = [
  ...KLIPS,
  ...STRONGSWAN.filter(({ name }) => !/ppk|rekey|childless|cookie|invalid-ke/.test(name)),
];

/** Options that have tshark decipher with the rows of a table. */
function tsharkKeys(table: string): string[] {
  const rows = readFileSync(table, 'utf8').split('\n');
  return [
    ...['-o', 'esp.enable_encryption_decode:TRUE'],
    ...['-o', 'esp.enable_authentication_check:TRUE'],
    ...rows.filter((row) => row.startsWith('"')).flatMap((row) => ['-o', `uat:esp_sa:${row}`]),
  ];
}

/** SPI, whether the ICV is right, and payload, of every packet that tshark deciphers. */
async function seenByTshark(pcap: string, keys: readonly string[]): Promise<string[]> {
  const fields = ['esp.spi', 'esp.icv_good', 'esp.contained_data'].flatMap((name) => ['-e', name]);
  const text = await succeed(null, [
    'tshark',
    '-n',
    '-r',
    pcap,
    ...keys,
    '-T',
    'fields',
    ...fields,
  ]);
  return text.split('\n').filter((line) => /\t[\da-f]+$/.test(line));
}

/** The same, of every packet that a watcher opens. */
async function seenByUs(pcap: string, table: string): Promise<string[]> {
  const { entries } = readSaFile({ name: table, text: readFileSync(table, 'utf8') });
  const watch = new TestWatch(entries);
  const capture = new CaptureFile(pcap);
  const seen: string[] = [];
  for await (const packets of capture.batches()) {
    for (const packet of packets) seen.push(...openedOf(watch.observe(packet), watch.octets));
  }
  capture.close();
  return seen;
}

function openedOf(observation: Observation, octets: Uint8Array): string[] {
  return observation.protections.flatMap((protection) => {
    const { protocol, opened, icv, sa, payloadAt, payloadLength } = protection;
    if (protocol !== 'esp' || !opened || sa === null) return [];
    const spi = `0x${sa.id.spi.toString(16).padStart(8, '0')}`;
    const payload = toHex(octets.subarray(payloadAt, payloadAt + payloadLength));
    return [`${spi}\t${GOOD[icv]}\t${payload}`];
  });
}

/** What tshark's `esp.icv_good` says. */
const GOOD = { ok: '1', bad: '0', unchecked: '' } as const;

/** Items of which we open nothing, and why. */
const UNLIKE: ReadonlyMap<string, string> = new Map([
  ['ikev2-psk-aes256gcm8-ecp224', 'an AEAD with an ICV of 64 bits is not offered'],
]);

describeNetns('ipseal watch deciphers', () => {
  test.runIf(ITEMS.length > 0).each(ITEMS)(
    '$name as tshark does',
    async ({ name, pcap, table }) => {
      const [theirs, ours] = await Promise.all([
        seenByTshark(pcap, tsharkKeys(table)),
        seenByUs(pcap, table),
      ]);
      if (UNLIKE.has(name)) {
        expect(ours).toEqual([]);
        return;
      }
      expect(ours.length).toBeGreaterThan(0);
      expect(ours).toEqual(theirs);
    },
  );

  test.runIf(KLIPS.length > 0)('and writes the lines of tcpdump -E', async () => {
    for (const { name, pcap, table } of KLIPS.filter((item) => LINES_OF.test(item.name))) {
      const secret = tcpdumpSecret(table);
      const [theirs, ours] = await Promise.all([
        succeed(null, ['tcpdump', '-n', '-t', '-r', pcap, '-E', secret]),
        succeed(null, [commandPath('ipseal'), 'watch', '-t', '-r', pcap, '--sad', table]),
      ]);
      expect(withoutDifferences(ours), name).toEqual(withoutDifferences(theirs));
    }
  });
});

/** One of each: a cipher that tcpdump calls so, UDP, no ICV, IPComp, fragments. */
const LINES_OF = /aes128|01.*udpesp|noauth|ipcomp|frags/;

/**
 * tcpdump does not put fragments together, nor take off IPComp: what it says of such packets is left
 * out, and of ours what comes behind.
 */
function withoutDifferences(lines: string): string[] {
  return lines
    .split('\n')
    .map((line) =>
      line.replace(/(IPComp\(cpi=\w+\)|ip-proto-50|ESP\([^)]*\), length 1480).*/, '$1'),
    );
}

/** The first row of Wireshark's table in tcpdump's words. */
function tcpdumpSecret(table: string): string {
  const row = readFileSync(table, 'utf8').split('\n')[0] ?? '';
  const [, , to, spi, cipher, key, mac] = row.split(',').map((field) => field.replaceAll('"', ''));
  const name = cipher?.startsWith('AES') ? 'aes128-cbc' : '3des-cbc';
  return `${spi}@${to} ${name}${mac === 'NULL' ? '' : '-hmac96'}:${key}`;
}

describeNetns('ipseal watch --write-keys wireshark', () => {
  test('writes a table that tshark deciphers with, for its owner alone', async () => {
    const directory = makeTemporaryDirectory();
    const [conf, pcap, table] = ['setkey.conf', 'sealed.pcap', 'esp_sa'].map((name) =>
      join(directory.path, name),
    );
    if (conf === undefined || pcap === undefined || table === undefined) throw new Error('Bug');
    const sa = espSa();
    const key = toHex(sa.encryption?.key.expose() ?? new Uint8Array(0));
    const icvKey = toHex(sa.integrity?.key.expose() ?? new Uint8Array(0));
    writeFileSync(
      conf,
      `add 10.9.0.1 10.9.0.2 esp 0x201 -E aes-cbc 0x${key} -A hmac-sha256-128 0x${icvKey};
       add 10.9.0.1 10.9.0.2 ah 0x200 -A hmac-sha256-128 0x${icvKey};\n`,
    );
    const host = sealingHost([addSa(sa), addPolicy(policy('outbound', protect(layer('esp'))))]);
    writeCapture(
      pcap,
      [1, 2, 3].map((number) => host.seal(echoPacket('request', number, 56))),
    );
    writeFileSync(table, 'for everybody to read', { mode: 0o644 });
    const told = await commandOutput(['--write-keys', `wireshark=${table}`, '--sad', conf]);
    expect(told.stderr).toMatch(/left out ah 0x00000200 .*: its table is for ESP alone/);
    expect(told.stderr).toMatch(/esp_sa has the keys of an SA: whoever reads it/);
    expect(told.stdout + told.stderr).not.toContain(key.slice(0, 12));
    expect(statSync(table).mode & 0o777).toBe(0o600);
    const seen = await seenByTshark(pcap, tsharkKeys(table));
    expect(seen).toEqual(await seenByUs(pcap, table));
    expect(seen).toHaveLength(3);
    // On standard output, if that is what is asked for.
    const printed = await commandOutput(['--write-keys', 'wireshark=-', '--sad', conf]);
    expect(printed.stdout).toBe(readFileSync(table, 'utf8'));
    directory.remove();
  });
});

function commandOutput(words: readonly string[]): Promise<CommandResult> {
  return run([commandPath('ipseal'), 'watch', ...words]);
}
