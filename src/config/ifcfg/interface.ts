/**
 * What an `ifcfg-NAME` of `TYPE=IPSEC` asks for, as a value: the ends, the networks behind them, and
 * the keys or the daemon that shall negotiate them.
 *
 * @module
 */
import type { Secret } from '../../crypto/secret.ts';
import type { SaParameters } from '../../ipsec/sa-parameters.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Prefix } from '../../net/prefix.ts';

export interface IpsecInterface {
  /** `ipsec0`. No network device is called so. */
  readonly name: string;
  /** Of the peer. */
  readonly destination: IpAddress;
  /** Of this host; `null` is the one that the kernel chooses for packets to the peer. */
  readonly source: IpAddress | null;
  /** `null` in transport mode, where the two hosts talk to each other alone. */
  readonly networks: Networks | null;
  readonly keying: ManualKeying | AutomaticKeying;
}

/** What is behind the ends of a tunnel. At least one of the networks is given. */
export interface Networks {
  /** Here; `null` is this host alone. */
  readonly source: Prefix | null;
  /** There; `null` is the peer alone. */
  readonly destination: Prefix | null;
  /** This host's address in its network; `null` is the one that the kernel chooses. */
  readonly sourceGateway: IpAddress | null;
}

/** Keys that are in the files. */
export interface ManualKeying {
  readonly kind: 'manual';
  /** One SA for each layer, innermost first: ESP, then AH. At least one. */
  readonly inbound: readonly KeyedLayer[];
  /** The same protocols as inbound. */
  readonly outbound: readonly KeyedLayer[];
}

/** An SA but for its ends. */
export type KeyedLayer = Pick<SaParameters, 'spi' | 'encryption' | 'integrity'> & {
  readonly protocol: 'esp' | 'ah';
};

/** Keys that an IKE daemon, racoon, negotiates. */
export interface AutomaticKeying {
  readonly kind: 'automatic';
  /** Innermost first. At least one. */
  readonly protocols: readonly ('esp' | 'ah')[];
  /** What racoon shall be told of the peer; `null` where its files are somebody else's concern. */
  readonly peer: RacoonPeer | null;
}

/** What racoon needs to know of a peer, in its own words. */
export interface RacoonPeer {
  readonly authentication: PskAuthentication | X509Authentication | { readonly method: 'GSSAPI' };
  /** `main, aggressive`, the one to propose first. */
  readonly exchangeModes: readonly string[];
  /** In seconds; `null` where nothing shall be said of it. */
  readonly dpdDelay: number | null;
  readonly natTraversal: string | null;
  /** Of phase 1: `3des`, `aes 256`. */
  readonly encryption: string;
  /** Of phase 1: `sha1`. */
  readonly hash: string;
  readonly dhGroup: string;
}

export interface PskAuthentication {
  readonly method: 'PSK';
  /** `null` where `psk.txt` has it already. */
  readonly key: Secret | null;
  /** How this host is called; `null` is by its address. */
  readonly identifier: { readonly type: string; readonly value: string } | null;
}

/** Paths, without the `.public` and `.private` that are put behind them. */
export interface X509Authentication {
  readonly method: 'X509';
  readonly certificate: string | null;
  readonly peerCertificate: string | null;
  readonly caCertificate: string | null;
  /** Whether the peer's certificate is in the DNS. */
  readonly dnssec: boolean;
}
