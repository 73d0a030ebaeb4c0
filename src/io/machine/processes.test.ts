import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { processesHere } from './processes.ts';

const isThere = (pid: number) => processesHere().some((process) => process.pid === pid);

test('this process is here, by the name of its program', () => {
  expect(processesHere()).toContainEqual({ pid: process.pid, name: 'node' });
});

test('one that has ended is not, though nobody has taken its status yet', async () => {
  // Whoever is in the place of the shell never waits for the shell's child.
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
    expect(isThere(pid)).toBe(true);
    const state = () => / ([A-Z]) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
    while (state() !== 'Z') await pause(10);
    expect(isThere(pid)).toBe(false);
  } finally {
    parent.kill('SIGKILL');
  }
});
