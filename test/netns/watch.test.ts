/**
 * `ipseal watch` as it is built and shipped: the example of docs/watch.md goes as it is written
 * there, and live captures show what passes.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHex } from '../../src/octets/hex.ts';
import { makeTemporaryDirectory } from '../lab/cleanup.ts';
import { type Command, run, succeed } from '../lab/command.ts';
import { joinByVeth, makeNamespace, type Namespace } from '../lab/namespace.ts';
import { LAB_PATH } from '../lab/programs.ts';
import { describeNetns } from '../lab/tier.ts';
import { PROJECT } from '../support/hosts.ts';
import { esp, ethernet, ipv4, vlan } from '../support/sample-packets.ts';
import { transcriptDifference, transcriptUnder } from '../support/transcript.ts';

const IPSEAL = join(PROJECT, 'bin', 'ipseal');
/** The next echo is asked for when the one before it has been answered. */
const PING = ['ping', '-A', '-c', '3', '-s', '16', '10.9.0.2'];

describeNetns('ipseal watch', () => {
  let alice: Namespace;
  let bob: Namespace;

  beforeAll(async () => {
    if (!existsSync(join(PROJECT, 'dist', 'apps', 'ipseal', 'main.js'))) {
      throw new Error('Cannot run ipseal: it is not built, which "make build" does');
    }
    [alice, bob] = [await makeNamespace('alice'), await makeNamespace('bob')];
    await joinByVeth(alice, bob, { a: '10.9.0.1/24', b: '10.9.0.2/24' });
  });

  afterAll(async () => {
    await alice?.dispose();
    await bob?.dispose();
  });

  /** A capture that listens. */
  async function watching(host: Namespace, ...words: readonly string[]): Promise<Command> {
    const command = host.spawn([IPSEAL, 'watch', ...words]);
    await command.until(/listening on/);
    return command;
  }

  test('the example of docs/watch.md goes as it is written', async () => {
    const page = readFileSync(join(PROJECT, 'docs', 'watch.md'), 'utf8');
    const steps = transcriptUnder('A worked example', page);
    if (steps === null) throw new Error('docs/watch.md has no example');
    const env = { PATH: `${join(PROJECT, 'bin')}:${LAB_PATH}:${process.env['PATH']}` };
    for (const step of steps) {
      const { stdout, stderr } = await run(['sh', '-c', step.command], { cwd: PROJECT, env });
      expect(transcriptDifference(step.output, stdout + stderr), step.command).toBeNull();
    }
  });

  test('packets of an interface are shown as they pass, and counted at the end', async () => {
    const capture = await watching(bob, '-t', '-i', 'wire0', '-c', '6', 'icmp');
    await succeed(alice, PING);
    const { status, stdout, stderr } = await capture.ended;
    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual(
      [1, 2, 3].flatMap((sequence) => [
        expect.stringMatching(
          `^IP 10.9.0.1 > 10.9.0.2: ICMP echo request, id \\d+, seq ${sequence}, length 24$`,
        ),
        expect.stringMatching(
          `^IP 10.9.0.2 > 10.9.0.1: ICMP echo reply, id \\d+, seq ${sequence}, length 24$`,
        ),
      ]),
    );
    expect(stderr).toMatch(/^6 packets captured$/m);
    expect(stderr).toMatch(/^\d+ packets received by filter$/m);
    expect(stderr).toMatch(/^0 packets dropped by kernel$/m);
  });

  test('with -Q out and a filter of libpcap only what leaves is shown', async () => {
    const filter = 'icmp[icmptype] == icmp-echoreply';
    const capture = await watching(bob, '-t', '-i', 'wire0', '-Q', 'out', '-c', '3', filter);
    await succeed(alice, PING);
    const { stdout } = await capture.ended;
    expect(stdout.match(/^IP 10\.9\.0\.2 > 10\.9\.0\.1: ICMP echo reply/gm)?.length).toBe(3);
  });

  test('packets of all interfaces are shown with the names of these', async () => {
    const capture = await watching(bob, '-t', '-i', 'any', '-c', '1', 'host 10.9.0.2 and icmp');
    await succeed(alice, PING);
    expect((await capture.ended).stdout).toMatch(/^wire0 In {2}IP 10\.9\.0\.1 > 10\.9\.0\.2: ICMP/);
  });

  test('a tag that the kernel has taken off a frame is shown', async () => {
    const capture = await watching(bob, '-te', '-i', 'wire0', '-c', '1', 'esp');
    const frame = ethernet(0x8100, vlan(0x6005, 0x0800, ipv4(50, esp(8))));
    const script =
      'import socket, sys; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW);' +
      ' s.bind(("wire0", 0)); s.send(bytes.fromhex(sys.argv[1]))';
    await succeed(alice, ['python3', '-c', script, toHex(frame)]);
    expect((await capture.ended).stdout).toBe(
      '02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype 802.1Q (0x8100), length 54: vlan 5, p 3, ' +
        'ethertype IPv4 (0x0800), 10.9.0.1 > 10.9.0.2: ESP(spi=0x00000201,seq=0x1), length 16\n',
    );
  });

  test('what is written is what tcpdump reads, and an interrupt ends it well', async () => {
    const file = join(makeTemporaryDirectory().path, 'a.pcapng');
    const capture = await watching(alice, '-U', '-i', 'wire0', '-w', file, 'icmp');
    await succeed(alice, PING);
    const told = (await succeed(null, ['sh', '-c', untilLines(file, 6)])).trimEnd();
    const { status, stderr } = await capture.stop('SIGINT');
    expect(status).toBe(0);
    expect(stderr).toMatch(/^6 packets captured$/m);
    expect(told.split('\n').length).toBe(6);
    const { stdout } = await run([IPSEAL, 'watch', '-nr', file]);
    expect(stdout.trimEnd()).toBe(told);
  });

  test('an interface that is not there is named, with those that are', async () => {
    const { status, stderr } = await alice.run([IPSEAL, 'watch', '-i', 'wire1']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/there is no interface wire1; there are lo, wire0.*, any/);
  });

  test('a file that breaks off is printed as far as it goes', async () => {
    const whole = readFileSync(join(PROJECT, 'examples', 'gazette', 'wire.pcapng'));
    const file = join(makeTemporaryDirectory().path, 'cut.pcapng');
    writeFileSync(file, whole.subarray(0, whole.length - 1));
    const { status, stdout, stderr } = await run([IPSEAL, 'watch', '-r', file]);
    expect(status).toBe(1);
    expect(stdout.trimEnd().split('\n').length).toBe(7);
    expect(stderr).toMatch(/Cannot read on in .*cut\.pcapng after 7 packets: .* within a record/);
  });

  test('a pipe is read and written whole, however slow the reader', async () => {
    const words = `${IPSEAL} watch -r - -w -`;
    const many = 'for k in $(seq 400); do cat b; done';
    const script = `tail -c +25 a > b; (cat a; ${many}) | ${words} | (sleep 0.5; tcpdump -nr - 2>/dev/null | wc -l)`;
    const folder = makeTemporaryDirectory().path;
    const example = join(PROJECT, 'examples', 'gazette', 'wire.pcapng');
    await succeed(null, ['sh', '-c', `${IPSEAL} watch -r ${example} -w ${join(folder, 'a')}`]);
    const { stdout } = await run(['sh', '-c', script], { cwd: folder });
    expect(Number(stdout)).toBe(8 * 401);
  });

  test('an interrupt ends the wait for a pipe that nobody writes to', async () => {
    const fifo = join(makeTemporaryDirectory().path, 'fifo');
    await succeed(null, ['mkfifo', fifo]);
    const whole = join(PROJECT, 'examples', 'gazette', 'wire.pcapng');
    const script = `(cat ${whole}; exec sleep 60) > ${fifo} & exec ${IPSEAL} watch -r - < ${fifo}`;
    const reader = alice.spawn(['sh', '-c', script]);
    await reader.until(/esp/);
    expect((await reader.stop('SIGINT')).status).toBe(0);
  });

  test('a reader that goes away ends it quietly', async () => {
    const file = 'examples/gazette/wire.pcapng';
    const script = `cat ${file} | ${IPSEAL} watch -r - | head -1`;
    const { status, stderr } = await run(['sh', '-c', script], { cwd: PROJECT });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

/** Waits until tcpdump reads `count` packets in `file`, and prints them. */
function untilLines(file: string, count: number): string {
  return (
    `while :; do tcpdump -nr ${file} >${file}.txt 2>/dev/null;` +
    ` [ "$(wc -l <${file}.txt)" -ge ${count} ] && exec cat ${file}.txt; done`
  );
}
