import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startTestDaemon, type TestDaemon } from '../../../../test/support/control-server.ts';
import { addPolicy, addSa, espSa, layer, policy, protect } from '../../../../test/support/sas.ts';
import { keepWritten } from '../../../../test/support/written.ts';
import type { DiscardCounters } from '../../../ipsec/backend.ts';
import { type StatusOptions, status } from './status.ts';

let daemon: TestDaemon;

beforeEach(async () => {
  daemon = await startTestDaemon();
});

afterEach(() => {
  vi.restoreAllMocks();
  daemon.close();
});

/** What `ipseal status` prints of the daemon. */
async function printed(options: StatusOptions = {}): Promise<string> {
  const out = keepWritten(process.stdout);
  const end = await status({ backend: 'userspace', control: daemon.path, ...options });
  expect(end).toBe(0);
  return out.text;
}

function discarding(discards: DiscardCounters): void {
  vi.spyOn(daemon.engine, 'discards').mockReturnValue(discards);
}

describe('status()', () => {
  test('counts SAs and policies in words', async () => {
    daemon.engine.commit(
      [
        addSa(espSa()),
        addSa(espSa({ spi: 0x202 })),
        addPolicy(policy('outbound', protect(layer('esp')))),
        addPolicy(policy('inbound', protect(layer('esp')))),
        addPolicy(policy('forward', protect(layer('esp')))),
      ],
      0,
    );
    expect(await printed()).toBe(
      [
        'userspace: 2 SAs, 3 policies',
        '  from      to        SA              state   packets  octets   used  sequence  missing',
        '  10.9.0.1  10.9.0.2  esp 0x00000202  mature        0       0  never         0',
        '  10.9.0.1  10.9.0.2  esp 0x00000201  mature        0       0  never         0',
        'no packet was discarded',
        '',
      ].join('\n'),
    );
  });

  test('tells what each discard reason means, and leaves out those that never were', async () => {
    discarding({ 'in-no-states': 3, 'out-too-big': 12_345_678, 'in-pol-block': 0, 'in-new': 1 });
    expect(await printed()).toBe(
      [
        'userspace: 0 SAs, 0 policies',
        'packets discarded:',
        '         3  in-no-states: no SA has this SPI, protocol and destination',
        '  12345678  out-too-big: the protected packet exceeds the path MTU and must not be fragmented',
        '         1  in-new',
        '',
      ].join('\n'),
    );
  });

  test('says that nothing was discarded when all counters are 0', async () => {
    discarding({ 'in-no-states': 0 });
    expect(await printed()).toContain('no packet was discarded\n');
  });

  test('is one JSON object on one line with --json', async () => {
    discarding({ 'in-no-states': 3 });
    const text = await printed({ json: true });
    expect(text.indexOf('\n')).toBe(text.length - 1);
    expect(JSON.parse(text)).toEqual({
      version: 1,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      backend: 'userspace',
      sas: 0,
      policies: 0,
      discards: { 'in-no-states': 3 },
      seconds: null,
      perSecond: null,
      sad: [],
    });
  });

  test('holds every SA with --json, and no key', async () => {
    daemon.engine.commit([addSa(espSa())], 1000);
    const text = await printed({ json: true });
    expect(JSON.parse(text).sad).toEqual([
      {
        source: '10.9.0.1',
        destination: '10.9.0.2',
        protocol: 'esp',
        spi: 0x201,
        mode: 'transport',
        reqid: 0,
        state: 'mature',
        sequenceNumber: 0,
        window: { packets: 64, highest: 0, missing: 0 },
        packets: 0,
        octets: 0,
        addedAt: '1970-01-01T00:00:01.000Z',
        usedAt: null,
        discards: {},
        perSecond: null,
      },
    ]);
  });

  test.each(['0', '-1', 'often', '1e9'])('does not watch every %s seconds', async (watch) => {
    await expect(status({ backend: 'userspace', control: daemon.path, watch })).rejects.toThrow(
      `--watch is in seconds, 0.1 to 86400, not "${watch}"`,
    );
  });

  test('says how to start a daemon where none runs', async () => {
    daemon.close();
    await expect(status({ backend: 'userspace', control: daemon.path })).rejects.toThrow(
      `no ipseald is running (looked at ${daemon.path}): start one with "ipseald &"`,
    );
  });

  test('knows no other backend', async () => {
    await expect(status({ backend: 'magic' })).rejects.toThrow('there is no backend "magic"');
  });
});
