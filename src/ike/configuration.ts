/**
 * What IKE is to do, whatever language it was said in: peers, policies of quick mode, addresses to
 * listen on, timers. Everything is a value; files are named and not read.
 *
 * @module
 */
import type { IpAddress } from '../net/ip-address.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Peer } from './peer.ts';
import type { QuickModePolicy } from './quick-mode-policy.ts';

export interface IkeConfiguration {
  /** In the order of the file. */
  readonly peers: readonly Peer[];
  /** The first that matches is the one: most specific first, else in the order of the file. */
  readonly quickModePolicies: readonly QuickModePolicy[];
  readonly listen: Listen;
  readonly timers: Timers;
  readonly padding: Padding;
  readonly modeConfig: ModeConfig;
  /** Whether SAs of one policy are negotiated as a bundle of their own each (RFC 2401 §4.3). */
  readonly complexBundles: boolean;
}

/** Where to listen. */
export interface Listen {
  /** None is every address of the host, on ports 500 and 4500. */
  readonly addresses: readonly ListenAddress[];
  /** Whether it is an error that the host has not one of them. */
  readonly strict: boolean;
}

export interface ListenAddress {
  readonly address: IpAddress;
  readonly port: number;
  /** Whether ESP comes to the same port (RFC 3948). */
  readonly natTraversal: boolean;
}

export interface Timers {
  /** How often a message is sent again. */
  readonly retransmissions: number;
  readonly retransmissionSeconds: number;
  /** How many copies are sent at once. */
  readonly copies: number;
  /** How long phase 1 may take. */
  readonly phase1Seconds: number;
  /** How long phase 2 may take. */
  readonly phase2Seconds: number;
  /** 0 is never. */
  readonly natKeepaliveSeconds: number;
}

/** How ISAKMP messages are padded before they are enciphered. */
export interface Padding {
  readonly randomize: boolean;
  readonly randomizeLength: boolean;
  readonly maximumLength: number;
  readonly strictCheck: boolean;
  /** Whether the last octet counts the padding without itself. */
  readonly exclusiveTail: boolean;
}

/** What clients are given and asked. */
export interface ModeConfig {
  /** The first address to give away. */
  readonly network: IpAddress | null;
  readonly netmask: IpAddress | null;
  /** How many addresses there are to give away. */
  readonly poolSize: number;
  readonly dnsServers: readonly IpAddress[];
  readonly winsServers: readonly IpAddress[];
  readonly defaultDomain: string | null;
  readonly splitNetworks: SplitNetworks | null;
  readonly splitDomains: readonly string[];
  /** The file with what clients are greeted with. */
  readonly banner: string;
  readonly authentication: 'system' | 'pam';
  /** Any of them will do; none is anybody. */
  readonly groups: readonly string[];
  /** What a wrong password costs. */
  readonly throttleSeconds: number;
  readonly savePassword: boolean;
  /** The number of the group that clients are told to use; 0 is none. */
  readonly pfsGroup: number;
}

/** What goes through the tunnel alone, or what does not. */
export interface SplitNetworks {
  readonly kind: 'include' | 'local-lan';
  readonly networks: readonly Prefix[];
}
