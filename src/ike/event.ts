/**
 * What becomes of negotiations, for logs, scripts and whoever watches.
 *
 * @module
 */
import type { SaId, SaParameters } from '../ipsec/sa-parameters.ts';
import type { Selector } from '../ipsec/selector.ts';
import type { ClientSettings } from './client-settings.ts';
import type { Failure } from './failure.ts';
import type { Path } from './path.ts';
import type { ExchangeMode, Peer } from './peer.ts';

/** Which phase 1 an event is about. */
export interface Phase1Identity {
  readonly path: Path;
  readonly role: 'initiator' | 'responder';
  readonly mode: ExchangeMode;
  readonly initiatorCookie: Uint8Array;
  /** Zeros before the responder has answered. */
  readonly responderCookie: Uint8Array;
  /** `null` before it is known which of the configuration it is. */
  readonly peer: Peer | null;
}

export type IkeEvent =
  | { readonly kind: 'phase1-begun'; readonly phase1: Phase1Identity }
  /** `remoteIdentity` is the peer's, as text; `settings` are those that we were given, or gave. */
  | {
      readonly kind: 'phase1-established';
      readonly phase1: Phase1Identity;
      readonly remoteIdentity: string;
      readonly settings: ClientSettings | null;
    }
  /**
   * Established before, and now the client has all that mode config gives it: when it came, or when quick
   * mode begins without it.
   */
  | {
      readonly kind: 'phase1-settled';
      readonly phase1: Phase1Identity;
      readonly remoteIdentity: string;
      readonly settings: ClientSettings | null;
    }
  /** It had been established, and is no more. */
  | {
      readonly kind: 'phase1-deleted';
      readonly phase1: Phase1Identity;
      readonly remoteIdentity: string;
      readonly settings: ClientSettings | null;
      readonly reason: 'expired' | 'deleted-by-peer' | 'deleted-by-us' | 'replaced' | 'dead-peer';
    }
  /**
   * A message that phase 1 would fail by, if it were known to be the peer's: it is passed over, and told
   * for all that, since it may explain why nothing comes of phase 1.
   */
  | { readonly kind: 'phase1-doubted'; readonly phase1: Phase1Identity; readonly failure: Failure }
  /** It came to nothing. */
  | { readonly kind: 'phase1-failed'; readonly phase1: Phase1Identity; readonly failure: Failure }
  /** `role` is ours in this quick mode, whoever began phase 1. */
  | {
      readonly kind: 'phase2-begun';
      readonly phase1: Phase1Identity;
      readonly role: 'initiator' | 'responder';
      readonly messageId: number;
    }
  /** SAs of both directions, in force; `selector` is of the policy that they are for. */
  | {
      readonly kind: 'phase2-established';
      readonly phase1: Phase1Identity;
      readonly messageId: number;
      readonly selector: Selector;
      readonly sas: readonly SaParameters[];
    }
  /**
   * `phase1` is `null` when there was none to begin with, and `selector`, of the policy that SAs were wanted
   * for, before that is known.
   */
  | {
      readonly kind: 'phase2-failed';
      readonly phase1: Phase1Identity | null;
      readonly selector: Selector | null;
      readonly failure: Failure;
    }
  /** A packet waits, and it has to wait for phase 1. */
  | { readonly kind: 'phase2-waits'; readonly path: Path }
  | {
      readonly kind: 'sas-deleted';
      readonly phase1: Phase1Identity;
      readonly sas: readonly SaId[];
    }
  /** The peer has forgotten all that was before (RFC 2407 §4.6.3.3). */
  | { readonly kind: 'initial-contact'; readonly phase1: Phase1Identity }
  | {
      readonly kind: 'nat-detected';
      readonly phase1: Phase1Identity;
      readonly local: boolean;
      readonly remote: boolean;
    }
  | { readonly kind: 'vendor-id'; readonly phase1: Phase1Identity; readonly name: string }
  /** What was let pass of the peer's identity or its certificates, or who else it could be: a clause. */
  | { readonly kind: 'let-pass'; readonly phase1: Phase1Identity; readonly what: string }
  | { readonly kind: 'mode-config-done' | 'xauth-succeeded'; readonly phase1: Phase1Identity }
  | { readonly kind: 'policy-generated' | 'policy-removed'; readonly selector: Selector }
  /** A packet that was not believed or not understood; the reason is a clause. */
  | { readonly kind: 'ignored'; readonly path: Path; readonly reason: string };
