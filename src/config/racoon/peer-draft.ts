/**
 * A `remote` while it is being read, and as others inherit from it.
 *
 * @module
 */
import {
  type DeadPeerDetection,
  needsPreSharedKey,
  type Peer,
  type Phase1Transform,
  type Scripts,
} from '../../ike/peer.ts';
import { type IpAddress, sameAddress } from '../../net/ip-address.ts';
import type { Location, Span } from '../source.ts';
import type { Token } from '../token.ts';
import type { Mutable } from './draft.ts';

/** A proposal; what it lacks is `undefined`, and was reported. */
export interface ProposalDraft extends Mutable<Partial<Omit<Phase1Transform, 'at' | 'origins'>>> {
  readonly at: Location;
  readonly origins: ReadonlyMap<string, Location>;
}

/** Whether a pre-shared key is needed for `proposal`. */
export function asksForSecret({ authentication }: ProposalDraft): boolean {
  return authentication !== undefined && needsPreSharedKey(authentication);
}

export interface PeerDraft extends Mutable<Omit<Peer, 'transforms' | 'origins'>> {
  readonly at: Location;
  readonly keyword: Token;
  readonly deadPeerDetection: Mutable<DeadPeerDetection>;
  readonly scripts: Mutable<Scripts>;
  /** Where statements stand, those of whom it inherits from among them. */
  origins: Map<string, Location>;
  /** Those of whom it inherits from come first. */
  proposals: readonly ProposalDraft[];
  /** For proposals without one of their own. */
  lifetimeSeconds: number;
}

/** What tells a remote from others: its name or its address. */
export interface PeerIndex {
  readonly name: string | null;
  readonly address: IpAddress | null;
  readonly port: number;
}

/** A remote of which nothing is said but who it is. */
export function newPeer(index: PeerIndex, keyword: Token, at: Location): PeerDraft {
  return {
    ...index,
    at,
    keyword,
    exchangeModes: [],
    ownIdentity: { kind: 'address', address: null },
    peerIdentities: [],
    verifyIdentity: false,
    ownCertificate: null,
    peerCertificate: null,
    authority: null,
    verifyCertificate: true,
    sendCertificate: true,
    sendCertificateRequest: true,
    matchEmptyCertificateRequest: false,
    nonceLength: 16,
    passive: false,
    proposalCheck: 'strict',
    generatePolicy: 'off',
    supportProxy: false,
    initialContact: true,
    natTraversal: 'off',
    ikeFragmentation: 'off',
    espFragmentLength: 65535,
    deadPeerDetection: { enabled: true, delaySeconds: 0, retrySeconds: 5, mostFailures: 5 },
    rekey: 'on',
    weakPhase1Check: false,
    modeConfig: false,
    xauthLogin: null,
    scripts: { up: null, down: null, dead: null },
    phase1Id: 0,
    origins: new Map(),
    proposals: [],
    lifetimeSeconds: 28_800,
  };
}

/** A remote that begins as `parent` is. Only a name leaves it the address of `parent`. */
export function heirOf(
  parent: PeerDraft,
  index: PeerIndex,
  keyword: Token,
  at: Location,
): PeerDraft {
  const { address, port } = index.name === null ? index : parent;
  return {
    ...parent,
    name: index.name,
    address,
    port,
    at,
    keyword,
    deadPeerDetection: { ...parent.deadPeerDetection },
    scripts: { ...parent.scripts },
    origins: new Map(parent.origins),
  };
}

/** The remote called `index`, or at its address, that stands last in `peers`. */
export function findPeer(peers: readonly PeerDraft[], index: PeerIndex): PeerDraft | undefined {
  return peers.findLast((peer) =>
    index.name === null
      ? peer.name === null && peer.port === index.port && sameOrNone(peer.address, index.address)
      : peer.name === index.name,
  );
}

/**
 * Where to tell that something is wrong with `origin`: there, or at the remote itself when that
 * inherits it from another file.
 */
export function spanOf({ at, keyword }: PeerDraft, origin: Location | undefined): Span {
  return origin?.file === at.file ? origin.span : keyword;
}

function sameOrNone(a: IpAddress | null, b: IpAddress | null): boolean {
  return a === null || b === null ? a === b : sameAddress(a, b);
}
