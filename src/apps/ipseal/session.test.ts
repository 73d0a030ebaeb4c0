import { expect, test } from 'vitest';
import { formatSelectorAddresses } from '../../ipsec/selector.ts';
import { controllingSession, sessionOf } from './session.ts';

/** As seen from this host, outbound. */
function told(words: string): string | null {
  const flow = sessionOf(words.split(' '));
  return flow && formatSelectorAddresses(flow.selector, 'outbound');
}

test('is what sshd says: the client first', () => {
  expect(told('192.0.2.7 51234 192.0.2.1 22')).toBe('192.0.2.1[22] 192.0.2.7[51234]');
  expect(told('fe80::7%eth0 51234 fe80::1%eth0 22')).toBe('fe80::1[22] fe80::7[51234]');
});

test('is one of IPv4 where it came to a socket for both', () => {
  expect(told('::ffff:192.0.2.7 51234 ::ffff:192.0.2.1 22')).toBe('192.0.2.1[22] 192.0.2.7[51234]');
});

test.each([
  '',
  '192.0.2.7 51234 192.0.2.1',
  '192.0.2.7 51234 192.0.2.1 22 5',
  '192.0.2.7 x 192.0.2.1 22',
  '192.0.2.7 70000 192.0.2.1 22',
  'host 1 192.0.2.1 22',
  'fe80::7 51234 192.0.2.1 22',
])('is none: "%s"', (words) => {
  expect(told(words)).toBeNull();
});

test('is what --session says, or that is an error', () => {
  expect(controllingSession('192.0.2.7,51234,192.0.2.1,22')?.kind).toBe('session');
  expect(() => controllingSession('192.0.2.7')).toThrow('--session is SRC,PORT,DST,PORT');
});
