import { describe, expect, test } from 'vitest';
import { address } from '../../../../test/support/packets.ts';
import type { Names } from '../../../config/index.ts';
import { parseServices } from '../../../net/services.ts';
import { type FlowWords, formatFlow, hostNamesIn, readFlow } from './flow-words.ts';

const NAMES: Names = {
  hosts: new Map([
    ['alice', { addresses: [address('fd09::1'), address('10.9.0.1')] }],
    ['nobody', { failure: 'no such host is known' }],
  ]),
  services: parseServices('https 443/tcp\ndomain 53/udp\n'),
};

function words(line: string): FlowWords {
  const [source = '', destination = '', protocol = null, ports = null] = line.split(' ');
  return { source, destination, protocol, ports };
}

describe('a flow in words', () => {
  test.each([
    ['10.9.0.1 10.9.0.2', 'anything 10.9.0.1 -> 10.9.0.2'],
    ['10.9.0.1 10.9.0.2 any', 'anything 10.9.0.1 -> 10.9.0.2'],
    ['10.9.0.1 10.9.0.2 tcp', 'TCP 10.9.0.1:* -> 10.9.0.2:*'],
    ['10.9.0.1 10.9.0.2 TCP 5901', 'TCP 10.9.0.1:* -> 10.9.0.2:5901'],
    ['10.9.0.1 10.9.0.2 tcp 1024:https', 'TCP 10.9.0.1:1024 -> 10.9.0.2:443'],
    ['10.9.0.1 10.9.0.2 udp domain:', 'UDP 10.9.0.1:53 -> 10.9.0.2:*'],
    ['fd09::1 fd09::2 6 :22', 'TCP [fd09::1]:* -> [fd09::2]:22'],
    ['10.9.0.1 10.9.0.2 icmp echo-request', 'ICMP 10.9.0.1 -> 10.9.0.2 echo-request'],
    ['10.9.0.1 10.9.0.2 icmp 3/4', 'ICMP 10.9.0.1 -> 10.9.0.2 destination-unreachable code 4'],
    ['fd09::1 fd09::2 icmp echo-request', 'ICMPv6 fd09::1 -> fd09::2 echo-request'],
    ['alice 10.9.0.2 89', 'OSPF 10.9.0.1 -> 10.9.0.2'],
    ['alice fd09::2 250', '250 fd09::1 -> fd09::2'],
  ])('%s', (line, told) => {
    expect(formatFlow(readFlow(words(line), NAMES))).toBe(told);
  });

  test.each([
    ['nobody 10.9.0.2', 'cannot find the address of "nobody": no such host is known'],
    ['10.9.0.1 fd09::2', '10.9.0.1 and fd09::2 are of different IP versions'],
    ['10.9.0.1 10.9.0.2 tpc', 'there is no protocol "tpc": did you mean tcp?'],
    ['10.9.0.1 10.9.0.2 256', 'there is no protocol "256"'],
    [
      '10.9.0.1 10.9.0.2 tcp 65536',
      'there is no port "65536" of tcp: a number up to 65535, or a service',
    ],
    ['10.9.0.1 10.9.0.2 tcp 1:2:3', '"1:2:3" is not PORT or SOURCE:DESTINATION'],
    ['10.9.0.1 10.9.0.2 gre 7', '"7" says nothing of gre: it has neither ports nor types'],
    [
      '10.9.0.1 10.9.0.2 icmp echo-requst',
      'there is no message "echo-requst" of icmp: did you mean echo-request?',
    ],
  ])('%s is refused with the reason', (line, reason) => {
    expect(() => readFlow(words(line), NAMES)).toThrow(reason);
  });

  test('names of hosts are told once each, and addresses not at all', () => {
    expect(hostNamesIn(words('alice alice'))).toEqual(['alice']);
    expect(hostNamesIn(words('10.9.0.1 fd09::1'))).toEqual([]);
  });
});
