import { expect, test } from 'vitest';
import { parseXfrmStat } from './discards.ts';

test('parseXfrmStat() gives what occurred, under our names', () => {
  const text = [
    'XfrmInError             \t0',
    'XfrmInNoStates          \t3',
    'XfrmInStateSeqError     \t12',
    'XfrmOutBundleGenError   \t1',
    'XfrmFwdHdrError         \t0',
    '',
  ].join('\n');
  expect(parseXfrmStat(text)).toEqual({
    'in-no-states': 3,
    'in-state-seq-error': 12,
    'out-bundle-gen-error': 1,
  });
});
