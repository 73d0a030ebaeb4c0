/**
 * What `ipseal watch` takes to decipher a capture of a million ESP packets (AES-CBC, HMAC-SHA-1) and
 * print what is inside, beside `tcpdump -E` and `tshark` on the same file: wall time of whole
 * processes, in turns, the median of some. tcpdump checks no ICV, so there is a row without one, too.
 *
 *     node test/bench/watch-decrypted.mjs [FILE]
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSaFile } from '../../dist/config/known-file.js';
import { opensslProvider } from '../../dist/io/openssl/provider.js';
import { PinnedMemory } from '../../dist/io/pinned-memory.js';
import { EspTransform } from '../../dist/ipsec/esp-transform.js';
import {
  emitIpv4Header,
  emitPcapFileHeader,
  emitPcapRecord,
  emitUdp,
} from '../../dist/wire/index.js';

const PACKETS = 1_000_000;
const ROUNDS = 3;
/** Octets of UDP payload. */
const DATA = 100;
const INNER = 20 + 8 + DATA;
const LINK_TYPE_RAW = 101;
const KEY = '000102030405060708090a0b0c0d0e0f';
const TABLE = `"IPv4","10.9.0.1","10.9.0.2","0x00000201","AES-CBC [RFC3602]","0x${KEY}","HMAC-SHA-1-96 [RFC2404]","0x${KEY}10111213"`;
const SECRET = `0x201@10.9.0.2 aes128-cbc-hmac96:0x${KEY}`;

const [out] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'ipseal-bench-'));
const rows = {};
try {
  const [capture, table, secrets, conf] = ['esp.pcap', 'esp_sa', 'secrets', 'setkey.conf'].map(
    (name) => join(folder, name),
  );
  writeFileSync(table, `${TABLE}\n`);
  writeFileSync(secrets, `${SECRET}\n`);
  writeFileSync(
    conf,
    'spdadd 10.1.0.0/16 10.2.0.0/16 any -P out ipsec esp/tunnel/10.9.0.1-10.9.0.2/require;\n',
  );
  makeCapture(capture, table);
  const ours = [process.execPath, 'bin/ipseal', 'watch', '-r', capture];
  const preferences = ['enable_encryption_decode', 'enable_authentication_check'];
  const commands = {
    'tcpdump -E (ICV not checked)': ['tcpdump', '-n', '-r', capture, '-E', SECRET],
    'ipseal watch --sad, without the key of the ICV': [...ours, '--sad', secrets],
    'ipseal watch --sad': [...ours, '--sad', table],
    'ipseal watch --sad --policy --leaks': [...ours, '--sad', table, '--policy', conf, '--leaks'],
    tshark: [
      ...['tshark', '-n', '-r', capture],
      ...preferences.flatMap((name) => ['-o', `esp.${name}:TRUE`]),
      ...['-o', `uat:esp_sa:${TABLE}`],
    ],
  };
  const nowhere = openSync('/dev/null', 'w');
  const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, argv] of Object.entries(commands)) {
      // Once is enough to tell seconds from a minute.
      if (name === 'tshark' && round > 0) continue;
      const taken = timed(argv, nowhere);
      if (taken !== null) times[name].push(taken);
    }
  }
  closeSync(nowhere);
  for (const [name, taken] of Object.entries(times)) {
    if (taken.length === 0) continue;
    const ms = taken.toSorted((a, b) => a - b)[taken.length >> 1];
    rows[name] = { ms: Math.round(ms), 'packets/s': Math.round((PACKETS / ms) * 1000) };
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (out) writeFileSync(out, JSON.stringify(rows));
else console.table(rows);

/** UDP datagrams between two hosts behind a tunnel. */
function makeCapture(path, table) {
  const text = readFileSync(table, 'utf8');
  const { sa } = readSaFile({ name: table, text }).entries[0];
  const memory = new PinnedMemory(4096);
  const { octets } = memory;
  const esp = new EspTransform(sa, opensslProvider(memory));
  const innerAt = 1024;
  const sealedAt = innerAt - esp.headerLength;
  const length = 20 + esp.sealedLength(INNER);
  const packet = octets.subarray(sealedAt - 20, sealedAt - 20 + length);
  const [from, to] = [host(10, 1, 0, 5), host(10, 2, 0, 7)];
  const chunk = new Uint8Array((length + 16) * 10_000);
  const fd = openSync(path, 'w');
  emitPcapFileHeader(LINK_TYPE_RAW, 262_144, chunk, 0);
  writeSync(fd, chunk, 0, 24);
  const payload = new Uint8Array(DATA);
  for (let number = 0; number < PACKETS; ) {
    let at = 0;
    for (let k = 0; k < 10_000; k++, number++) {
      emitUdp(40_000, 5000, payload, from, to, octets, innerAt + 20);
      emitIpv4Header(ipv4(INNER, 17, from, to), octets, innerAt);
      esp.seal(innerAt, INNER, 4, number + 1);
      emitIpv4Header(ipv4(length, 50, sa.source, sa.destination), octets, sealedAt - 20);
      const seconds = 1_700_000_000 + Math.floor(number / 100_000);
      const nanoseconds = (number % 100_000) * 10_000;
      at += emitPcapRecord({ seconds, nanoseconds, originalLength: length, packet }, chunk, at);
    }
    writeSync(fd, chunk, 0, at);
  }
  closeSync(fd);
}

function ipv4(totalLength, protocol, source, destination) {
  const fields = { typeOfService: 0, identification: 0, dontFragment: true, ttl: 64 };
  return { ...fields, totalLength, protocol, source, destination };
}

function host(...octets) {
  return { version: 4, octets: Uint8Array.from(octets) };
}

/** Milliseconds; `null`, said in a line, where there is no such program. */
function timed([program, ...words], stdout) {
  const start = performance.now();
  const { status, error } = spawnSync(program, words, { stdio: ['ignore', stdout, 'ignore'] });
  if (error?.code === 'ENOENT') {
    console.log(`${program}: skipped, it is not installed`);
    return null;
  }
  if (status !== 0) throw new Error(`Cannot run ${program} ${words.join(' ')}: ${error ?? status}`);
  return performance.now() - start;
}
