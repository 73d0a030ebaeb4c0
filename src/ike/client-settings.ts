/**
 * What a client of mode config is given to work behind a gateway: an address, servers, networks.
 *
 * @module
 */
import { formatIpAddress, type IpAddress } from '../net/ip-address.ts';
import { ipv4Netmask, netmaskLength } from '../net/netmask.ts';
import type { Prefix } from '../net/prefix.ts';

export interface ClientSettings {
  /** Who logged in (XAuth); `null` when nobody was asked. */
  readonly user: string | null;
  readonly address: IpAddress | null;
  readonly netmask: IpAddress | null;
  readonly dnsServers: readonly IpAddress[];
  readonly winsServers: readonly IpAddress[];
  readonly defaultDomain: string | null;
  /** What goes through the tunnel; none is everything. */
  readonly splitInclude: readonly Prefix[];
  /** What does not. */
  readonly splitLocal: readonly Prefix[];
  /** The domains that the DNS servers know. */
  readonly splitDomains: readonly string[];
  /** What to greet the user with; may have several lines. */
  readonly banner: string | null;
  /** Whether the client may keep the password; `null` when the server does not say. */
  readonly savePassword: boolean | null;
  /** The number of the group for quick mode, 0 is none; `null` when the server does not say. */
  readonly pfsGroup: number | null;
  /** What the server calls itself. */
  readonly version: string | null;
}

/** Of a client that was given nothing. */
export const NO_SETTINGS: ClientSettings = {
  user: null,
  address: null,
  netmask: null,
  dnsServers: [],
  winsServers: [],
  defaultDomain: null,
  splitInclude: [],
  splitLocal: [],
  splitDomains: [],
  banner: null,
  savePassword: null,
  pfsGroup: null,
  version: null,
};

/**
 * The settings as racoon's scripts look for them in their environment. What was not given is an empty
 * text, but for `XAUTH_USER`, which is missing then, and the length of the netmask, which is `0`.
 */
export function clientEnvironment(settings: ClientSettings): Readonly<Record<string, string>> {
  const { user, netmask, splitInclude, splitLocal } = settings;
  const dnsServers = settings.dnsServers.map(formatIpAddress);
  const winsServers = settings.winsServers.map(formatIpAddress);
  return {
    ...(user === null ? {} : { XAUTH_USER: user }),
    INTERNAL_ADDR4: written(settings.address),
    INTERNAL_NETMASK4: written(netmask),
    // Older scripts look for this.
    INTERNAL_MASK4: written(netmask),
    INTERNAL_CIDR4: `${(netmask && netmaskLength(netmask)) ?? 0}`,
    INTERNAL_DNS4: dnsServers[0] ?? '',
    INTERNAL_DNS4_LIST: dnsServers.join(' '),
    INTERNAL_WINS4: winsServers[0] ?? '',
    INTERNAL_WINS4_LIST: winsServers.join(' '),
    DEFAULT_DOMAIN: settings.defaultDomain ?? '',
    SPLIT_INCLUDE: splitInclude.map(withNetmask).join(' '),
    SPLIT_INCLUDE_CIDR: splitInclude.map(withLength).join(' '),
    SPLIT_LOCAL: splitLocal.map(withNetmask).join(' '),
    SPLIT_LOCAL_CIDR: splitLocal.map(withLength).join(' '),
    INTERNAL_SPLITDNS_DOMAINS: settings.splitDomains.join(','),
  };
}

function written(address: IpAddress | null): string {
  return address === null ? '' : formatIpAddress(address);
}

function withNetmask({ address, length }: Prefix): string {
  return `${formatIpAddress(address)}/${formatIpAddress(ipv4Netmask(length))}`;
}

/** With the length of a single address, too. */
function withLength({ address, length }: Prefix): string {
  return `${formatIpAddress(address)}/${length}`;
}
