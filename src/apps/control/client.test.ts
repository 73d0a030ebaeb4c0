import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeTemporaryDirectory, type TemporaryDirectory } from '../../../test/lab/cleanup.ts';
import { backendContract } from '../../../test/support/backend-contract.ts';
import { startTestDaemon, type TestDaemon } from '../../../test/support/control-server.ts';
import { addSa, espSa } from '../../../test/support/sas.ts';
import { ChangeRefused, collect } from '../../ipsec/backend.ts';
import { ControlClient } from './client.ts';
import { type ControlServer, serveControl } from './server.ts';

const EMPTY = [{ kind: 'flush-sas', protocol: null }, { kind: 'flush-policies' }] as const;

describe('against one daemon', () => {
  let daemon: TestDaemon;

  beforeAll(async () => {
    daemon = await startTestDaemon();
  });

  afterAll(() => {
    daemon.close();
  });

  backendContract('ControlClient', () => ControlClient.connect(daemon.path));

  test('many requests of one client at once are answered each with its own', async () => {
    const client = await ControlClient.connect(daemon.path);
    const [before, , after, refused, capabilities, discards] = await Promise.all([
      client.sa(espSa()),
      client.commit([addSa(espSa())]),
      client.sa(espSa()),
      client.commit([addSa(espSa())]).catch((error: unknown) => error),
      client.capabilities(),
      client.discards(),
    ]);
    expect([before, after?.parameters.spi]).toEqual([null, espSa().spi]);
    expect(refused).toBeInstanceOf(ChangeRefused);
    expect(capabilities.backend).toBe('userspace');
    expect(discards).toEqual({});
    await client.commit(EMPTY);
    await client.close();
  });

  test('many clients at once see what all of them did', async () => {
    const spis = Array.from({ length: 20 }, (_, k) => 0x1000 + k);
    const clients = await Promise.all(spis.map(() => ControlClient.connect(daemon.path)));
    await Promise.all(
      clients.map((client, k) => client.commit([addSa(espSa({ spi: spis[k] ?? 0 }))])),
    );
    const seen = await Promise.all(clients.map((client) => collect(client.sas())));
    for (const records of seen) {
      expect(records.map(({ parameters }) => parameters.spi).toSorted()).toEqual(spis);
    }
    await clients[0]?.commit(EMPTY);
    await Promise.all(clients.map((client) => client.close()));
  });

  test('a client that was closed refuses to be used', async () => {
    const client = await ControlClient.connect(daemon.path);
    await client.discards();
    await client.close();
    await expect(client.discards()).rejects.toThrow(/^Cannot talk to ipseald: /);
    await expect(collect(client.sas())).rejects.toThrow(/^Cannot talk to ipseald: /);
  });

  test('closing a client fails the request that is under way, in words', async () => {
    const client = await ControlClient.connect(daemon.path);
    const asked = client.discards();
    await client.close();
    await expect(asked).rejects.toThrow(/^Cannot talk to ipseald: /);
  });
});

describe('against a daemon that', () => {
  let folder: TemporaryDirectory;
  let path: string;
  let server: ControlServer | undefined;

  beforeEach(() => {
    folder = makeTemporaryDirectory();
    path = join(folder.path, 'control.sock');
  });

  afterEach(() => {
    server?.close();
    server = undefined;
    folder.remove();
  });

  /** A client of a daemon that answers everything with `text`. */
  async function clientOf(text: string | Promise<string>): Promise<ControlClient> {
    server = await serveControl(path, async function* () {
      yield await text;
    });
    return ControlClient.connect(path);
  }

  test('is not there: connecting fails', async () => {
    await expect(ControlClient.connect(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('goes away before it answers: every request that waits fails', async () => {
    const client = await clientOf(new Promise(() => undefined));
    const asked = [collect(client.sas()), client.discards(), client.commit([])];
    const outcomes = Promise.allSettled(asked);
    await new Promise((resolve) => setTimeout(resolve, 20));
    server?.close();
    for (const outcome of await outcomes) {
      expect(outcome.status).toBe('rejected');
      expect(`${outcome.status === 'rejected' ? outcome.reason : ''}`).toMatch(
        /^Error: Cannot talk to ipseald: /,
      );
    }
    await expect(collect(client.sas())).rejects.toThrow(/^Cannot talk to ipseald: /);
  });

  test('talks nonsense: no word of it is quoted', async () => {
    const client = await clientOf('c0ffee');
    await expect(collect(client.sas())).rejects.toThrow(
      'Cannot understand ipseald: its answer is not JSON',
    );
  });

  test.each([
    ['{"ok":"yes"}', 'ok must be (true | false)'],
    ['{"ok":true}', 'result is missing'],
    ['{"ok":true,"result":"c0ffee"}', 'the message must be Array'],
    ['{"ok":true,"result":[{"key":"c0ffee"}]}', '0.parameters is missing'],
    ['{"ok":false,"refusal":"c0ffee","index":0,"message":""}', 'refusal must be ("exists" '],
  ])('answers in another way, %s: says where', async (answer, words) => {
    const client = await clientOf(answer);
    const failed: unknown = await collect(client.sas()).catch((reason: unknown) => reason);
    expect(`${failed}`).toContain('Error: Cannot understand ipseald: ');
    expect(`${failed}`).toContain(words);
    expect(`${failed}`).not.toContain('c0ffee');
  });

  test('refuses: the refusal has the index, the kind and the words of the daemon', async () => {
    const refusal = { refusal: 'exists', index: 7, message: 'there is one' } as const;
    const client = await clientOf(JSON.stringify({ ok: false, ...refusal }));
    const failed: unknown = await client.commit([]).catch((reason: unknown) => reason);
    expect(failed).toBeInstanceOf(ChangeRefused);
    expect(failed).toMatchObject(refusal);
  });
});
