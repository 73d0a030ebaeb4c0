/**
 * `ipseal demo` as it is built and shipped: what it shows, how it ends, and that it leaves nothing
 * behind.
 *
 * Every demonstration runs with a mark in its environment, which whatever it starts inherits, and
 * with a folder for temporary files of its own.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LAB_PREFIX, makeTemporaryDirectory, type TemporaryDirectory } from '../lab/cleanup.ts';
import { Command, pause, run, succeed } from '../lab/command.ts';
import { makeNobody, type Nobody } from '../lab/nobody.ts';
import { describeNetns } from '../lab/tier.ts';
import { PROJECT, waitUntil } from '../support/hosts.ts';

const MARK = 'IPSEAL_TEST_MARK';
const WAIT_MS = 60_000;

/** A demonstration that runs. */
class Demo {
  readonly command: Command;
  readonly #mark = randomUUID();

  constructor(words: readonly string[], temporary: string, nobody?: Nobody) {
    if (!existsSync(join(PROJECT, 'dist', 'apps', 'ipseal', 'main.js'))) {
      throw new Error('Cannot run ipseal: it is not built, which "make build" does');
    }
    const ipseal = join(nobody?.project ?? PROJECT, 'bin', 'ipseal');
    this.command = new Command([...(nobody?.words ?? []), ipseal, 'demo', ...words], {
      cwd: PROJECT,
      env: { [MARK]: this.#mark, TMPDIR: temporary },
    });
  }

  /** Its end; killed when that does not come. */
  async ended() {
    const timer = setTimeout(() => this.command.kill('SIGKILL'), WAIT_MS);
    try {
      return await this.command.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The processes that it started or is. */
  processes(): string[] {
    return readdirSync('/proc').filter((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        return readFileSync(`/proc/${pid}/environ`).includes(`${MARK}=${this.#mark}`);
      } catch {
        return false;
      }
    });
  }
}

/** The command line of a process; empty when it has ended. */
function wordsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Namespaces that somebody has mounted; the lab's own come and go. */
function mountedNamespaces(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(' - nsfs ') && !line.includes(`/${LAB_PREFIX}`));
}

describeNetns('ipseal demo', () => {
  let temporary: TemporaryDirectory;
  let files: TemporaryDirectory;
  let demo: Demo | undefined;
  let mounted: string[];

  beforeEach(() => {
    temporary = makeTemporaryDirectory();
    files = makeTemporaryDirectory();
    mounted = mountedNamespaces();
  });

  // A namespace lasts as long as a process, an open file or a mount has it.
  afterEach(async () => {
    const left = demo;
    demo = undefined;
    try {
      await waitUntil('the last process of the demo go', () => !left?.processes().length);
      expect(readdirSync(temporary.path)).toEqual([]);
      expect(mountedNamespaces()).toEqual(mounted);
    } finally {
      for (const pid of left?.processes() ?? []) process.kill(Number(pid), 'SIGKILL');
      temporary.remove();
      files.remove();
    }
  });

  function start(words: readonly string[] = [], nobody?: Nobody): Demo {
    demo = new Demo(words, temporary.path, nobody);
    return demo;
  }

  /** Writes the files of alice and bob; returns the words that have them used. */
  function config(alice: string, bob: string): string[] {
    const paths = [join(files.path, 'alice.conf'), join(files.path, 'bob.conf')] as const;
    writeFileSync(paths[0], alice);
    writeFileSync(paths[1], bob);
    return ['--config', ...paths];
  }

  test('shows AH and ESP on the wire, and every line of its table holds', async () => {
    const { status, stdout, stderr } = await start().ended();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Two hosts, alice \(10\.9\.0\.1\) and bob \(10\.9\.0\.2\): network/);
    expect(stdout).toMatch(
      /10\.9\.0\.1 > 10\.9\.0\.2: AH\(spi=0x00000200,seq=0x1,icv=0x[0-9a-f]{24}\): ESP\(spi=0x00000201,seq=0x1\)/,
    );
    expect(stdout).toMatch(/10\.9\.0\.2 > 10\.9\.0\.1: AH\(spi=0x00000300,.*\): ESP\(/);
    const table = stdout.slice(stdout.indexOf('What was seen\n')).split('\n').slice(1, 10);
    expect(table.map((line) => line.slice(0, 8))).toEqual(Array(9).fill('   yes  '));
    expect(stdout).toMatch(/\n\nAll of it held\.\n$/);
  });

  test('does without root and namespaces, in one process', async () => {
    const nobody = makeNobody();
    const { status, stdout, stderr } = await start(['--in-process'], nobody).ended();
    nobody.remove();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^No hosts in network namespaces: asked to do without\.\n/);
    expect(stdout).toMatch(/: AH\(spi=0x00000200,.*\): ESP\(spi=0x00000201,/);
    expect(stdout.match(/^ {3}yes {2}/gm)).toHaveLength(9);
  });

  test('leaves nothing behind when its reader goes away', async () => {
    const words = ['sh', '-c', '"$@" | head -n 1', 'sh'];
    const { stdout } = await start([], {
      project: PROJECT,
      words,
      remove: () => undefined,
    }).ended();
    expect(stdout).toMatch(/^Two hosts, .*\n$/);
  });

  test('holds for a user without rights, with whatever the machine gives', async () => {
    const nobody = makeNobody();
    chmodSync(temporary.path, 0o777);
    const { status, stdout, stderr } = await start([], nobody).ended();
    nobody.remove();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.match(/^ {3}yes {2}/gm)).toHaveLength(9);
  });

  test.each([['in namespaces'], ['in one process', '--in-process']])(
    'ends with status 1 at a broken file, naming its error: %s',
    async (_, ...words) => {
      const broken = config('flush;\nspdad 10.9.0.1;\n', 'flush;\n');
      const { status, stderr, stdout } = await start([...words, ...broken]).ended();
      expect(status).toBe(1);
      expect(stderr).toContain(`${broken[1]}:2:1: error: "spdad" is not a statement`);
      expect(stdout).not.toContain('All of it held');
    },
  );

  test('ends with status 1 at a file that is not there', async () => {
    const missing = join(files.path, 'missing.conf');
    const { status, stderr } = await start(['--config', missing, missing]).ended();
    expect(status).toBe(1);
    expect(stderr).toContain(missing);
  });

  test('ends with status 2 when one file is given', async () => {
    const { status, stderr } = await start(['--config', 'alice.conf']).ended();
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: "ipseal: --config takes two files: alice's and bob's\n",
    });
  });

  test.each([['in namespaces'], ['in one process', '--in-process']])(
    'ends with status 1 when nothing is protected: %s',
    async (_, ...words) => {
      const open = config('flush; spdflush;', 'flush; spdflush;');
      const { status, stdout } = await start([...words, ...open]).ended();
      expect(status).toBe(1);
      expect(stdout).toMatch(
        /^ {3}NO {3}under IPsec, every packet is AH or ESP +0 of \d+ packets$/m,
      );
      expect(stdout).toContain('There was no protected packet to attack with.');
      expect(stdout).toMatch(/\n\nNot all of it held\.\n$/);
    },
  );

  const moments: readonly (readonly [string, RegExp | number])[] = [
    ['while it starts', 80],
    ['before the hosts are up', 250],
    ['while the daemons start', 500],
    ['once the hosts are up', /Two hosts/],
    ['while they talk in the clear', /1\. In the clear/],
    ['while the policies are loaded', /2\. Both hosts load/],
    ['while they talk under IPsec', /3\. The same again/],
    ['while they are attacked', /4\. An attacker/],
  ];
  for (const whole of [true, false]) {
    test.each(moments)(
      `Ctrl-C ${whole ? 'at the terminal' : 'sent to it alone'}, %s, leaves nothing behind`,
      async (_, moment) => {
        const { command } = start();
        await (typeof moment === 'number' ? pause(moment) : command.until(moment, WAIT_MS));
        if (whole) command.kill('SIGINT');
        else process.kill(command.pid, 'SIGINT');
        const said = command.stdout;
        const { status, stdout } = (await demo?.ended()) ?? { status: null, stdout: '' };
        expect(status).toBe(130);
        // At most what was on its way is said after that.
        expect(stdout.slice(said.length).split('\n').length).toBeLessThan(6);
      },
    );
  }

  test('a second Ctrl-C does not cut the clearing up short', async () => {
    const { command } = start();
    await command.until(/2\. Both hosts load/, WAIT_MS);
    for (let times = 0; times < 3; times++) {
      command.kill('SIGINT');
      await pause(5);
    }
    expect((await demo?.ended())?.status).toBe(130);
  });

  test('Ctrl-C that a program of a host hears of before it ends it, too', async () => {
    // Its setkey waits until somebody writes to the file, which nobody will.
    const fifo = join(files.path, 'alice.conf');
    await succeed(null, ['mkfifo', fifo]);
    const { command } = start(['--config', fifo, fifo]);
    await command.until(/2\. Both hosts load/, WAIT_MS);
    let setkey: string | undefined;
    await waitUntil('setkey', () => {
      setkey = demo?.processes().find((pid) => wordsOf(pid).includes(join(PROJECT, 'bin/setkey')));
      return setkey !== undefined;
    });
    process.kill(Number(setkey), 'SIGINT');
    expect((await demo?.ended())?.status).toBe(130);
  });

  test('Ctrl-C in one process ends it, too', async () => {
    const { command } = start(['--in-process']);
    await command.until(/4\. An attacker/, WAIT_MS);
    command.kill('SIGINT');
    expect((await demo?.ended())?.status).toBe(130);
  });

  test('with --keep the hosts stay, and can be entered as it says, until Ctrl-C', async () => {
    const { command } = start(['--keep']);
    await command.until(/ {2}bob: nsenter .* sh\n/, WAIT_MS);
    for (const [name, address] of [
      ['alice', '10.9.0.1'],
      ['bob', '10.9.0.2'],
    ] as const) {
      const door = new RegExp(`^ {2}${name}: (nsenter .*) sh$`, 'm').exec(command.stdout)?.[1];
      const enter = (door ?? 'false').split(' ');
      expect((await run([...enter, 'ip', '-o', 'address'])).stdout).toContain(` ${address}/24 `);
      const dump = await run([
        ...enter,
        join(PROJECT, 'bin', 'setkey'),
        '--backend',
        'userspace',
        '-D',
      ]);
      expect(dump.stdout.match(/\t(ah|esp) mode=transport/g)).toHaveLength(4);
    }
    command.kill('SIGINT');
    expect((await demo?.ended())?.status).toBe(0);
  });
});
