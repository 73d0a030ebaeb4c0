import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sharedPath } from '../../../test/support/examples.ts';
import { address } from '../../../test/support/packets.ts';
import { ahSa, espSa } from '../../../test/support/sas.ts';
import { joined, streamOf } from '../../../test/support/streams.ts';
import type { SaRecord } from '../../ipsec/backend.ts';
import { UNLIMITED } from '../../ipsec/lifetime.ts';
import { UNUSED } from '../../ipsec/record.ts';
import type { SaParameters } from '../../ipsec/sa-parameters.ts';
import { SHORT_HEADER, shortRound } from './short-table.ts';

const ADDED = Date.UTC(2026, 10, 21, 16, 15, 51);
const SA = espSa({ spi: 0x300, source: address('192.0.2.1'), destination: address('192.0.2.2') });

function record(parameters: SaParameters, state: SaRecord['state'] = 'mature'): SaRecord {
  return { parameters, state, addedAt: ADDED, ...UNUSED };
}

function round(afterSeconds: number, ...records: SaRecord[]): Promise<string> {
  return joined(shortRound(streamOf(records), ADDED + afterSeconds * 1000));
}

const path = sharedPath('reference', 'captured', 'setkey', 'orig-0.8-cli.txt');

test.skipIf(path === null)(
  'three rounds are what setkey 0.8 printed in three seconds',
  async () => {
    const captured = readFileSync(path ?? '', 'utf8');
    const rounds = [
      await round(2, record(SA)),
      await round(3, record(SA)),
      await round(4, record(SA)),
    ];
    expect(captured).toContain(`\n${SHORT_HEADER}${rounds.join('')}rc=124\n`);
  },
);

test('a row has a letter for each state, and room for lifetimes up to 999 seconds', async () => {
  const hardLifetime = { ...UNLIMITED, seconds: 999 };
  expect(await round(999, record(ahSa({ hardLifetime }), 'dead'), record(SA, 'larval'))).toBe(
    '3230 ah  d 00000200 999/999 10.9.0.1 -> 10.9.0.2\n' +
      '3230 esp L 00000300 999/0   192.0.2.1 -> 192.0.2.2\n',
  );
  const longer = espSa({ hardLifetime: { ...UNLIMITED, seconds: 1000 }, spi: 0xfffffffe });
  expect(await round(1000, record(longer, 'dying'))).toBe(
    '3231 esp D fffffffe big/big 10.9.0.1 -> 10.9.0.2\n',
  );
});
