/**
 * A control socket in a folder of its own, with an engine on a wire in memory behind it: `ipseald`
 * without devices.
 *
 * @module
 */
import { join } from 'node:path';
import { serveControl } from '../../src/apps/control/server.ts';
import { Requester } from '../../src/apps/ipseald/requester.ts';
import { Responder } from '../../src/apps/ipseald/responder.ts';
import { ENGINE_MEMORY_LENGTH, type Engine } from '../../src/dataplane/engine.ts';
import { opensslProvider } from '../../src/io/openssl/provider.ts';
import { PinnedMemory } from '../../src/io/pinned-memory.ts';
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
  // As in ipseald, and with the algorithms that node:crypto lacks.
  const crypto = () => opensslProvider(new PinnedMemory(ENGINE_MEMORY_LENGTH));
  const { engine } = new EnginePair({ crypto }).alice;
  const responder = new Responder(engine, (message) => requester.take(message));
  const requester = new Requester((message) => {
    // Never at once, as between threads.
    setImmediate(() => {
      responder.take(message, Date.now());
      responder.tellEvents();
    });
  });
  const server = await serveControl(path, async function* (line, gone) {
    await delay();
    yield* requester.answer(line, gone);
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
