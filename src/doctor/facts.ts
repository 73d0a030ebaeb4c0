/**
 * What is known of a machine when it is examined. `null` stands for what could not be found out.
 *
 * @module
 */
import type { Chain } from '../firewall/chain.ts';
import type { Policy } from '../ipsec/policy.ts';
import type { DiscardCounters, Instant, SaRecord } from '../ipsec/record.ts';

export interface Facts {
  readonly now: Instant;
  /** Whose tables {@link sas} and {@link policies} are. */
  readonly backend: 'kernel' | 'userspace' | null;
  readonly kernel: KernelFacts;
  /** Of this process, by name: `CAP_NET_ADMIN`. */
  readonly capabilities: ReadonlySet<string>;
  readonly tun: 'usable' | 'missing' | 'refused';
  readonly libraries: LibraryFacts;
  readonly filter: FilterFacts;
  /** What ipseald has put into the packet filter. */
  readonly guard: 'in-force' | 'gone' | null;
  /** By name, `net.ipv4.ip_forward`; those that exist. */
  readonly sysctls: ReadonlyMap<string, string>;
  readonly processes: readonly ProcessFacts[];
  /** Bound UDP ports, of any address, with those who hold them. */
  readonly udpPorts: readonly { readonly port: number; readonly holder: ProcessFacts | null }[];
  /** Where packets to the ends of SAs and templates go; what has no route is not there. */
  readonly paths: readonly PathFacts[];
  readonly sas: readonly SaRecord[];
  readonly policies: readonly Policy[];
  readonly discards: DiscardCounters;
}

export interface KernelFacts {
  /** What it lacks, by protocol or algorithm. */
  readonly gaps:
    | readonly { readonly kind: string; readonly name: string; readonly reason: string }[]
    | null;
  /** Why that is not known, as a clause. */
  readonly unknown: string | null;
}

export interface LibraryFacts {
  readonly openssl: string;
  /** Whether OpenSSL has DES, Blowfish and CAST-128. */
  readonly legacy: boolean;
  readonly multiBuffer: boolean;
  readonly isX86: boolean;
}

export interface FilterFacts {
  /** Why nf_tables cannot be used, as a clause; `null` when it can. */
  readonly nftMissing: string | null;
  /** Tables of nftables that it would not tell of: `inet filter`. */
  readonly untold: readonly string[];
  readonly chains: readonly Chain[];
}

export interface ProcessFacts {
  readonly pid: number;
  /** Of the program. */
  readonly name: string;
}

export interface PathFacts {
  /** An address. */
  readonly to: string;
  readonly device: string;
  /** In octets. */
  readonly mtu: number;
}
