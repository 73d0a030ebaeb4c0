/**
 * `setkey -x` on tables in memory; what the original printed of the same events is in `../shared`.
 */
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { startTestDaemon } from '../../../test/support/control-server.ts';
import { sharedPath } from '../../../test/support/examples.ts';
import { ALICE, BOB } from '../../../test/support/packets.ts';
import { addSa, espSa, layer, policy, protect, selector } from '../../../test/support/sas.ts';
import { readSetkey } from '../../config/index.ts';
import type { Capabilities, SaRecord } from '../../ipsec/backend.ts';
import { type BackendEvent, type EventStream, OVERRUN, withoutKeys } from '../../ipsec/events.ts';
import { MemoryBackend } from '../../ipsec/memory-backend.ts';
import type { SaParameters } from '../../ipsec/sa-parameters.ts';
import { ControlClient } from '../control/client.ts';
import { monitor } from './monitor.ts';
import type { MonitorForm } from './monitor-lines.ts';
import { parseCommand } from './options.ts';
import { carryOut, type Output, readFiles } from './run.ts';

const CAPTURE = sharedPath('reference', 'captured', 'setkey', 'orig-0.8-monitor-x.txt');
const ADDED_AT = 1_795_277_758_000;
const TIME = /^\d\d:\d\d:\d\d\.\d{6} \n/m;
const DAY: MonitorForm = { time: 'day', hexDump: false };

/** What the capture was made with, but for its keys. Tables in memory have no tunnels. */
const CAPTURED = `
add 192.0.2.1 192.0.2.2 esp 0x301 -m tunnel -ls 1 -lh 2
  -E aes-cbc 0x6b1d4a0c7f2e85931c4b6fa0d2e38795
  -A hmac-sha1 0x6b1d4a0c7f2e85931c4b6fa0d2e3879500112233;
spdadd 10.0.0.0/8 10.1.0.0/16 any -P out ipsec esp/tunnel/10.0.0.1-10.0.0.2/unique:5;
spdadd 10.0.0.0/8 10.2.0.0/16 any -P in none;
`;

const SESSION = `
add 192.0.2.1 192.0.2.2 esp 0x301
  -E aes-cbc 0x6b1d4a0c7f2e85931c4b6fa0d2e38795
  -A hmac-sha1 0x6b1d4a0c7f2e85931c4b6fa0d2e3879500112233;
spdadd 192.0.2.1 192.0.2.2 any -P in none;
spdflush;
flush;
`;

/** A run of `setkey -x` that ends when its backend is closed. */
class Watch {
  readonly backend = new MemoryBackend(() => ADDED_AT);
  printed = '';
  reported = '';
  readonly output: Output = {
    print: async (pieces) => {
      for await (const piece of pieces) this.printed += piece;
    },
    report: (text) => {
      this.reported += text;
    },
  };

  /** All that is printed of what the statements of `text` do. */
  async see(text: string, form: MonitorForm | 'json' = DAY): Promise<string> {
    const done = monitor(this.backend, form, this.output);
    // It listens before it asks for anything else.
    await new Promise(setImmediate);
    const command = parseCommand(['--keep-going', '-c']);
    const silent: Output = { print: async () => undefined, report: () => undefined };
    const steps = await readFiles([{ name: 'a', text }], command, silent);
    await carryOut(steps ?? [], this.backend, command, silent);
    await this.backend.close();
    expect(await done).toBe(0);
    return this.printed;
  }

  /** All that is printed of `events`. */
  async tell(events: readonly BackendEvent[], form: MonitorForm | 'json' = DAY): Promise<string> {
    const stream: EventStream = {
      close: () => undefined,
      async *[Symbol.asyncIterator]() {
        yield* events;
      },
    };
    this.backend.events = async () => stream;
    await monitor(this.backend, form, this.output);
    return this.printed;
  }
}

let watch: Watch;

beforeEach(() => {
  watch = new Watch();
});

function messagesOf(text: string): readonly string[] {
  return text.split(TIME).filter((block) => block !== '');
}

/** Who asked, and what the kernel numbered. */
function masked(message: string): string {
  return message.replace(/ pid=\d+/, ' pid=…').replace(/ id=[\da-f]+/, ' id=…');
}

