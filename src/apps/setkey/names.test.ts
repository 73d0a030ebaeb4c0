import { describe, expect, test } from 'vitest';
import { formatIpAddress } from '../../net/ip-address.ts';
import { portOfService } from '../../net/services.ts';
import { lookUpNames, type NameSources } from './names.ts';

const NONE: NameSources = {
  addressesOf: () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })),
  services: () => Promise.reject(new Error('there is none')),
};

function addressesOf(addresses: readonly string[]): NameSources {
  return {
    ...NONE,
    addressesOf: async () => addresses.map((address) => ({ address, family: 4 })),
  };
}

describe('lookUpNames()', () => {
  test('finds localhost as every program does', async () => {
    const { hosts, services } = await lookUpNames({ hosts: ['localhost'], services: false });
    const found = hosts.get('localhost');
    const texts = found && 'addresses' in found ? found.addresses.map(formatIpAddress) : [];
    expect(texts.length).toBeGreaterThan(0);
    expect(texts.every((text) => text === '127.0.0.1' || text === '::1')).toBe(true);
    expect(services).toBeNull();
  });

  test('tells each address once, without its zone', async () => {
    const sources = addressesOf(['10.9.0.1', '10.9.0.1', 'fe80::1%eth0']);
    const { hosts } = await lookUpNames({ hosts: ['a'], services: false }, sources);
    expect(hosts.get('a')).toMatchObject({ addresses: [{ version: 4 }, { version: 6 }] });
  });

  test.each([
    ['ENOTFOUND', 'no such host is known'],
    ['EAI_AGAIN', 'the name server does not answer'],
    ['EODD', 'EODD'],
  ])('tells %s in words', async (code, failure) => {
    const sources: NameSources = {
      ...NONE,
      addressesOf: () => Promise.reject(Object.assign(new Error('x'), { code })),
    };
    const { hosts } = await lookUpNames({ hosts: ['a'], services: false }, sources);
    expect(hosts.get('a')).toEqual({ failure });
  });

  test('waits for all names together, and not longer than it is told', async () => {
    const asked: string[] = [];
    const sources: NameSources = {
      ...NONE,
      addressesOf: (host) => {
        asked.push(host);
        return host === 'quick'
          ? Promise.resolve([{ address: '10.9.0.1', family: 4 }])
          : new Promise(() => {});
      },
    };
    const wanted = { hosts: ['slow', 'quick', 'slower'], services: false };
    const { hosts } = await lookUpNames(wanted, sources, 20);
    expect(asked).toEqual(wanted.hosts);
    expect(hosts.get('quick')).toHaveProperty('addresses');
    expect(hosts.get('slow')).toEqual({ failure: 'no answer within 0.02 seconds' });
    expect(hosts.get('slower')).toEqual(hosts.get('slow'));
  });

  test('reads services when one is named, and does without where there are none', async () => {
    const wanted = { hosts: [], services: true };
    expect(await lookUpNames(wanted, NONE)).toEqual({ hosts: new Map(), services: null });
    const sources = { ...NONE, services: async () => 'http 80/tcp\n' };
    const { services } = await lookUpNames(wanted, sources);
    expect(services && portOfService(services, 'http', ['tcp'])).toBe(80);
  });
});
