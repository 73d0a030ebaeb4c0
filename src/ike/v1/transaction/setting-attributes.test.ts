import { expect, test } from 'vitest';
import { address } from '../../../../test/support/packets.ts';
import { fromHex } from '../../../octets/hex.ts';
import type { DataAttribute } from '../../../wire/ikev1/data-attribute.ts';
import { MODE_CONFIGURATION_ATTRIBUTE } from '../../../wire/ikev1/mode-configuration.ts';
import { type ClientSettings, NO_SETTINGS } from '../../client-settings.ts';
import { readSettings, settingAttributes } from './setting-attributes.ts';
import { textOctets } from './text.ts';

const OF = MODE_CONFIGURATION_ATTRIBUTE;

function hex(digits: string): Uint8Array {
  const octets = fromHex(digits);
  if (octets === undefined) throw new TypeError(digits);
  return octets;
}

test('networks are written as Cisco and racoon do: 14 octets each, in one attribute', () => {
  const splitLocal = [
    { address: address('192.168.0.0'), length: 16 },
    { address: address('10.1.2.3'), length: 32 },
  ];
  expect(settingAttributes({ ...NO_SETTINGS, splitLocal }, [OF.UNITY_LOCAL_LAN])).toEqual([
    {
      type: OF.UNITY_LOCAL_LAN,
      value: hex('c0a80000ffff0000000000000000' + '0a010203ffffffff000000000000'),
    },
  ]);
});

test('a type that is asked for twice is answered once, and servers come one by one', () => {
  const dnsServers = [address('10.0.0.1'), address('10.0.0.2')];
  const wanted = [OF.INTERNAL_IP4_DNS, OF.INTERNAL_IP4_NBNS, OF.INTERNAL_IP4_DNS];
  expect(settingAttributes({ ...NO_SETTINGS, dnsServers }, wanted)).toEqual(
    dnsServers.map(({ octets }) => ({ type: OF.INTERNAL_IP4_DNS, value: octets })),
  );
});

test.each<[string, DataAttribute, Partial<ClientSettings>]>([
  ['an address that is a number', { type: OF.INTERNAL_IP4_ADDRESS, value: 7 }, {}],
  ['an address of five octets', { type: OF.INTERNAL_IP4_ADDRESS, value: new Uint8Array(5) }, {}],
  ['a netmask with a hole', { type: OF.INTERNAL_IP4_NETMASK, value: hex('ff00ff00') }, {}],
  ['an empty banner', { type: OF.UNITY_BANNER, value: new Uint8Array(0) }, {}],
  ['a domain that is a command', { type: OF.UNITY_DEF_DOMAIN, value: textOctets('a;reboot') }, {}],
  ['domains as a number', { type: OF.UNITY_SPLITDNS_NAME, value: 3 }, {}],
  [
    'networks of which one has a hole in its netmask, one comes twice, and one is cut',
    {
      type: OF.UNITY_SPLIT_INCLUDE,
      value: hex(
        '0a000000ff000000000000000000' +
          '0a000000ff00ff00000000000000' +
          '0a000000ff000000000000000000' +
          '0b0000',
      ),
    },
    { splitInclude: [{ address: address('10.0.0.0'), length: 8 }] },
  ],
  [
    'networks as the draft has them',
    { type: OF.INTERNAL_IP4_SUBNET, value: hex('0a000000ff000000') },
    { splitInclude: [{ address: address('10.0.0.0'), length: 8 }] },
  ],
  [
    'a switch in the long form',
    { type: OF.UNITY_SAVE_PASSWD, value: hex('0001') },
    { savePassword: true },
  ],
  ['a switch without octets', { type: OF.UNITY_SAVE_PASSWD, value: new Uint8Array(0) }, {}],
  ['a group', { type: OF.UNITY_PFS, value: 14 }, { pfsGroup: 14 }],
  ['what nobody knows', { type: 4711, value: hex('0102') }, {}],
])('%s', (_, attribute, settings) => {
  expect(readSettings([attribute])).toEqual({ ...NO_SETTINGS, ...settings });
});

test('what is told without end is kept up to a point', () => {
  const server = { type: OF.INTERNAL_IP4_DNS, value: new Uint8Array(4) };
  const domains = { type: OF.UNITY_SPLITDNS_NAME, value: textOctets('a.example,'.repeat(6000)) };
  const networks = {
    type: OF.UNITY_LOCAL_LAN,
    value: new Uint8Array(60_000).map((_, k) => (k % 14 < 4 ? k >> 8 : 0)),
  };
  const { dnsServers, splitDomains, splitLocal } = readSettings([
    ...new Array<DataAttribute>(128).fill(server),
    domains,
    networks,
  ]);
  expect([dnsServers.length, splitDomains.length, splitLocal.length]).toEqual([64, 64, 64]);
});
