/**
 * What the parts of a phase 1 know of one another, and what they tell the endpoint.
 *
 *     endpoint ──► Phase1Sa ──► EstablishedPhase1 ──► exchanges under it
 *        ▲                                               │
 *        └────────────────── News ───────────────────────┘
 *
 * @module
 */
import type { IpsecProtocol } from '../../ipsec/policy.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { IsakmpMessage } from '../../wire/ikev1/message.ts';
import type { PayloadBody } from '../../wire/ikev1/payload-chain.ts';
import type { ChildRequest } from '../child-request.ts';
import type { ChildSa } from '../child-sa.ts';
import type { ClientSettings } from '../client-settings.ts';
import type { IkeEnvironment } from '../environment.ts';
import type { Phase1Identity } from '../event.ts';
import type { Failure } from '../failure.ts';
import type { Heed, Outbox } from '../outbox.ts';
import type { Path } from '../path.ts';
import type { Peer } from '../peer.ts';
import type { Question } from '../question.ts';
import type { Sending } from './channel.ts';
import type { Established } from './established.ts';
import type { Cookies } from './key-material.ts';
import type { Role } from './phase1/negotiation.ts';
import type { Phase2Exchange } from './phase2-exchange.ts';
import type { ServerSettings } from './transaction/situation.ts';
import type { Login } from './transaction/xauth-client.ts';

/** What every phase 1 of an endpoint shares. */
export interface Surroundings {
  readonly environment: IkeEnvironment;
  readonly outbox: Outbox;
  /** Milliseconds since the epoch at 0 of the clock that comes in. */
  readonly epoch: number;
  /** Where the endpoint takes its news from. */
  readonly tell: (news: News) => void;
  /** Something has become of a phase 1: its deadline may be nearer than it was. */
  readonly heed: (sa: Phase1Sa) => void;
  /** What there is to give to clients. */
  readonly server: ServerSettings;
  /** A number that ties SAs to policies that were made for them. */
  readonly newReqid: () => number;
  /** The path with NAT traversal's ports in place of those of IKE (RFC 3947 §4). */
  readonly floated: (path: Path) => Path;
}

/** A phase 1, at any time of its life. */
export interface Phase1Sa {
  readonly role: Role;
  readonly begunAt: number;
  /** The one that it was begun by. */
  readonly firstPath: Path;
  readonly path: Path;
  readonly cookies: Cookies;
  /** Which of the configuration it is, as far as is known. */
  readonly peer: Peer | null;
  /** `null` before it is established. */
  readonly under: EstablishedPhase1 | null;
  /** Who we are for a gateway that asks, as the command said that it was begun by; else `null`. */
  readonly login: Login | null;
  readonly isClosed: boolean;
  /** Whether it was begun by somebody whose address is not known to be his. */
  readonly isHalfOpen: boolean;
  /** Messages of phase 1. */
  readonly counts: { readonly sent: number; readonly received: number };
  /** When {@link time} is to be called. */
  readonly deadline: number;
  identity(): Phase1Identity;
  /** Takes a message that has its cookies, and came by `path`. */
  receive(path: Path, datagram: Uint8Array, message: IsakmpMessage, now: number): void;
  /** Does what is due. */
  time(now: number): void;
  /** Forgets everything under it; nothing is sent. */
  close(): void;
}

/** A phase 1 that is established. */
export interface EstablishedPhase1 {
  readonly around: Surroundings;
  readonly sa: Phase1Sa;
  readonly established: Established;
  readonly path: Path;
  readonly peer: Peer;
  readonly isDying: boolean;
  /** Whether quick mode can be begun, by either end: XAuth and mode config are done. */
  readonly isReady: boolean;
  /** Whether an exchange got no answer, and nothing has come since: the peer may have forgotten it. */
  readonly isSilent: boolean;
  /** What the peer has given us, or we have given it (mode config). */
  readonly settings: ClientSettings | null;
  /** The groups that the user is in who logged in here (XAuth). */
  readonly groups: readonly string[];
  /** The address that the peer was given, or else the one that it speaks from. */
  readonly clientAddress: IpAddress;
  readonly exchanges: Iterable<Phase2Exchange>;
  /** Begins quick mode. */
  beginQuickMode(request: ChildRequest, now: number): void;
  /** Whether quick mode for `request` is under way. */
  isNegotiating(request: ChildRequest): boolean;
  /** Asks for an exchange under it; `heed` is called when the answer comes, once, or never. */
  ask<Q extends Question>(question: Q, heed: Heed<Q>): void;
  /** An exchange that was begun then got no answer. */
  noAnswerSince(begunAt: number): void;
  /** How messages under this phase 1 go. */
  sending(awaitsAnswer: boolean): Sending;
  /** HASH(1) of a message (RFC 2409 §5.5). */
  hash1(messageId: number, rest: Uint8Array): Uint8Array;
  /** Sends one message of notifications or deletions. */
  inform(payloads: readonly PayloadBody[], now: number): void;
  /** Tells the peer that this phase 1 is no more. */
  sayGoodbye(now: number): void;
  /** Tells the peer that we have started afresh (RFC 2407 §4.6.3.3). */
  sayInitialContact(now: number): void;
}

export type News =
  /** Exchanges can be begun under it. */
  | { readonly kind: 'established'; readonly sa: Phase1Sa; readonly under: EstablishedPhase1 }
  /** The client has its settings, or goes on without. */
  | { readonly kind: 'settled'; readonly sa: Phase1Sa; readonly under: EstablishedPhase1 }
  /** It came to nothing before exchanges could be begun under it, and is to be forgotten. */
  | { readonly kind: 'failed'; readonly sa: Phase1Sa; readonly failure: Failure }
  /** It had been established, and is to be forgotten. */
  | {
      readonly kind: 'closed';
      readonly sa: Phase1Sa;
      readonly reason: ClosingReason;
    }
  /** The peer speaks from another port or address than before, behind a NAT. */
  | { readonly kind: 'moved'; readonly sa: Phase1Sa; readonly under: EstablishedPhase1 }
  /** Past its soft lifetime: time for another one. */
  | { readonly kind: 'dying'; readonly sa: Phase1Sa }
  /** The peer has started afresh, and knows of nothing that was before (RFC 2407 §4.6.3.3). */
  | { readonly kind: 'initial-contact'; readonly sa: Phase1Sa }
  /** The peer has deleted these of its inbound SAs, which are outbound ones of ours. */
  | {
      readonly kind: 'sas-deleted';
      readonly sa: Phase1Sa;
      readonly protocol: IpsecProtocol;
      readonly spis: readonly number[];
    }
  /** The peer has deleted the phase 1 with these cookies. */
  | {
      readonly kind: 'phase1-deleted';
      readonly sa: Phase1Sa;
      readonly cookies: Cookies;
    }
  /** Quick mode is done: SAs of both directions are in force. */
  | { readonly kind: 'child'; readonly sa: Phase1Sa; readonly child: ChildSa };

/** Why a phase 1 is no more. */
export type ClosingReason =
  | 'expired'
  | 'deleted-by-peer'
  | 'deleted-by-us'
  | 'replaced'
  | 'dead-peer';
