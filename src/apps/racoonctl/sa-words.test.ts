import { expect, test } from 'vitest';
import { ALICE, BOB } from '../../../test/support/packets.ts';
import { formatSelectorAddresses } from '../../ipsec/selector.ts';
import { parseAddressPair, parseSaWords, WrongWords } from './sa-words.ts';

test('an ISAKMP SA has two addresses', () => {
  expect(parseSaWords(['isakmp', 'inet', '10.9.0.1', '10.9.0.2'])).toEqual({
    kind: 'isakmp',
    local: ALICE,
    remote: BOB,
  });
});

test.each([
  ['esp inet 10.9.0.1/32[0] 10.9.0.2/32[0] icmp', '10.9.0.1[any] 10.9.0.2[any]', 1],
  ['esp inet 10.9.0.1/32/0 10.9.0.2/32/0 icmp', '10.9.0.1[any] 10.9.0.2[any]', 1],
  ['ah inet 10.1.0.0/16 10.2.0.0/16[80] tcp', '10.1.0.0/16[any] 10.2.0.0/16[80]', 6],
  ['esp inet6 2001:db8::1 2001:db8::2[any] icmp', '2001:db8::1[any] 2001:db8::2[any]', 58],
  ['esp inet 10.9.0.1 10.9.0.2 any', '10.9.0.1[any] 10.9.0.2[any]', 'any'],
])('%s is the policy for %s, protocol %s', (words, addresses, protocol) => {
  const sa = parseSaWords(words.split(' '));
  if (sa.kind === 'isakmp') throw new Error('it is of traffic');
  expect(formatSelectorAddresses(sa.selector, 'outbound')).toBe(addresses);
  expect(sa.selector.nextLayerProtocol).toBe(protocol);
});

test.each([
  ['', 'insufficient arguments'],
  ['foo inet 10.9.0.1 10.9.0.2', 'unknown protocol foo'],
  ['isakmp inet 10.9.0.1', 'insufficient arguments'],
  ['isakmp unix 10.9.0.1 10.9.0.2', 'kmpstat: Address family not supported by protocol'],
  ['isakmp inet ::1 ::2', '::1 is not an IPv4 address'],
  ['isakmp inet alice bob', 'alice is not an address'],
  ['isakmp inet 10.9.0.1 10.9.0.2 more', '"more" is one word too many'],
  ['esp inet 10.9.0.1/33 10.9.0.2 any', '10.9.0.1/33: a length is at most 32'],
  ['esp inet 10.9.0.1[70000] 10.9.0.2 any', '10.9.0.1[70000]: a port is at most 65535'],
  ['esp inet 10.9.0.1 10.9.0.2 everything', 'unknown protocol everything'],
])('%j is refused: %s', (words, message) => {
  const parse = () => parseSaWords(words === '' ? [] : words.split(' '));
  expect(parse).toThrow(WrongWords);
  expect(parse).toThrow(message);
});

test('get-cert with a protocol before the family has the original’s words', () => {
  expect(() => parseAddressPair(['isakmp', 'inet', '10.9.0.1', '10.9.0.2'])).toThrow(
    'kmpstat: Address family not supported by protocol',
  );
});
