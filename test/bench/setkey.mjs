/**
 * What the command `setkey` takes, as it is built in `dist/`: wall time and peak memory of whole
 * processes, the best of some; beside `ip`, the median.
 *
 *     node test/bench/setkey.mjs [FILE]
 *
 * As root also in a network namespace of its own: policies into this kernel, beside `ip -batch` with
 * the same ones, and the dump of an `ipseald` that holds many SAs.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Has a process of Node tell its peak memory, in KiB, on descriptor 3 when it ends. */
const TELL_PEAK =
  'data:text/javascript,import fs from "node:fs";' +
  'process.on("exit",()=>fs.writeSync(3,String(process.resourceUsage().maxRSS)))';

const [out, place] = process.argv.slice(2);
if (process.geteuid?.() === 0 && place !== 'inside') {
  // The namespace ends with the process.
  const words = ['--net', process.execPath, 'test/bench/setkey.mjs', out ?? '', 'inside'];
  process.exit(spawnSync('unshare', words, { stdio: 'inherit' }).status ?? 1);
}

const folder = mkdtempSync(join(tmpdir(), 'ipseal-bench-'));
const control = join(folder, 'control.sock');
const rows = {};
try {
  rows['node -e 0'] = best(5, () => timed(['-e', '0']));
  rows['setkey -V'] = best(5, () => setkey(['-V'], 1));
  rows['setkey -n -f, 1 statement'] = best(5, () =>
    setkey(['-n', '-f', file(statements(1, true))]),
  );
  const parsed = file(statements(50_000, true));
  rows['setkey -n -f, 100000 statements'] = setkey(['-n', '-f', parsed]);
  if (place === 'inside') {
    for (const count of [1000, 10_000, 50_000]) measureKernel(count);
    measureKernelDump(10_000);
    await measureDump(10_000);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (out) writeFileSync(out, JSON.stringify(rows));
else console.table(rows);

function measureKernel(count) {
  const policies = file(statements(count, false));
  const batch = file(ipBatch(count));
  const flush = () => spawnSync('ip', ['xfrm', 'policy', 'flush']);
  const load = ['--backend', 'kernel', '-f', policies];
  // In turns: what disturbs the machine for a while disturbs both.
  const rounds = Array.from({ length: 5 }, () => {
    flush();
    const ip = timedProgram('ip', ['-batch', batch], 0);
    flush();
    return { ip, setkey: setkey(load) };
  });
  rows[`ip -batch, ${count} policies`] = median(rounds.map(({ ip }) => ip));
  rows[`setkey -f, ${count} policies, kernel`] = median(rounds.map((round) => round.setkey));
  rows[`setkey -f, ${count} in place of ${count}, kernel`] = setkey(load);
  rows[`setkey -DP, ${count} policies, kernel`] = setkey(['--backend', 'kernel', '-DP']);
  flush();
}

/** A dump of SAs, where the kernel can have them; a guest would only tell how slow it is. */
function measureKernelDump(count) {
  const probe = spawnSync('bin/setkey', ['--backend', 'kernel', '-c'], {
    input: statements(1, true),
    encoding: 'utf8',
  });
  if (probe.status !== 0) {
    const reason = /error: (.*?);/.exec(probe.stderr)?.[1] ?? 'it takes no SAs';
    console.log(`setkey -D, ${count} SAs, kernel: skipped, ${reason}`);
    return;
  }
  const to = ['--backend', 'kernel'];
  rows[`setkey -f, ${count} SAs and policies, kernel`] = setkey([
    ...to,
    '-f',
    file(statements(count, true)),
  ]);
  rows[`setkey -D, ${count} SAs, kernel`] = best(2, () => setkey([...to, '-D']));
  setkey([...to, '-F']);
  setkey([...to, '-FP']);
}

async function measureDump(count) {
  const daemon = spawn(process.execPath, ['bin/ipseald', '--control', control], {
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  try {
    for (let tries = 0; tries < 100 && !existsSync(control); tries++) await pause(50);
    const to = ['--backend', 'userspace', '--control', control];
    rows[`setkey -f, ${count} SAs and policies, ipseald`] = setkey([
      ...to,
      '-f',
      file(statements(count, true)),
    ]);
    rows[`setkey -D, ${count} SAs, ipseald`] = setkey([...to, '-D']);
    rows[`setkey -D --json, ${count} SAs, ipseald`] = best(2, () =>
      setkey([...to, '-D', '--json']),
    );
  } finally {
    daemon.kill('SIGTERM');
    await ended;
  }
}

function setkey(words, status = 0) {
  return timed(['bin/setkey', ...words], status);
}

/** Runs Node to its end: milliseconds and mebibytes. */
function timed(words, status = 0) {
  return timedProgram(process.execPath, ['--import', TELL_PEAK, ...words], status);
}

function timedProgram(program, words, status) {
  const start = performance.now();
  const result = spawnSync(program, words, {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    maxBuffer: 1 << 20,
  });
  const ms = Math.round(performance.now() - start);
  if (result.status !== status) {
    throw new Error(`Cannot run ${program} ${words.join(' ')}: ${result.error ?? result.status}`);
  }
  const peak = Number(result.output[3]?.toString() ?? '');
  return peak > 0 ? { ms, 'peak MiB': Math.round(peak / 1024) } : { ms };
}

function best(times, run) {
  const results = Array.from({ length: times }, run);
  return results.sort((a, b) => a.ms - b.ms)[0];
}

function median(results) {
  return results.toSorted((a, b) => a.ms - b.ms)[results.length >> 1];
}

function file(text) {
  const path = join(folder, `${performance.now()}.conf`);
  writeFileSync(path, text);
  return path;
}

/** `count` policies, and as many SAs when asked to. */
function statements(count, sas) {
  const lines = ['flush; spdflush;'];
  for (let k = 1; k <= count; k++) {
    const key = k.toString(16).padStart(32, '0');
    if (sas) {
      lines.push(
        `add 10.9.0.1 ${peer(k)} esp ${0x10000 + k} -E aes-cbc 0x${key} -A hmac-sha256-128 0x${key}${key};`,
      );
    }
    lines.push(`spdadd 10.9.0.1 ${peer(k)} any -P out ipsec esp/transport//require;`);
  }
  return lines.join('\n');
}

/** The same policies in the words of `ip`. */
function ipBatch(count) {
  return Array.from(
    { length: count },
    (_, k) =>
      `xfrm policy add src 10.9.0.1/32 dst ${peer(k + 1)}/32 dir out priority 2147483648` +
      ' tmpl proto esp mode transport\n',
  ).join('');
}

function peer(k) {
  return `10.${100 + (k >>> 16)}.${(k >>> 8) & 255}.${k & 255}`;
}
