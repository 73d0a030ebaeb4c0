import { expect, test } from 'vitest';
import { parseIpAddress } from '../net/ip-address.ts';
import { parsePrefix } from '../net/prefix.ts';
import { keysForPath } from './plain-rsa.ts';

test('keysForPath() takes the keys that are meant the most narrowly', () => {
  const key = (local: string | null, remote: string | null) => ({
    local: local === null ? null : prefix(local),
    remote: remote === null ? null : prefix(remote),
  });
  const any = key(null, null);
  const net = key(null, '10.9.0.0/24');
  const pair = key('10.9.0.1', '10.9.0.0/24');
  const twin = key('10.9.0.1', '10.9.0.0/24');
  const other = key(null, '10.9.1.2');
  const six = key(null, '2001:db8::/32');
  const keys = [any, net, pair, twin, other, six];
  expect(keysForPath(keys, path('10.9.0.1', '10.9.0.2'))).toEqual([pair, twin]);
  expect(keysForPath(keys, path('10.9.0.9', '10.9.0.2'))).toEqual([net]);
  expect(keysForPath(keys, path('10.9.0.1', '10.9.1.2'))).toEqual([other]);
  expect(keysForPath(keys, path('2001:db8::1', '2001:db8::2'))).toEqual([six]);
  expect(keysForPath(keys, path('10.9.0.1', '192.0.2.1'))).toEqual([any]);
  expect(keysForPath([net], path('10.9.0.1', '192.0.2.1'))).toEqual([]);
});

function path(local: string, remote: string) {
  return { local: end(local), remote: end(remote) };
}

function end(text: string) {
  const address = parseIpAddress(text);
  if (address === undefined) throw new TypeError(text);
  return { address, port: 500 };
}

function prefix(text: string) {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new TypeError(text);
  return parsed;
}
