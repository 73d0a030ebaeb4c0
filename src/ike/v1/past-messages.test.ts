import { expect, test } from 'vitest';
import { IKEV1_EXCHANGE } from '../../wire/ikev1/message.ts';
import { PastMessages } from './past-messages.ts';

const { INFORMATIONAL, QUICK_MODE } = IKEV1_EXCHANGE;

test('messages of the past are known, by their exchange and message ID', () => {
  const past = new PastMessages();
  past.add(INFORMATIONAL, 0xffff_ffff);
  expect(past.has(INFORMATIONAL, 0xffff_ffff)).toBe(true);
  expect(past.has(QUICK_MODE, 0xffff_ffff)).toBe(false);
  expect(past.has(INFORMATIONAL, 0xffff_fffe)).toBe(false);
});

test('the last thousand are known, and no more than about that', () => {
  const past = new PastMessages();
  for (let messageId = 1; messageId <= 5000; messageId++) past.add(INFORMATIONAL, messageId);
  const known = Array.from({ length: 5000 }, (_, k) => past.has(INFORMATIONAL, k + 1));
  expect(known.slice(4000)).not.toContain(false);
  expect(known.filter(Boolean).length).toBeLessThan(1100);
});
