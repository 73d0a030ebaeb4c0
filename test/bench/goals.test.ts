import { expect, test } from 'vitest';
import { BARE, judge, MAIN, RAW_TRANSPORT, WIREGUARD_GO } from './goals.mjs';

const FIGURES = {
  [BARE]: { tcp1: 40, roundTrip: 0.01 },
  [MAIN]: { tcp1: 8, udp64: 300, udp1400: 200, roundTrip: 0.11 },
  [RAW_TRANSPORT]: { tcp1: 6 },
  [WIREGUARD_GO]: { tcp1: 1, udp64: 100, udp1400: 100, roundTrip: 0.21 },
  'ssh -L': { tcp1: 9 },
};

test('a goal is met when the ratio is reached, exactly reached included', () => {
  expect(judgement('at least 8 times wireguard-go')).toMatchObject({
    measured: '8.00 times',
    met: true,
  });
  expect(judgement('UDP, 64 octets')).toMatchObject({ measured: '3.00 times', met: true });
});

test('a goal is missed when the ratio is not reached', () => {
  expect(judgement('ssh -L')).toMatchObject({ measured: '0.89 times', met: false });
  expect(judgement('UDP, 1,400 octets')).toMatchObject({ measured: '2.00 times', met: false });
});

test('a ratio that only rounds to its goal misses it', () => {
  const figures = { ...FIGURES, 'ssh -L': { tcp1: 8.01 } };
  expect(judgement('ssh -L', figures)).toMatchObject({ measured: '1.00 times', met: false });
});

test('raw transport mode has a goal of its own', () => {
  expect(judgement('raw transport')).toMatchObject({ measured: '6.00 times', met: true });
});

test('of round trips, what is added to those of the bare wire is compared', () => {
  expect(judgement('round trip')).toMatchObject({ measured: '0.100 ms, 0.200 ms', met: true });
  const slow = { ...FIGURES, [MAIN]: { roundTrip: 0.3 } };
  expect(judgement('round trip', slow)).toMatchObject({ met: false });
});

test('a goal for which something was not measured is neither met nor missed', () => {
  expect(judgement('OpenVPN')).toMatchObject({ measured: '-', met: null });
  const { [BARE]: _, ...rest } = FIGURES;
  expect(judgement('round trip', rest)).toMatchObject({ measured: '-', met: null });
  expect(judge({}).every(({ met }) => met === null)).toBe(true);
});

/** The one whose goal has `text` in it. */
function judgement(text: string, figures: Parameters<typeof judge>[0] = FIGURES): unknown {
  return judge(figures).find(({ goal }) => goal.includes(text));
}
