/**
 * Client settings as attributes (draft-dukes-ike-mode-cfg-02 §3.3; those of Cisco's Unity), written by who
 * gives them and read by who is given them.
 *
 * Networks of Unity are of 14 octets:
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                            Address                            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                            Netmask                            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           Protocol            |          Source port          |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |       Destination port        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * All but the first two are zero in practice, and passed over.
 *
 * @module
 */
import { type IpAddress, ipAddressAt } from '../../../net/ip-address.ts';
import { ipv4Netmask, netmaskLength } from '../../../net/netmask.ts';
import { type Prefix, samePrefix } from '../../../net/prefix.ts';
import { concatenate } from '../../../octets/octets.ts';
import {
  attributeNumber,
  type DataAttribute,
  numberAttribute,
} from '../../../wire/ikev1/data-attribute.ts';
import { MODE_CONFIGURATION_ATTRIBUTE } from '../../../wire/ikev1/mode-configuration.ts';
import { type ClientSettings, NO_SETTINGS } from '../../client-settings.ts';
import { MOST_BANNER_OCTETS, MOST_ENTRIES } from './limits.ts';
import { isDomain, readDomains, readLine, readLines, textOctets } from './text.ts';

/** The attributes of the types in `wanted` that `settings` have an answer to, each type once. */
export function settingAttributes(
  settings: ClientSettings,
  wanted: readonly number[],
): readonly DataAttribute[] {
  return [...new Set(wanted)].flatMap((type) => {
    const values = SETTINGS.get(type)?.write(settings) ?? [];
    return values.map((value) => ({ type, value }));
  });
}

/** What the attributes tell; what is unknown or not of the right shape is passed over. Copied. */
export function readSettings(attributes: readonly DataAttribute[]): ClientSettings {
  let settings = NO_SETTINGS;
  for (const attribute of attributes) {
    settings = { ...settings, ...SETTINGS.get(attribute.type)?.read(attribute, settings) };
  }
  return settings;
}

/** Whether a client makes something of attributes of that type. */
export function isSetting(type: number): boolean {
  return SETTINGS.has(type);
}

interface Setting {
  /** The values of the attributes; none when there is nothing to tell. */
  write(settings: ClientSettings): readonly DataAttribute['value'][];
  /** What changes in `settings`. */
  read(attribute: DataAttribute, settings: ClientSettings): Partial<ClientSettings>;
}

const OF = MODE_CONFIGURATION_ATTRIBUTE;

