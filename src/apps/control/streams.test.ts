import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startTestDaemon, type TestDaemon } from '../../../test/support/control-server.ts';
import { addSa, espSa } from '../../../test/support/sas.ts';
import { collect, type SaRecord } from '../../ipsec/backend.ts';
import type { BackendEvent } from '../../ipsec/events.ts';
import { ControlClient } from './client.ts';
import { readLines } from './lines.ts';
import { LONGEST_LINE } from './protocol.ts';

const MANY = 10_000;
/** What a reader that does not read may have on its way: socket buffers and a part or two. */
const MOST_UNREAD = 2000;

let daemon: TestDaemon;

beforeEach(async () => {
  daemon = await startTestDaemon();
});

afterEach(() => {
  vi.restoreAllMocks();
  daemon.close();
});

/** Somebody who asks for `op` and reads nothing until told to. */
async function silentReader(op: string): Promise<Socket> {
  const socket = connect(daemon.path);
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  socket.pause();
  socket.write(`${JSON.stringify({ op })}\n`);
  return socket;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until `count` is the same for a while, and more than nothing. */
async function settled(count: () => number): Promise<number> {
  for (let before = -1; before !== count() || before === 0; await pause(50)) before = count();
  return count();
}

describe(`a dump of ${MANY} SAs`, () => {
  /** Records that the daemon has made for dumps. */
  let made: number;

  beforeEach(() => {
    made = 0;
    const { engine } = daemon;
    engine.commit(
      Array.from({ length: MANY }, (_, k) => addSa(espSa({ spi: 0x10000 + k }))),
      0,
    );
    const original = engine.sas.bind(engine);
    vi.spyOn(engine, 'sas').mockImplementation(function* (now) {
      for (const record of original(now)) {
        made += 1;
        yield record;
      }
    });
  });

  test('is made as it is read, while others are answered', async () => {
    const reader = await silentReader('sas');
    expect(await settled(() => made)).toBeLessThan(MOST_UNREAD);
    const client = await ControlClient.connect(daemon.path);
    expect((await client.sa(espSa({ spi: 0x10000 })))?.parameters.spi).toBe(0x10000);
    await client.commit([{ kind: 'flush-sas', protocol: null }]);
    expect(await collect(client.sas())).toEqual([]);
    expect(made).toBeLessThan(MOST_UNREAD);
    // The reader still gets what there was when it asked.
    const spis: number[] = [];
    for await (const line of readLines(reader, LONGEST_LINE)) {
      const { result, more } = JSON.parse(line) as { result: SaRecord[]; more?: true };
      spis.push(...result.map(({ parameters }) => parameters.spi));
      if (more === undefined) break;
    }
    expect(spis).toEqual(Array.from({ length: MANY }, (_, k) => 0x10000 + MANY - 1 - k));
    await client.close();
  });

  test('is made no further when its reader goes away', async () => {
    const reader = await silentReader('sas');
    await settled(() => made);
    reader.destroy();
    const then = await settled(() => made);
    expect(then).toBeLessThan(MOST_UNREAD);
    const client = await ControlClient.connect(daemon.path);
    for await (const record of client.sas()) {
      expect(record.parameters.spi).toBe(0x10000 + MANY - 1);
      break;
    }
    expect(await settled(() => made)).toBeLessThan(then + MOST_UNREAD);
    await client.close();
  });
});

describe('events', () => {
  test('that a reader is too slow for are lost, which it is told, and others lose none', async () => {
    const slow = await silentReader('events');
    const client = await ControlClient.connect(daemon.path);
    const events = await client.events();
    const told: BackendEvent['kind'][] = [];
    const listening = (async () => {
      for await (const { kind } of events) if (told.push(kind) === 20_000) break;
    })();
    for (let round = 0; round < 40; round++) {
      const changes = Array.from({ length: 500 }, (_, k) =>
        addSa(espSa({ spi: 0x10000 + round * 500 + k })),
      );
      await client.commit(changes);
    }
    await listening;
    expect(new Set(told)).toEqual(new Set(['sa-added']));
    let text = '';
    for await (const chunk of slow) {
      text += String(chunk);
      if (text.includes('overrun')) break;
    }
    expect(text.split('\n').length).toBeLessThan(20_000);
    await client.close();
  });

  test('are watched for only while somebody listens', async () => {
    const watch = vi.spyOn(daemon.engine, 'watch');
    const client = await ControlClient.connect(daemon.path);
    const streams = [await client.events(), await client.events()];
    expect(watch.mock.calls).toEqual([[expect.any(Function)]]);
    for (const stream of streams) stream.close();
    await vi.waitFor(() => expect(watch).toHaveBeenLastCalledWith(null));
    expect(watch).toHaveBeenCalledTimes(2);
    await client.close();
  });

  test('end with the client, and fail when the daemon goes away', async () => {
    const client = await ControlClient.connect(daemon.path);
    const events = collect(await client.events());
    const failed = expect(events).rejects.toThrow(/^Cannot talk to ipseald: /);
    daemon.close();
    await failed;
    await expect(client.events()).rejects.toThrow(/^Cannot talk to ipseald: /);
    await client.close();
  });
});
