import { expect, test } from 'vitest';
import { addPolicy, addSa, espSa, policy } from '../../test/support/sas.ts';
import { type SaRecord, UNUSED } from './record.ts';
import { progressOf, resuming } from './resumption.ts';
import type { SaParameters } from './sa-parameters.ts';

function record(parameters: SaParameters, counted: Partial<SaRecord>): SaRecord {
  return { ...UNUSED, parameters, state: 'mature', addedAt: 0, ...counted };
}

const OUT = espSa({ spi: 0x201 });
const IN = espSa({ spi: 0x301 });
const IDLE = espSa({ spi: 0x401 });
const RECORDS = [
  record(OUT, { sequenceNumber: 7, window: { highest: 0, missing: 0 } }),
  record(IN, { sequenceNumber: 9, window: { highest: 9, missing: 2 } }),
  record(IDLE, {}),
];
const PROGRESS = progressOf(RECORDS, { sas: [OUT, IN, IDLE] });
const told = () => PROGRESS.map(({ spi, sent, received }) => ({ spi, sent, received }));

test('what was sent goes on further, since packets may go meanwhile, and what was received as it is', () => {
  expect(told()).toEqual([
    { spi: 0x201, sent: 7 + 2 ** 20, received: 0 },
    { spi: 0x301, sent: 0, received: 9 },
  ]);
});

test('no number is past the last', () => {
  const nearly = (extendedSequenceNumbers: boolean) =>
    progressOf([record({ ...OUT, extendedSequenceNumbers }, { sequenceNumber: 2 ** 32 - 5 })], {
      sas: [OUT],
    });
  expect(nearly(false)).toMatchObject([{ sent: 2 ** 32 - 1 }]);
  expect(nearly(true)).toMatchObject([{ sent: 2 ** 32 - 5 + 2 ** 20 }]);
});

test('nothing is kept of SAs that are not wanted', () => {
  expect(progressOf(RECORDS, { sas: [IDLE] })).toEqual([]);
});

test('SAs that are added again go on, and no other change is another one', () => {
  const others = [addSa(IDLE), addPolicy(policy('outbound', { kind: 'discard' }))];
  expect(resuming([addSa(IN), ...others], PROGRESS)).toEqual([
    { ...addSa(IN), from: { sent: 0, received: 9 } },
    ...others,
  ]);
});
