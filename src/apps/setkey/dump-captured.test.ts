import { expect, test } from 'vitest';
import {
  CAPTURED_POLICIES,
  CAPTURED_SAS,
  capturedDump,
  masked,
} from '../../../test/support/setkey-capture.ts';
import { joined, streamOf } from '../../../test/support/streams.ts';
import type { PolicyRecord, SaRecord } from '../../ipsec/backend.ts';
import { type DumpOptions, sadPieces } from './dump-sad.ts';
import { spdPieces } from './dump-spd.ts';

const OPTIONS = { now: 0, pid: 1 };

const SAS = CAPTURED_SAS.map(
  (parameters): SaRecord => ({
    parameters,
    state: 'mature',
    sequenceNumber: 0,
    addedAt: 0,
    usedAt: null,
    octets: 0,
    packets: 0,
    window: null,
    discards: {},
  }),
);

const POLICIES = CAPTURED_POLICIES.map(
  (policy): PolicyRecord => ({ policy, index: 1, addedAt: 0, usedAt: null }),
);

const sad = (options: DumpOptions) => sadPieces(streamOf(SAS), options);
const spd = (options: DumpOptions) => spdPieces(streamOf(POLICIES), options);

for (const [file, ports, dump] of [
  ['orig-0.8-01-basic.D.txt', false, sad],
  ['orig-0.8-01-basic.Dp.txt', true, sad],
  ['orig-0.8-01-basic.DP.txt', false, spd],
  ['orig-0.8-01-basic.DPp.txt', true, spd],
] as const) {
  const captured = capturedDump(file);
  test.skipIf(captured === null)(`setkey 0.8 printed the same to the octet: ${file}`, async () => {
    expect(masked(await joined(dump({ ...OPTIONS, ports })))).toBe(captured);
  });
}
