/**
 * What is to be negotiated with a peer in phase 1, and how far it is trusted.
 *
 * @module
 */
import type { EncryptionAlgorithm } from '../crypto/algorithm.ts';
import type { DhGroup } from '../crypto/dh-group.ts';
import type { HashAlgorithm } from '../crypto/hash-algorithm.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { Identity } from './identity.ts';
import type { Origin, Origins } from './origin.ts';

/** The exchanges of phase 1 (RFC 2409 §5; base mode is of a draft). */
export type ExchangeMode = 'main' | 'aggressive' | 'base';

/** How phase 1 authenticates (RFC 2409 §5; the hybrid and XAuth methods are of drafts). */
export type AuthenticationMethod =
  | 'pre_shared_key'
  | 'rsasig'
  | 'hybrid_rsa_server'
  | 'hybrid_rsa_client'
  | 'xauth_psk_server'
  | 'xauth_psk_client'
  | 'xauth_rsa_server'
  | 'xauth_rsa_client';

/** Whether `method` needs a key that both ends know. */
export function needsPreSharedKey(method: AuthenticationMethod): boolean {
  return method === 'pre_shared_key' || method.startsWith('xauth_psk');
}

/** Who of us asks the other for a name and a password once phase 1 is done; `null` when nobody does. */
export function xauthRole(method: AuthenticationMethod): 'server' | 'client' | null {
  if (method.endsWith('_server')) return 'server';
  return method.endsWith('_client') ? 'client' : null;
}

/** What a responder does when a proposal is not the same as its own. */
export type ProposalCheck = 'obey' | 'strict' | 'claim' | 'exact';

/** One transform of the one proposal of phase 1. */
export interface Phase1Transform {
  readonly encryption: EncryptionAlgorithm;
  /** The Key Length attribute is sent for ciphers that have several. */
  readonly keyBits: number;
  readonly hash: HashAlgorithm;
  readonly authentication: AuthenticationMethod;
  readonly group: DhGroup;
  readonly lifetimeSeconds: number;
  readonly at: Origin;
  readonly origins: Origins;
}

/** What we show who we are with. Paths are as the file has them. */
export type OwnCertificate =
  | { readonly kind: 'x509'; readonly certificate: string; readonly key: string }
  | { readonly kind: 'plain-rsa'; readonly key: string };

/** What is known of the peer's key beforehand. */
export type PeerCertificate =
  | { readonly kind: 'x509'; readonly certificate: string }
  | { readonly kind: 'plain-rsa'; readonly key: string };

/** Programs to run when a phase 1 comes and goes; `null` is none. */
export interface Scripts {
  readonly up: string | null;
  readonly down: string | null;
  readonly dead: string | null;
}

/** RFC 3706. */
export interface DeadPeerDetection {
  readonly enabled: boolean;
  /** Idle time before the peer is asked; 0 is never. */
  readonly delaySeconds: number;
  readonly retrySeconds: number;
  /** How many unanswered questions make the peer dead. */
  readonly mostFailures: number;
}

/** A `remote` of racoon.conf, with what it inherits and all defaults filled in. */
export interface Peer {
  /** `null` when the configuration gives it no name. */
  readonly name: string | null;
  /** `null` is any address: an anonymous peer. */
  readonly address: IpAddress | null;
  readonly port: number;
  /** The first is what we begin; all of them are answered. */
  readonly exchangeModes: readonly ExchangeMode[];
  /** In the order of preference. */
  readonly transforms: readonly Phase1Transform[];
  readonly ownIdentity: Identity;
  /** Any of them will do; none is any identity. */
  readonly peerIdentities: readonly Identity[];
  /** Whether another identity than those is refused, and not warned of alone. */
  readonly verifyIdentity: boolean;
  readonly ownCertificate: OwnCertificate | null;
  readonly peerCertificate: PeerCertificate | null;
  /** The file of the one authority that is trusted; `null` for those of the certificate folder. */
  readonly authority: string | null;
  readonly verifyCertificate: boolean;
  readonly sendCertificate: boolean;
  readonly sendCertificateRequest: boolean;
  readonly matchEmptyCertificateRequest: boolean;
  readonly nonceLength: number;
  /** Whether we wait for the peer to begin. */
  readonly passive: boolean;
  readonly proposalCheck: ProposalCheck;
  readonly generatePolicy: 'off' | 'require' | 'unique';
  readonly supportProxy: boolean;
  readonly initialContact: boolean;
  readonly natTraversal: 'off' | 'on' | 'force';
  readonly ikeFragmentation: 'off' | 'on' | 'force';
  /** The longest ESP packet inside UDP. */
  readonly espFragmentLength: number;
  readonly deadPeerDetection: DeadPeerDetection;
  readonly rekey: 'off' | 'on' | 'force';
  /** Whether deletions and notifications are believed before phase 1 protects them. */
  readonly weakPhase1Check: boolean;
  readonly modeConfig: boolean;
  /** The name that we log in with; `null` when the question is left to whoever connects. */
  readonly xauthLogin: string | null;
  readonly scripts: Scripts;
  /** Tells quick mode policies apart that are for this peer: their `remoteId`. */
  readonly phase1Id: number;
  readonly at: Origin;
  readonly origins: Origins;
}

/** Whether both say the same, wherever they say it. */
export function isSamePeerSetting(a: Peer, b: Peer): boolean {
  return a === b || settingText(a) === settingText(b);
}

/** Everything but where it was written. Algorithms are told by their names. */
function settingText(peer: Peer): string {
  return JSON.stringify(peer, (key, value) => (PLACES.has(key) ? undefined : value));
}

const PLACES: ReadonlySet<string> = new Set(['at', 'origins']);
