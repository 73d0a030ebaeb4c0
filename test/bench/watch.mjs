/**
 * What `ipseal watch`, as it is built in `dist/`, takes to print a capture of a million packets, beside
 * `tcpdump` on the same file: wall time of whole processes, in turns, the median of some.
 *
 *     node test/bench/watch.mjs [FILE]
 *
 * The file is made first, and is some hundred mebibytes long.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  emitEspHeader,
  emitIpv4Header,
  emitPcapFileHeader,
  emitPcapRecord,
} from '../../dist/wire/index.js';

const PACKETS = 1_000_000;
const ROUNDS = 3;
/** Octets of ESP behind its header. */
const SEALED = 108;
const HEADERS = 14 + 20 + 8;
const LINK_TYPE_ETHERNET = 1;

const [out] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'ipseal-bench-'));
const rows = {};
try {
  const file = join(folder, 'esp.pcap');
  const nowhere = openSync('/dev/null', 'w');
  makeCapture(file);
  const commands = {
    'tcpdump -n': ['tcpdump', '-n', '-r', file],
    'ipseal watch': [process.execPath, 'bin/ipseal', 'watch', '-r', file],
    'tcpdump -n, filter': ['tcpdump', '-n', '-r', file, 'esp and host 10.9.0.2'],
    'ipseal watch, filter': [
      process.execPath,
      'bin/ipseal',
      'watch',
      '-r',
      file,
      'esp and host 10.9.0.2',
    ],
    'ipseal watch --json': [process.execPath, 'bin/ipseal', 'watch', '--json', '-r', file],
  };
  // In turns: what disturbs the machine for a while disturbs all.
  const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, argv] of Object.entries(commands)) {
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

/** ESP between eight pairs of hosts, in microseconds of 2023. */
function makeCapture(path) {
  const length = HEADERS + SEALED;
  const packet = new Uint8Array(length);
  packet.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]);
  const chunk = new Uint8Array((length + 16) * 10_000);
  const fd = openSync(path, 'w');
  emitPcapFileHeader(LINK_TYPE_ETHERNET, 262_144, chunk, 0);
  writeSync(fd, chunk, 0, 24);
  for (let number = 0; number < PACKETS; ) {
    let at = 0;
    for (let k = 0; k < 10_000; k++, number++) {
      const header = {
        typeOfService: 0,
        totalLength: length - 14,
        identification: number & 0xffff,
        dontFragment: true,
        ttl: 64,
        protocol: 50,
        source: host(1),
        destination: host(2 + (number & 7)),
      };
      emitIpv4Header(header, packet, 14);
      emitEspHeader(0x201 + (number & 7), 1 + (number >>> 3), packet, 34);
      const seconds = 1_700_000_000 + Math.floor(number / 100_000);
      const nanoseconds = (number % 100_000) * 10_000;
      at += emitPcapRecord({ seconds, nanoseconds, originalLength: length, packet }, chunk, at);
    }
    writeSync(fd, chunk, 0, at);
  }
  closeSync(fd);
}

function host(last) {
  return { version: 4, octets: Uint8Array.of(10, 9, 0, last) };
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
