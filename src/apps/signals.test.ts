import { expect, test } from 'vitest';
import { Signals } from './signals.ts';

/** Has the process think that it was sent `signal`. */
function send(signal: NodeJS.Signals): void {
  process.emit(signal, signal);
}

test('what comes before anybody can reload is done then, and what comes meanwhile once more', async () => {
  const signals = new Signals();
  send('SIGHUP');
  send('SIGHUP');
  const begun: (() => void)[] = [];
  signals.onReload(() => new Promise((resolve) => begun.push(resolve)));
  expect(begun).toHaveLength(1);
  for (let k = 0; k < 3; k++) send('SIGHUP');
  expect(begun).toHaveLength(1);
  begun[0]?.();
  await expect.poll(() => begun.length).toBe(2);
  begun[1]?.();
  // Nothing is left to be done.
  await new Promise(setImmediate);
  expect(begun).toHaveLength(2);
  send('SIGHUP');
  expect(begun).toHaveLength(3);
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s asks to stop', async (signal) => {
  const { stop } = new Signals();
  send(signal);
  await stop;
});
