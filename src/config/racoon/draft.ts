/**
 * A configuration while it is being read: all that is not said has its default.
 *
 * @module
 */
import type {
  Listen,
  ListenAddress,
  ModeConfig,
  Padding,
  SplitNetworks,
  Timers,
} from '../../ike/configuration.ts';
import type { Peer } from '../../ike/peer.ts';
import type { QuickModePolicy } from '../../ike/quick-mode-policy.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { AdminSocket, LogLevel, Paths, Privileges } from './configuration.ts';

/** `T` before it is finished. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface ConfigurationDraft {
  readonly paths: Mutable<Paths>;
  readonly privileges: Mutable<Privileges>;
  readonly timers: Mutable<Timers>;
  readonly padding: Mutable<Padding>;
  readonly listen: Mutable<Listen> & { readonly addresses: ListenAddress[] };
  readonly modeConfig: ModeConfigDraft;
  readonly peers: Peer[];
  readonly quickModePolicies: QuickModePolicy[];
  logLevel: LogLevel;
  adminSocket: AdminSocket | null;
  complexBundles: boolean;
}

export interface ModeConfigDraft extends Mutable<ModeConfig> {
  readonly dnsServers: IpAddress[];
  readonly winsServers: IpAddress[];
  readonly splitDomains: string[];
  readonly groups: string[];
  splitNetworks: (SplitNetworks & { readonly networks: Prefix[] }) | null;
}

/** What racoon is when its file is empty. */
export function emptyDraft(): ConfigurationDraft {
  return {
    paths: {
      include: null,
      preSharedKeys: null,
      certificates: null,
      scripts: null,
      pidFile: null,
    },
    privileges: { user: null, group: null },
    timers: {
      retransmissions: 5,
      retransmissionSeconds: 10,
      copies: 1,
      phase1Seconds: 30,
      phase2Seconds: 30,
      natKeepaliveSeconds: 20,
    },
    padding: {
      randomize: true,
      randomizeLength: false,
      maximumLength: 20,
      strictCheck: false,
      exclusiveTail: true,
    },
    listen: { addresses: [], strict: false },
    modeConfig: {
      network: null,
      netmask: null,
      poolSize: 0,
      dnsServers: [],
      winsServers: [],
      defaultDomain: null,
      splitNetworks: null,
      splitDomains: [],
      banner: '/etc/motd',
      authentication: 'system',
      groups: [],
      throttleSeconds: 1,
      savePassword: false,
      pfsGroup: 0,
    },
    peers: [],
    quickModePolicies: [],
    logLevel: 'info',
    adminSocket: {
      path: '/var/run/racoon/racoon.sock',
      owner: 'root',
      group: 'root',
      mode: 0o600,
    },
    complexBundles: true,
  };
}
