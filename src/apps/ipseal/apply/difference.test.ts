import { expect, test } from 'vitest';
import { espSa, policy, testKey } from '../../../../test/support/sas.ts';
import { type Contents, NOTHING, namesOf } from '../../../ipsec/contents.ts';
import { UNLIMITED } from '../../../ipsec/lifetime.ts';
import { takeOver } from '../../../ipsec/ownership.ts';
import { differencesOf } from './difference.ts';

const OUT = policy('outbound', { kind: 'discard' });
const ICMP = policy('outbound', { kind: 'bypass' }, { nextLayerProtocol: 1 });
const SA = espSa();
const MASKED =
  'add 10.9.0.1 10.9.0.2 esp 0x00000201 -m transport -r 64 -E aes-cbc 0x… -A hmac-sha256-128 0x…;';

function between(present: Contents, wanted: Contents) {
  return differencesOf(takeOver(present, namesOf(present), wanted, false));
}

test('what comes and what goes, without keys', () => {
  const all = { sas: [SA], policies: [OUT] };
  const [text, out] = [MASKED, 'spdadd 10.9.0.1 10.9.0.2 any -P out discard;'];
  expect(between(NOTHING, all)).toEqual([
    { object: 'sa', change: 'add', before: null, after: text, note: null },
    { object: 'policy', change: 'add', before: null, after: out, note: null },
  ]);
  expect(between(all, NOTHING)).toEqual([
    { object: 'sa', change: 'remove', before: text, after: null, note: null },
    { object: 'policy', change: 'remove', before: out, after: null, note: null },
  ]);
});

test('another key, which is not shown, is told', () => {
  const other = espSa({ encryption: { ...SA.encryption, key: testKey(256, 9) } as never });
  expect(between({ sas: [SA], policies: [] }, { sas: [other], policies: [] })).toEqual([
    { object: 'sa', change: 'replace', before: MASKED, after: MASKED, note: 'another key' },
  ]);
});

test('what the language has no words for is told', () => {
  for (const parts of [
    { extendedSequenceNumbers: true },
    { hardLifetime: { ...UNLIMITED, packets: 1 } },
  ]) {
    const other = espSa(parts);
    const [difference] = between({ sas: [SA], policies: [] }, { sas: [other], policies: [] });
    expect(difference?.note).toBe('differs in what the language has no words for');
  }
});

test('a policy that is put behind another is moved', () => {
  const found = between({ sas: [], policies: [OUT] }, { sas: [], policies: [ICMP, OUT] });
  expect(found.map(({ change }) => change)).toEqual(['add', 'move']);
});