describe('setkey -x', () => {
  test.runIf(CAPTURE !== null)('prints what the original printed of the same events', async () => {
    const captured = messagesOf(readFileSync(CAPTURE ?? '', 'utf8'));
    // Of each change: what was asked, and the kernel's word of it, twice.
    const told = [3, 6, 9, 12, 14, 20, 21].map((place) => captured[place] ?? '');
    const printed = messagesOf(await watch.tell(capturedEvents()));
    expect(printed.map(masked)).toEqual(told.map(masked));
  });

  test('prints no key', async () => {
    const text = await watch.see(SESSION);
    expect(text.match(/^ {2}key=.*$/gm)).toEqual([
      '  key= 00000000 00000000 00000000 00000000 00000000 }',
      '  key= 00000000 00000000 00000000 00000000 }',
    ]);
  });

  test('prints seconds since the epoch, and octets, where they are asked for', async () => {
    const text = await watch.see('spdadd 192.0.2.1 192.0.2.2 any -P out none; spdflush;', {
      time: 'epoch',
      hexDump: true,
    });
    expect(text).toMatch(/^\d{10}\.\d{6} \n00000000: 02 0e 00 00 (..) 00 (..) 00 /);
    expect(text).toMatch(/^00000000: 02 13 00 00 (..) 00 (..) 00 (00 ){8}\nsadb_msg\{/m);
  });

  test('tells on standard error that events are missing', async () => {
    const flushed: BackendEvent = { kind: 'policies-flushed' };
    expect(messagesOf(await watch.tell([OVERRUN, flushed]))).toHaveLength(1);
    expect(watch.reported).toMatch(/^setkey: .* events are missing here\n$/);
  });

  test('proposes in an acquire what the backend has', async () => {
    const capabilities: Capabilities = {
      ...(await watch.backend.capabilities()),
      ciphers: ['aes-cbc'],
      integrity: ['hmac-sha1', 'hmac-sha256'],
    };
    watch.backend.capabilities = async () => capabilities;
    const text = await watch.tell([acquire()]);
    expect(text).toContain('sadb_msg{ version=2 type=6 errno=0 satype=3\n');
    expect(text.match(/auth=\d+ encrypt=\d+/g)).toEqual(['auth=3 encrypt=12', 'auth=5 encrypt=12']);
  });
});

test('setkey -x watches a running ipseald, too', async () => {
  const daemon = await startTestDaemon();
  const watching = vi.spyOn(daemon.engine, 'watch');
  const client = await ControlClient.connect(daemon.path);
  const done = monitor(client, DAY, watch.output);
  await vi.waitFor(() => expect(watching).toHaveBeenCalled());
  const other = await ControlClient.connect(daemon.path);
  await other.commit([addSa(espSa()), { kind: 'delete-sa', id: espSa() }]);
  await vi.waitFor(() => expect(messagesOf(watch.printed)).toHaveLength(2));
  const [added, deleted] = messagesOf(watch.printed);
  expect(added).toMatch(/^sadb_msg\{ version=2 type=3 (?:.|\n)*spi=513 replay=32 state=1\n/);
  expect(deleted).toMatch(/^sadb_msg\{ version=2 type=4 (?:.|\n)*spi=513 replay=32 state=3\n/);
  expect(watch.printed.match(/^ {2}key=.*$/gm)?.join()).toMatch(/^[ key=0},]*$/);
  await client.close();
  await done.catch(() => undefined);
  await other.close();
  daemon.close();
});

describe('setkey -x --json', () => {
  test('prints an object a line, without keys', async () => {
    const lines = (await watch.see(SESSION, 'json')).trimEnd().split('\n');
    const objects = lines.map((line) => JSON.parse(line));
    expect(objects.map(({ version, type, event }) => [version, type, event])).toEqual(
      ['sa-added', 'policy-added', 'policy-added', 'policies-flushed', 'sas-flushed'].map(
        (event) => [1, 'event', event],
      ),
    );
    expect(objects[0]).toMatchObject({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      sa: { type: 'sa', spi: 0x301, encryption: { algorithm: 'aes-cbc', keyBits: 128 } },
    });
    expect(objects[1]).toMatchObject({ policy: { type: 'policy', direction: 'inbound' } });
    expect(objects[4]).toMatchObject({ protocol: null });
    expect(lines.join()).not.toContain('"key"');
  });

  test('prints ends of lifetimes, acquires and overruns', async () => {
    const expired: BackendEvent = { kind: 'sa-expired', limit: 'soft', ...saRecord(espSa()) };
    const text = await watch.tell([expired, acquire(), OVERRUN], 'json');
    const [first, second, third] = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ event: 'sa-expired', limit: 'soft', sa: { spi: 0x201 } });
    expect(second).toMatchObject({
      event: 'acquire',
      source: '10.9.0.1',
      destination: '10.9.0.2',
      template: { protocol: 'esp', mode: 'transport', level: 'require', reqid: 9 },
      selector: { localAddress: '10.9.0.1/32', nextLayerProtocol: 'any' },
      policyIndex: expect.any(Number),
    });
    expect(third).toMatchObject({ type: 'event', event: 'overrun' });
  });
});

/** What a kernel tells of the statements of the capture, and of the ends of the SA. */
function capturedEvents(): BackendEvent[] {
  const events: BackendEvent[] = [];
  for (const step of readSetkey({ name: 'a', text: CAPTURED }).steps) {
    for (const change of step.kind === 'change' ? step.changes : []) {
      if (change.kind === 'add-sa') events.push({ kind: 'sa-added', ...saRecord(change.sa) });
      if (change.kind !== 'add-policy') continue;
      const times = { addedAt: ADDED_AT, usedAt: null };
      events.push({ kind: 'policy-added', policy: change.policy, index: 9, ...times });
    }
  }
  const [added] = events;
  const { parameters } = added?.kind === 'sa-added' ? added : expect.unreachable();
  // Linux does not tell the algorithms of an SA that has expired.
  const bare = saRecord({ ...parameters, encryption: null, integrity: null });
  return [
    ...events,
    { kind: 'policies-flushed' },
    { kind: 'sa-expired', limit: 'soft', ...bare },
    { kind: 'sa-expired', limit: 'hard', ...bare },
  ];
}

function saRecord(parameters: SaParameters): SaRecord {
  return withoutKeys({
    parameters,
    state: 'mature',
    sequenceNumber: 0,
    addedAt: ADDED_AT,
    usedAt: null,
    octets: 0,
    packets: 0,
    window: null,
    discards: {},
  });
}

/** A packet from Alice to Bob that wants ESP. */
function acquire(): BackendEvent {
  const template = layer('esp', 'require', 9);
  return {
    kind: 'acquire',
    source: ALICE,
    destination: BOB,
    template,
    selector: selector(ALICE, BOB),
    policy: policy('outbound', protect(template)),
    index: 9,
  };
}
