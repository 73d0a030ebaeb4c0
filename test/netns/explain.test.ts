/**
 * `ipseal explain` as it is built and shipped: the example of docs/explain.md goes as it is written
 * there, and what it says of a running ipseald is what the wire shows.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tcpdumpLines } from '../lab/capture.ts';
import type { CommandResult } from '../lab/command.ts';
import { run } from '../lab/command.ts';
import { LAB_PATH } from '../lab/programs.ts';
import { describeNetns } from '../lab/tier.ts';
import { GAZETTE } from '../support/examples.ts';
import { captureDuring, commandPath, type Hosts, makeHosts, PROJECT } from '../support/hosts.ts';
import { ping } from '../support/traffic.ts';
import { transcriptDifference, transcriptUnder } from '../support/transcript.ts';

describeNetns('ipseal explain', () => {
  let hosts: Hosts;

  beforeAll(async () => {
    hosts = await makeHosts();
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  /** What alice is told of her `ipseald`. */
  function explain(...words: readonly string[]): Promise<CommandResult> {
    const { namespace, control } = hosts.alice;
    const argv = [commandPath('ipseal'), 'explain', ...words];
    return namespace.run(argv, { env: { IPSEAL_CONTROL: control, IPSEAL_BACKEND: 'userspace' } });
  }

  test('the example of docs/explain.md goes as it is written', async () => {
    const page = readFileSync(join(PROJECT, 'docs', 'explain.md'), 'utf8');
    const steps = transcriptUnder('A worked example', page);
    if (steps === null) throw new Error('docs/explain.md has no example');
    const env = { PATH: `${join(PROJECT, 'bin')}:${LAB_PATH}:${process.env['PATH']}` };
    for (const step of steps) {
      const { stdout, stderr } = await run(['sh', '-c', step.command], { cwd: PROJECT, env });
      expect(transcriptDifference(step.output, stdout + stderr), step.command).toBeNull();
    }
  });

  test('what it says of ipseald, its link included, is what the wire shows', async () => {
    const words = ['10.9.0.1', '10.9.0.2', 'icmp', 'echo-request', '--length', '85', '--json'];
    const before = await explain(...words);
    expect(before.status).toBe(0);
    expect(JSON.parse(before.stdout)).toMatchObject({ outcome: 'clear', rules: 'userspace' });
    await hosts.alice.loadFile(GAZETTE.alice);
    expect((await explain(...words)).status).toBe(0);
    await hosts.bob.loadFile(GAZETTE.bob);
    const { there, role } = JSON.parse((await explain(...words)).stdout);
    expect(role).toBe('outbound');
    const { forms, room } = there.departure.wire;
    expect(room.linkMtu).toBe(1500);
    const pcap = await captureDuring(hosts.bob, async () => {
      await ping(hosts.alice.namespace, '10.9.0.2', { length: 57 });
      await ping(hosts.alice.namespace, '10.9.0.2', { length: room.mtu - 28 });
    });
    const lines = await tcpdumpLines(pcap, ['-tv', 'src 10.9.0.1 and proto 51']);
    const lengths = lines.flatMap((line) => /, length (\d+)\)$/.exec(line)?.[1] ?? []).map(Number);
    expect(new Set(lengths)).toEqual(new Set(forms.map(({ length }: WireForm) => length)));
  });

  test('a packet that would be dropped is status 3', async () => {
    await hosts.alice.load('flush;');
    const { status, stdout } = await explain('10.9.0.1', '10.9.0.2', 'tcp', '5901');
    expect(status).toBe(3);
    expect(stdout).toMatch(/^TCP .* is dropped on its way out: no SA serves the policy/);
  });
});

/** Of the JSON. */
interface WireForm {
  readonly length: number;
}
