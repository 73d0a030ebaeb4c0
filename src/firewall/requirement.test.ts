import { describe, expect, test } from 'vitest';
import { formatPortRange } from '../net/port-range.ts';
import { formatPrefix } from '../net/prefix.ts';
import { parseServices } from '../net/services.ts';
import { parseRequirements } from './requirement.ts';

const SERVICES = parseServices('domain 53/tcp\ndomain 53/udp\n');

function read(...words: string[]) {
  return parseRequirements(words, SERVICES).map(
    ({ protocol, ports, from }) =>
      `${protocol} ${formatPortRange(ports)} ${from.map(formatPrefix).join(' ')}`,
  );
}

describe('parseRequirements()', () => {
  test('reads services with and without ports, names and prefixes, one after the other', () => {
    expect(read('tcp/5901', 'from', '10.9.0.0/24', 'fd09::/64', 'udp/5000-5010', 'icmp')).toEqual([
      '6 5901 10.9.0.0/24 fd09::/64',
      '17 5000-5010 ',
      '1 any ',
    ]);
    expect(read('udp/domain', 'any', 'from', '10.9.0.2')).toEqual(['17 53 ', 'any any 10.9.0.2']);
  });

  test('takes several words in one, and commas between', () => {
    expect(read('tcp/22 from 10.9.0.1, 10.9.0.2')).toEqual(['6 22 10.9.0.1 10.9.0.2']);
  });

  test.each([
    ['foo/1', '"foo/1" is no service: expected PROTOCOL or PROTOCOL/PORT'],
    ['tcp/1/2', '"tcp/1/2" is no service'],
    ['256', '"256" is no service'],
    ['tcp/70000', 'ports are 1 to 65535'],
    ['tcp/10-9', 'of a range the lower comes first'],
    ['tcp/nosuch', '"nosuch" is no port, and no service of tcp in /etc/services'],
    ['icmp/8', 'icmp has no ports: expected one of tcp, udp'],
    ['tcp/1 from', 'after "from" there is nothing'],
    ['tcp/1 from 10.9.0.0/33', 'after "from" there is "10.9.0.0/33"'],
    ['tcp/1 from bob', 'after "from" there is "bob": expected addresses or prefixes'],
  ])('says what is wrong with %s', (words, message) => {
    expect(() => read(words)).toThrow(message);
  });
});
