/**
 * A control socket in a folder of its own, with an engine on a wire in memory behind it: `ipseald`
 * without devices.
 *
 * @module
 */
import { join } from 'node:path';
import { serveControl } from '../../src/apps/control/server.ts';
import { answerLine } from '../../src/apps/ipseald/answer.ts';
import type { Engine } from '../../src/dataplane/engine.ts';
import { makeTemporaryDirectory } from '../lab/cleanup.ts';
import { EnginePair } from './engine-pair.ts';

export interface TestDaemon {
  /** Of the control socket. */
  readonly path: string;
  readonly engine: Engine;
  /** Ends it. Again is harmless. */
  close(): void;
}

/** Starts it; `delay` is waited for before each answer. */
export async function startTestDaemon(
  delay: () => Promise<void> = async () => undefined,
): Promise<TestDaemon> {
  const folder = makeTemporaryDirectory();
  const path = join(folder.path, 'run', 'control.sock');
  const { engine } = new EnginePair().alice;
  const server = await serveControl(path, async (line) => {
    await delay();
    return answerLine(engine, line, Date.now());
  });
  return {
    path,
    engine,
    close: () => {
      server.close();
      folder.remove();
    },
  };
}
