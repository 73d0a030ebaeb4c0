import * as v from 'valibot';
import { expect, test } from 'vitest';
import { espSa } from '../../../../test/support/sas.ts';
import { UNLIMITED } from '../../../ipsec/lifetime.ts';
import { type Removed, RemovedSchema, removedToJson } from './documents.ts';

const LIMITS = { softLifetime: { ...UNLIMITED, packets: 50 }, hardLifetime: UNLIMITED };

const REMOVED: Removed = {
  version: 1,
  boot: 'b',
  instance: 'kernel',
  removedAt: 0,
  owned: { sas: [], policies: [] },
  progress: [],
  contents: { sas: [espSa(LIMITS)], policies: [] },
};

test('what is noted keeps lifetimes in packets, and is read where it has none', () => {
  const text = JSON.stringify(removedToJson(REMOVED));
  expect(v.parse(RemovedSchema, JSON.parse(text)).contents.sas).toMatchObject([LIMITS]);
  const older = text.replaceAll(/,"packets":\d+/g, '');
  expect(older).not.toBe(text);
  const unlimited = { softLifetime: UNLIMITED, hardLifetime: UNLIMITED };
  expect(v.parse(RemovedSchema, JSON.parse(older)).contents.sas).toMatchObject([unlimited]);
});
