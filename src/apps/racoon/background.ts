/**
 * Racoon in the background: a process of its own, whose parent ends when it is known what became of it.
 *
 *   racoon ── starts ──► racoon --in-background
 *      ▲                     │ reads, listens
 *      └── "ready", or why not ┘
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';

/** The descriptor by which the child tells. */
const TELL_FD = 3;
const READY = 'ready\n';
/** The word by which the child knows that it is one. */
export const IN_BACKGROUND = '--in-background';

/** Starts racoon in the background with `words`. Resolves when it is ready; rejects with why it is not. */
export async function startInBackground(words: readonly string[]): Promise<void> {
  const script = process.argv[1];
  if (script === undefined) throw new Error('Bug: a command without a name');
  const child = spawn(process.execPath, [...process.execArgv, script, IN_BACKGROUND, ...words], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const voice = child.stdio[TELL_FD];
  if (voice === null || voice === undefined) throw new Error('Bug: a child without a voice');
  let said = '';
  await new Promise<void>((resolve, reject) => {
    voice.on('data', (octets: Buffer) => {
      said += octets.toString('utf8');
      if (said.endsWith(READY)) resolve();
    });
    voice.once('end', () => reject(new Error(said.trim() || 'it ended, as the log may say')));
    child.once('error', reject);
  });
  voice.destroy();
  child.unref();
}

/** Says in the child that it is ready. */
export function tellReady(): void {
  process.chdir('/');
  say(READY);
}

/** Says in the child why it will not be. */
export function tellFailure(message: string): void {
  say(message);
}

function say(text: string): void {
  try {
    writeSync(TELL_FD, text);
    closeSync(TELL_FD);
  } catch {
    // Nobody listens any more.
  }
}
