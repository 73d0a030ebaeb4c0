import { describe, expect, test } from 'vitest';
import { address } from '../../../test/support/packets.ts';
import { formatAdd, formatSpdadd } from '../setkey/statement-text.ts';
import { compileIfcfg } from './compile.ts';
import { readIfcfg } from './read.ts';

const KEYS = `KEY_ESP=${'k'.repeat(16)}\nKEY_AESP=${'k'.repeat(20)}\n`;
const KEYED = 'TYPE=IPSEC ESP_PROTO=aes-cbc AH_PROTO=none SPI_ESP_IN=256 SPI_ESP_OUT=257\n';

function compile(ifcfg: string, source: string, sourceGateway: string | null = null) {
  const files = [
    { name: 'ifcfg-x', text: `${KEYED}${ifcfg}` },
    { name: 'keys-x', text: KEYS },
  ];
  const { interface: wanted } = readIfcfg('x', files);
  if (wanted === null) throw new Error('Cannot read the file');
  const compiled = compileIfcfg(wanted, {
    source: address(source),
    sourceGateway: sourceGateway === null ? null : address(sourceGateway),
  });
  return {
    sas: compiled.contents.sas.map((sa) => formatAdd(sa, 'masked')),
    policies: compiled.contents.policies.map((policy) => formatSpdadd(policy)),
    route: compiled.route,
  };
}

describe('IPv6', () => {
  test('has SAs and policies as IPv4 has, and no route', () => {
    const files = 'DST=2001:db8::2\nSRCNET=fd01::/64 DSTNET=fd02::/64\n';
    expect(compile(files, '2001:db8::1', 'fd01::1')).toEqual({
      sas: [
        'add 2001:db8::2 2001:db8::1 esp 0x00000100 -m tunnel -E aes-cbc 0x… -A hmac-sha1 0x…;',
        'add 2001:db8::1 2001:db8::2 esp 0x00000101 -m tunnel -E aes-cbc 0x… -A hmac-sha1 0x…;',
      ],
      policies: [
        'spdadd fd01::/64 fd02::/64 any -P out ipsec esp/tunnel/2001:db8::1-2001:db8::2/require;',
        'spdadd fd02::/64 fd01::/64 any -P in ipsec esp/tunnel/2001:db8::2-2001:db8::1/require;',
        'spdadd fd02::/64 fd01::/64 any -P fwd ipsec esp/tunnel/2001:db8::2-2001:db8::1/require;',
      ],
      route: null,
    });
  });
});

describe('a network in the network of the peer', () => {
  test.each([
    ['10.1.0.0/16', '10.0.0.0/8', 3],
    ['10.1.0.0/16', '0.0.0.0/0', 3],
    ['10.0.0.0/8', '10.1.0.0/16', 0],
    ['10.1.0.0/16', '10.1.0.0/16', 0],
    ['10.1.0.0/16', '10.2.0.0/15', 0],
  ])('%s in %s is exempted, or not', (here, there, exempted) => {
    const { policies } = compile(`DST=192.0.2.2 SRCNET=${here} DSTNET=${there}\n`, '192.0.2.1');
    expect(policies.filter((policy) => policy.endsWith('none;'))).toHaveLength(exempted);
    // Asked before the others, as the first of the same priority.
    expect(policies.slice(0, exempted).every((policy) => policy.endsWith('none;'))).toBe(true);
  });
});

describe('the route', () => {
  test('is to the network of the peer, without its host bits', () => {
    const { route } = compile('DST=192.0.2.2 DSTNET=10.2.3.4/16\n', '192.0.2.1', '192.0.2.1');
    expect(route?.destination).toEqual({ address: address('10.2.0.0'), length: 16 });
    expect(route?.source).toEqual(address('192.0.2.1'));
  });

  test('is not there without an address to give packets', () => {
    expect(compile('DST=192.0.2.2 DSTNET=10.2.0.0/16\n', '192.0.2.1').route).toBeNull();
  });
});
