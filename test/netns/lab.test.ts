/**
 * The lab's own namespaces, wires and captures.
 *
 *     left  wire0 10.9.0.1, fd09::1 ──── wire0 10.9.0.2, fd09::2  right
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCapture, tcpdumpLines } from '../lab/capture.ts';
import { succeed } from '../lab/command.ts';
import { joinByVeth, makeNamespace, type Namespace, namespaces } from '../lab/namespace.ts';
import { runScapy } from '../lab/scapy.ts';
import { describeNetns } from '../lab/tier.ts';
import { waitUntil } from '../support/hosts.ts';

describeNetns('lab', () => {
  let left: Namespace;
  let right: Namespace;

  beforeAll(async () => {
    left = await makeNamespace('left');
    right = await makeNamespace('right');
    await joinByVeth(left, right, {
      a: ['10.9.0.1/24', 'fd09::1/64'],
      b: ['10.9.0.2/24', 'fd09::2/64'],
    });
  });

  afterAll(async () => {
    await left.dispose();
    await right.dispose();
  });

  test('namespaces on one wire reach each other at once, over IPv4 and IPv6', async () => {
    await succeed(left, ['ping', '-c', '1', '-W', '10', '10.9.0.2']);
    await succeed(right, ['ping', '-c', '1', '-W', '10', 'fd09::1']);
  });

  test('a capture holds every packet, from the first to the last', async () => {
    const capture = await startCapture(right, 'wire0', { filter: 'icmp' });
    await succeed(left, ['ping', '-c', '2', '-i', '1', '10.9.0.2']);
    const lines = await tcpdumpLines(await capture.stop(), ['-t']);
    expect(lines.map((line) => line.replace(/, id.*/, ''))).toEqual([
      'IP 10.9.0.1 > 10.9.0.2: ICMP echo request',
      'IP 10.9.0.2 > 10.9.0.1: ICMP echo reply',
      'IP 10.9.0.1 > 10.9.0.2: ICMP echo request',
      'IP 10.9.0.2 > 10.9.0.1: ICMP echo reply',
    ]);
  });

  test('a scapy script takes values and returns values', async () => {
    const script = `
answer = sr1(IP(dst=input['to']) / ICMP() / b'lab', timeout=5)
output = {'from': answer.src, 'payload': bytes(answer[Raw])[:3]}`;
    const output = await runScapy(left, script, { to: '10.9.0.2' });
    expect(output).toEqual({ from: '10.9.0.2', payload: '6c6162' });
  });

  test('a scapy script that fails shows its traceback', async () => {
    await expect(runScapy(null, 'output = 1 / 0')).rejects.toThrow('ZeroDivisionError');
  });

  test('a command is killed with its children when its time is up', async () => {
    const slow = left.run(['sh', '-c', 'sleep 98765 & wait'], { timeoutMs: 100 });
    await expect(slow).rejects.toThrow('no end in 100 ms');
    const pids = () => succeed(null, ['ip', 'netns', 'pids', left.name]);
    await waitUntil('their end', async () => (await pids()) === '');
  });

  test('a command tells its status and both streams apart', async () => {
    const script = 'read word; echo "$word"; echo two >&2; exit 3';
    const result = await left.run(['sh', '-c', script], { input: 'one\n' });
    expect(result).toEqual({ status: 3, stdout: 'one\n', stderr: 'two\n' });
  });

  test('a program that is not there is an error', async () => {
    await expect(succeed(null, ['no-such-program'])).rejects.toThrow('Cannot run no-such-program');
  });

  test('a disposed namespace leaves neither processes nor its name', async () => {
    const doomed = await makeNamespace('doomed');
    await doomed.addTap('tap0', '10.9.7.1/24');
    const started = doomed.spawn(['sh', '-c', 'setsid sleep 98765 & echo started; wait']);
    await started.until(/started/);
    const pids = await succeed(null, ['ip', 'netns', 'pids', doomed.name]);
    await doomed.dispose();
    await doomed.dispose();
    expect(namespaces()).not.toContain(doomed.name);
    const living = pids.split('\n').filter((pid) => pid !== '' && existsSync(`/proc/${pid}/exe`));
    expect(living).toEqual([]);
  });

  test('the namespaces of a process that is no more are swept away', async () => {
    const { sweepStaleNamespaces } = await import('../lab/namespace.ts');
    const gone = (await succeed(null, ['sh', '-c', 'echo $$'])).trim();
    await succeed(null, ['ip', 'netns', 'add', `ipseal-${gone}-1-stale`]);
    sweepStaleNamespaces();
    expect(namespaces().filter((name) => name.endsWith('-stale'))).toEqual([]);
    expect(namespaces()).toContain(left.name);
  });
});
