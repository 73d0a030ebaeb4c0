import { expect, test } from 'vitest';
import { address } from '../../test/support/packets.ts';
import type { Prefix } from '../net/prefix.ts';
import { clientEnvironment, NO_SETTINGS } from './client-settings.ts';

function network(text: string, length: number): Prefix {
  return { address: address(text), length };
}

test('scripts find all that a client was given', () => {
  const settings = {
    ...NO_SETTINGS,
    user: 'bob',
    address: address('10.99.0.7'),
    netmask: address('255.255.252.0'),
    dnsServers: [address('10.9.0.1'), address('10.9.0.3')],
    winsServers: [address('10.9.0.5')],
    defaultDomain: 'gazette.example',
    splitInclude: [network('10.9.0.0', 24), network('10.10.0.0', 16)],
    splitLocal: [network('192.168.1.1', 32)],
    splitDomains: ['gazette.example', 'press.example'],
    banner: 'Welcome',
    savePassword: false,
    pfsGroup: 14,
    version: 'ipseal',
  };
  expect(clientEnvironment(settings)).toEqual({
    XAUTH_USER: 'bob',
    INTERNAL_ADDR4: '10.99.0.7',
    INTERNAL_NETMASK4: '255.255.252.0',
    INTERNAL_MASK4: '255.255.252.0',
    INTERNAL_CIDR4: '22',
    INTERNAL_DNS4: '10.9.0.1',
    INTERNAL_DNS4_LIST: '10.9.0.1 10.9.0.3',
    INTERNAL_WINS4: '10.9.0.5',
    INTERNAL_WINS4_LIST: '10.9.0.5',
    DEFAULT_DOMAIN: 'gazette.example',
    SPLIT_INCLUDE: '10.9.0.0/255.255.255.0 10.10.0.0/255.255.0.0',
    SPLIT_INCLUDE_CIDR: '10.9.0.0/24 10.10.0.0/16',
    SPLIT_LOCAL: '192.168.1.1/255.255.255.255',
    SPLIT_LOCAL_CIDR: '192.168.1.1/32',
    INTERNAL_SPLITDNS_DOMAINS: 'gazette.example,press.example',
  });
});

test('what was not given is there and empty, and nobody is no user', () => {
  const environment = clientEnvironment(NO_SETTINGS);
  expect(environment).not.toHaveProperty('XAUTH_USER');
  const { INTERNAL_CIDR4, ...others } = environment;
  expect(INTERNAL_CIDR4).toBe('0');
  expect(new Set(Object.values(others))).toEqual(new Set(['']));
});
