import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sharedPath } from '../../../test/support/examples.ts';
import { pathAt } from '../../../test/support/ike-events.ts';
import type { ShownPhase1 } from '../racoon/admin/protocol.ts';
import { isakmpTable } from './isakmp-table.ts';

/** In local time, as both programs write it. */
const ESTABLISHED = new Date(2026, 10, 21, 16, 29, 20).getTime();

function shown(parts: Partial<ShownPhase1> = {}): ShownPhase1 {
  return {
    ...pathAt(500),
    role: 'initiator',
    mode: 'main',
    cookies: 'ff34208fefdad6ce:19ccd36e2449e4ca',
    name: null,
    state: 'established',
    sent: 3,
    received: 3,
    establishedAt: ESTABLISHED,
    expiresAt: null,
    remoteIdentity: '10.9.0.2',
    user: null,
    phase2: [{ messageId: 1, role: 'initiator', state: 'established', sas: [] }],
    ...parts,
  };
}

/** What racoonctl printed for `words`, and the shell after it. */
function captured(words: string): readonly string[] | null {
  const path = sharedPath('reference', 'captured', 'racoon', 'fork-0.9.1-t1.ctl.txt');
  if (path === null) return null;
  const [, after = ''] = readFileSync(path, 'utf8').split(`$ racoonctl ${words}\n`);
  return after.split('\nrc=')[0]?.split('\n') ?? null;
}

test.for([
  [0, 'show-sa isakmp'],
  [1, '-l show-sa isakmp'],
  [2, '-ll show-sa isakmp'],
] as const)('with %i times -l it is the table of racoonctl %s', ([detail, words], { skip }) => {
  const table = captured(words);
  skip(table === null, 'no captures of racoon beside this checkout');
  expect(isakmpTable([shown()], detail)).toEqual(table);
});

test.each([
  ['initiator', 0, 0, 1],
  ['initiator', 1, 0, 3],
  ['initiator', 1, 1, 4],
  ['initiator', 2, 1, 5],
  ['initiator', 3, 3, 8],
  ['responder', 0, 1, 2],
  ['responder', 1, 1, 3],
  ['responder', 2, 3, 6],
] as const)('the %s who sent %i and received %i is at step %i', (role, sent, received, step) => {
  const [, row = ''] = isakmpTable(
    [shown({ role, sent, received, state: 'negotiating', establishedAt: null, phase2: [] })],
    1,
  );
  const side = role === 'initiator' ? 'I' : 'R';
  expect(row.slice(57)).toBe(` ${step} ${side} 10 M ${' '.repeat(19)}      0 `);
});
