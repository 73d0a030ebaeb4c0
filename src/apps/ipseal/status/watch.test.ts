import { describe, expect, test } from 'vitest';
import { Collected } from '../../../../test/support/streams.ts';
import type { SaStatus, StatusReport } from './report.ts';
import { type Screen, type Tick, watch } from './watch.ts';
import { reportLines } from './words.ts';

const SA: SaStatus = {
  source: '10.9.0.1',
  destination: '10.9.0.2',
  protocol: 'esp',
  spi: 0x201,
  mode: 'transport',
  reqid: 0,
  state: 'mature',
  sequenceNumber: 10,
  window: { packets: 64, highest: 10, missing: 2 },
  packets: 8,
  octets: 800,
  addedAt: '2026-11-21T16:00:00.000Z',
  usedAt: '2026-11-21T16:14:20.000Z',
  discards: {},
  perSecond: null,
};

function report(sad: readonly SaStatus[], parts: Partial<StatusReport> = {}): StatusReport {
  return {
    version: 1,
    at: '2026-11-21T16:14:23.000Z',
    backend: 'userspace',
    sas: sad.length,
    policies: 1,
    discards: {},
    seconds: null,
    perSecond: null,
    sad,
    ...parts,
  };
}

/** What is written of `reports`, one every two seconds. */
async function watched(
  reports: readonly StatusReport[],
  form: Screen | 'block' | 'json',
): Promise<string> {
  const stream = new Collected();
  const left = [...reports];
  const ticks = async function* (): AsyncGenerator<Tick> {
    for (const k of reports.keys()) yield 100 + 2 * k;
  };
  const next = async () => left.shift() ?? expect.unreachable();
  await watch(stream, () => form, next, ticks());
  return stream.text;
}

const LATER: SaStatus = {
  ...SA,
  packets: 1008,
  octets: 1_250_800,
  discards: { 'in-state-seq-error': 5 },
};
const BEFORE_AND_AFTER = [
  report([SA], { discards: { 'in-no-states': 7 } }),
  report([LATER], { discards: { 'in-no-states': 7, 'in-state-seq-error': 5 } }),
];

describe('with --json', () => {
  test('each report is a line, with rates from the second on', async () => {
    const lines = (await watched(BEFORE_AND_AFTER, 'json')).trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    const [first, second] = lines.map((line) => JSON.parse(line));
    expect(first).toMatchObject({ seconds: null, perSecond: null, sad: [{ perSecond: null }] });
    expect(second).toMatchObject({
      seconds: 2,
      perSecond: { packets: 500, octets: 625_000, discards: { 'in-state-seq-error': 2.5 } },
      sad: [
        {
          packets: 1008,
          perSecond: { packets: 500, octets: 625_000, discards: { 'in-state-seq-error': 2.5 } },
        },
      ],
    });
    expect(second.perSecond.discards).not.toHaveProperty('in-no-states');
  });

  test('an SA that is new under an old name has no rates, nor has one that was not there', async () => {
    const other = { ...SA, addedAt: '2026-11-21T16:14:22.000Z', packets: 1, octets: 10 };
    const lines = (await watched([report([SA]), report([other])], 'json')).trimEnd().split('\n');
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({
      perSecond: { packets: 0, octets: 0 },
      sad: [{ perSecond: null }],
    });
  });

  test('counters that began anew count from nothing', async () => {
    const discards = [{ 'in-no-states': 100 }, { 'in-no-states': 4 }];
    const reports = discards.map((counts) => report([], { discards: counts }));
    const lines = (await watched(reports, 'json')).trimEnd().split('\n');
    expect(JSON.parse(lines[1] ?? '').perSecond.discards).toEqual({ 'in-no-states': 2 });
  });
});

describe('without a terminal', () => {
  test('each report is a block of lines, with rates from the second on', async () => {
    expect(await watched(BEFORE_AND_AFTER, 'block')).toBe(`2026-11-21T16:14:23.000Z
userspace: 1 SA, 1 policy
  from      to        SA              state   packets  octets     used  sequence  missing
  10.9.0.1  10.9.0.2  esp 0x00000201  mature        8     800  3 s ago        10  2 of 10
packets discarded:
         7  in-no-states: no SA has this SPI, protocol and destination

2026-11-21T16:14:23.000Z
userspace: 1 SA, 1 policy, 500 packets/s, 5.0 Mbit/s
  from      to        SA              state   packets  octets     used  sequence  missing  packets/s        rate  discarded
  10.9.0.1  10.9.0.2  esp 0x00000201  mature     1008   1.3 M  3 s ago        10  2 of 10        500  5.0 Mbit/s  5 in-state-seq-error
packets discarded:
         7  in-no-states: no SA has this SPI, protocol and destination
         5  in-state-seq-error (3/s): the sequence number was seen before or is too old (replay)
`);
  });
});

describe('on a terminal', () => {
  const many = Array.from({ length: 50 }, (_, k) => ({ ...SA, spi: 0x300 + k, octets: k }));

  test('the next report is drawn over the last, within the screen', async () => {
    const text = await watched([report(many), report(many)], { rows: 12, columns: 60 });
    const [nothing, first, second] = text.split('\x1b[H');
    expect(nothing).toBe('');
    // The screen is empty at first, and whatever is left below is erased each time.
    expect(first?.startsWith('\x1b[J')).toBe(true);
    for (const frame of [first ?? '', second ?? '']) {
      const lines = frame.split('\n');
      expect(lines).toHaveLength(12);
      expect(lines.at(-1)).toBe('\x1b[J');
      for (const line of lines.slice(0, -1)) {
        expect(line.endsWith('\x1b[K')).toBe(true);
        expect(line.replace('\x1b[J', '').length).toBeLessThanOrEqual(60 + '\x1b[K'.length);
      }
    }
  });

  test('of many SAs it shows the busiest, says how many are left, and why packets were discarded', async () => {
    const discards = { 'in-no-states': 7 };
    const text = await watched([report(many, { discards })], { rows: 12, columns: 200 });
    expect(text).toContain('esp 0x00000331 ');
    expect(text).not.toContain('esp 0x00000300 ');
    expect(text).toMatch(/ {2}and 45 SAs more/);
    expect(text).toContain('7  in-no-states');
  });

  test('one that is very small shows what there is room for', async () => {
    const text = await watched([report(many)], { rows: 3, columns: 10 });
    expect(text.match(/\n/g)).toHaveLength(2);
  });
});

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1.0 k'],
  [99_949, '99.9 k'],
  [123_456, '123 k'],
  [999_499, '999 k'],
  [999_500, '1.0 M'],
  [7e15, '7.0 P'],
  [7e18, '7000 P'],
])('%d octets are written %s', (octets, written) => {
  expect(reportLines(report([{ ...SA, octets }]))[2]).toContain(` ${written}  3 s ago`);
});

test.each([
  ['16:14:23', '0 s ago'],
  ['16:14:24', '0 s ago'],
  ['16:12:24', '119 s ago'],
  ['16:12:23', '2 min ago'],
  ['14:14:23', '2 h ago'],
])('what was used at %s was used %s', (time, written) => {
  const usedAt = `2026-11-21T${time}.000Z`;
  expect(reportLines(report([{ ...SA, usedAt }]))[2]).toContain(`  ${written}  `);
});
