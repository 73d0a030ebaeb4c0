/**
 * Why a negotiation came to nothing, as values: what both sides wanted, and the lines of our
 * configuration that could be changed. `failure-text.ts` has the words.
 *
 * @module
 */
import type { Selector } from '../ipsec/selector.ts';
import type { CredentialFault } from './credential-fault.ts';
import type { NoInboundPolicy } from './responder-policy.ts';
import type { NoPolicy } from './select-policy.ts';
import type { PeerRefusal } from './v1/phase1/select-peer.ts';
import type { WrongAnswer } from './v1/quick-mode/accept.ts';
import type { NothingToOffer } from './v1/quick-mode/offer.ts';
import type { NoProposalChosen } from './v1/quick-mode/proposal-table.ts';

/** The peer did not answer. */
export interface NoAnswer {
  readonly kind: 'no-answer';
  readonly waitingFor: string;
  /** Why what came in its place was not taken, as a clause. */
  readonly ignored?: string | null;
  /** Whether it would be silent if it had another pre-shared key than we. */
  readonly mayHaveOtherKey?: boolean;
}

export type Failure =
  | NoAnswer
  /** The peer said so, by a notification: its name, `NO-PROPOSAL-CHOSEN`. */
  | { readonly kind: 'notified'; readonly notification: string }
  /** What came is not what the exchange asks for; the reason is a clause. */
  | { readonly kind: 'protocol'; readonly reason: string }
  /** The backend would not do what is needed; the reason is a clause. */
  | { readonly kind: 'backend'; readonly reason: string }
  /** Phase 1: no `remote` for the peer, no proposal in common, or another identity. */
  | PeerRefusal
  /** The HASH payload of the peer is not the one that its key would make. */
  | { readonly kind: 'peer-hash' }
  /** A message deciphers to nothing: whether the key of its cipher comes of a pre-shared key. */
  | { readonly kind: 'undecipherable'; readonly isOfPreSharedKey: boolean }
  /** XAuth or mode config after phase 1: nobody is let in; the reason is a clause. */
  | { readonly kind: 'login'; readonly reason: string }
  /** No key, a certificate that is not to be trusted, a signature that does not verify. */
  | { readonly kind: 'credentials'; readonly fault: CredentialFault }
  /** Phase 2: it was not done when the phase 1 that it was under came to its end. */
  | { readonly kind: 'phase1-ended' }
  /** Phase 2: the layers of protection. */
  | NoProposalChosen
  | WrongAnswer
  | NothingToOffer
  /** Phase 2: no `sainfo` is for the traffic. */
  | NoPolicy
  /** Phase 2: the SPD wants no protection for the traffic, and nobody is to generate a policy. */
  | NoInboundPolicy
  /** Phase 2: the SPD has no outbound entry with that selector. */
  | { readonly kind: 'no-policy'; readonly selector: Selector };