const SETTINGS: ReadonlyMap<number, Setting> = new Map<number, Setting>([
  [
    OF.INTERNAL_IP4_ADDRESS,
    {
      write: ({ address }) => (address === null ? [] : [address.octets]),
      read: ({ value }) => withAddress(value, (address) => ({ address })),
    },
  ],
  [
    OF.INTERNAL_IP4_NETMASK,
    {
      write: ({ netmask }) => (netmask === null ? [] : [netmask.octets]),
      read: ({ value }) =>
        withAddress(value, (netmask) => (netmaskLength(netmask) === undefined ? {} : { netmask })),
    },
  ],
  [
    OF.INTERNAL_IP4_DNS,
    {
      write: ({ dnsServers }) => dnsServers.map(({ octets }) => octets),
      read: ({ value }, { dnsServers }) =>
        withAddress(value, (server) => ({ dnsServers: appended(dnsServers, [server]) })),
    },
  ],
  [
    OF.INTERNAL_IP4_NBNS,
    {
      write: ({ winsServers }) => winsServers.map(({ octets }) => octets),
      read: ({ value }, { winsServers }) =>
        withAddress(value, (server) => ({ winsServers: appended(winsServers, [server]) })),
    },
  ],
  [
    OF.INTERNAL_IP4_SUBNET,
    {
      write: ({ splitInclude }) => splitInclude.map((each) => networkOctets(each, SUBNET_LENGTH)),
      read: ({ value }, { splitInclude }) => ({
        splitInclude: withNetworks(splitInclude, value, SUBNET_LENGTH),
      }),
    },
  ],
  [
    OF.APPLICATION_VERSION,
    {
      write: ({ version }) => (version === null ? [] : [textOctets(version)]),
      read: ({ value }) => {
        const version = lineOf(value);
        return version === undefined ? {} : { version };
      },
    },
  ],
  [
    OF.UNITY_BANNER,
    {
      write: ({ banner }) =>
        banner === null ? [] : [textOctets(banner).subarray(0, MOST_BANNER_OCTETS)],
      read: ({ value }) =>
        typeof value === 'number' || value.length === 0
          ? {}
          : { banner: readLines(value.subarray(0, MOST_BANNER_OCTETS)) },
    },
  ],
  [
    OF.UNITY_SAVE_PASSWD,
    {
      write: ({ savePassword }) => (savePassword === null ? [] : [savePassword ? 1 : 0]),
      read: (attribute) => withNumber(attribute, (number) => ({ savePassword: number !== 0 })),
    },
  ],
  [
    OF.UNITY_DEF_DOMAIN,
    {
      write: ({ defaultDomain }) => (defaultDomain === null ? [] : [textOctets(defaultDomain)]),
      read: ({ value }) => {
        const defaultDomain = lineOf(value);
        return defaultDomain !== undefined && isDomain(defaultDomain) ? { defaultDomain } : {};
      },
    },
  ],
  [
    OF.UNITY_SPLITDNS_NAME,
    {
      write: ({ splitDomains }) =>
        splitDomains.length === 0 ? [] : [textOctets(splitDomains.join(','))],
      read: ({ value }, { splitDomains }) =>
        typeof value === 'number'
          ? {}
          : { splitDomains: appended(splitDomains, readDomains(value)) },
    },
  ],
  [
    OF.UNITY_SPLIT_INCLUDE,
    {
      write: ({ splitInclude }) => allNetworks(splitInclude),
      read: ({ value }, { splitInclude }) => ({
        splitInclude: withNetworks(splitInclude, value, UNITY_NETWORK_LENGTH),
      }),
    },
  ],
  [
    OF.UNITY_LOCAL_LAN,
    {
      write: ({ splitLocal }) => allNetworks(splitLocal),
      read: ({ value }, { splitLocal }) => ({
        splitLocal: withNetworks(splitLocal, value, UNITY_NETWORK_LENGTH),
      }),
    },
  ],
  [
    OF.UNITY_PFS,
    {
      write: ({ pfsGroup }) =>
        pfsGroup === null ? [] : [numberAttribute(OF.UNITY_PFS, pfsGroup).value],
      read: (attribute) => withNumber(attribute, (pfsGroup) => ({ pfsGroup })),
    },
  ],
]);

type Value = DataAttribute['value'];
type Change = Partial<ClientSettings>;

function withAddress(value: Value, change: (address: IpAddress) => Change): Change {
  if (typeof value === 'number' || value.length !== ADDRESS_LENGTH) return {};
  return change(ipAddressAt(4, value, 0));
}

function withNumber(attribute: DataAttribute, change: (number: number) => Change): Change {
  const number = attributeNumber(attribute);
  return number === undefined ? {} : change(number);
}

/** A line that is not empty. */
function lineOf(value: Value): string | undefined {
  return typeof value === 'number' ? undefined : readLine(value) || undefined;
}

function appended<T>(list: readonly T[], more: readonly T[]): readonly T[] {
  return [...list, ...more].slice(0, MOST_ENTRIES);
}

function allNetworks(networks: readonly Prefix[]): readonly Uint8Array[] {
  if (networks.length === 0) return [];
  return [concatenate(networks.map((each) => networkOctets(each, UNITY_NETWORK_LENGTH)))];
}

function networkOctets({ address, length }: Prefix, octetCount: number): Uint8Array {
  const octets = new Uint8Array(octetCount);
  octets.set(address.octets, 0);
  octets.set(ipv4Netmask(length).octets, NETMASK);
  return octets;
}

/** `known`, and the networks of `length` octets in `value` that are not among them. */
function withNetworks(known: readonly Prefix[], value: Value, length: number): readonly Prefix[] {
  const networks = [...known];
  if (typeof value === 'number') return networks;
  for (let at = 0; at + length <= value.length && networks.length < MOST_ENTRIES; at += length) {
    const address = ipAddressAt(4, value, at);
    const bits = netmaskLength(ipAddressAt(4, value, at + NETMASK));
    if (bits === undefined) continue;
    const network = { address, length: bits };
    if (!networks.some((each) => samePrefix(each, network))) networks.push(network);
  }
  return networks;
}

const ADDRESS_LENGTH = 4;
const NETMASK = 4;
const SUBNET_LENGTH = 8;
const UNITY_NETWORK_LENGTH = 14;
