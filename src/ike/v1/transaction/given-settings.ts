/**
 * What a gateway gives its clients, as its configuration has it.
 *
 * @module
 */
import type { IpAddress } from '../../../net/ip-address.ts';
import { type ClientSettings, NO_SETTINGS } from '../../client-settings.ts';
import type { ModeConfig } from '../../configuration.ts';

/** The settings for a client: `address` is `null` when there is none for him, and then no netmask either. */
export function givenSettings(
  modeConfig: ModeConfig,
  banner: string | null,
  user: string | null,
  address: IpAddress | null,
): ClientSettings {
  const { dnsServers, winsServers, defaultDomain, splitNetworks, splitDomains } = modeConfig;
  const networks = splitNetworks?.networks ?? [];
  const included = splitNetworks?.kind === 'include';
  return {
    ...NO_SETTINGS,
    user,
    address,
    netmask: address === null ? null : modeConfig.netmask,
    dnsServers,
    winsServers,
    defaultDomain,
    splitInclude: included ? networks : [],
    splitLocal: included ? [] : networks,
    splitDomains,
    banner: banner === '' ? null : banner,
    savePassword: modeConfig.savePassword,
    pfsGroup: modeConfig.pfsGroup,
    version: OWN_NAME,
  };
}

/** Which version it is, is nobody's business. */
const OWN_NAME = 'ipseal';
