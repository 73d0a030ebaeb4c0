/**
 * Why a negotiation came to nothing, as values: what both sides wanted, and the lines of our
 * configuration that could be changed.
 *
 * @module
 */
import type { Selector } from '../ipsec/selector.ts';
import type { CredentialFault } from './credential-fault.ts';
import type { NoInboundPolicy } from './responder-policy.ts';
import type { NoPolicy } from './select-policy.ts';
import type { IdentityRefused } from './v1/identification.ts';
import type { Phase1ProposalRefused } from './v1/phase1/proposal.ts';
import type { NoPeer } from './v1/phase1/select-peer.ts';
import type { WrongAnswer } from './v1/quick-mode/accept.ts';
import type { NothingToOffer } from './v1/quick-mode/offer.ts';
import type { NoProposalChosen } from './v1/quick-mode/proposal-table.ts';

export type Failure =
  /** No `remote` is for that peer. */
  | NoPeer
  /** Nothing that one side offers in phase 1 will do for the other. */
  | Phase1ProposalRefused
  /** The peer is somebody else than the one we want. */
  | IdentityRefused
  /** What proves who we are, or who the peer is, is missing or not good. */
  | { readonly kind: 'credentials'; readonly fault: CredentialFault }
  /** The peer's hash did not verify: the pre-shared keys differ. */
  | { readonly kind: 'peer-hash' }
  /** What the peer enciphered cannot be read: in main mode the pre-shared keys differ. */
  | { readonly kind: 'undecipherable' }
  /** Nothing that the peer offered in quick mode will do. */
  | NoProposalChosen
  /** No `sainfo` is for that traffic. */
  | NoPolicy
  /** The SPD protects no such traffic of the peer. */
  | NoInboundPolicy
  | NothingToOffer
  /** The SPD has no outbound entry with that selector. */
  | { readonly kind: 'no-policy'; readonly selector: Selector }
  | WrongAnswer
  /** The backend would not do what is needed; the reason is a clause. */
  | { readonly kind: 'backend'; readonly reason: string }
  /** The peer did not answer. */
  | { readonly kind: 'no-answer'; readonly waitingFor: string }
  /** The peer said so, by a notification. */
  | { readonly kind: 'notified'; readonly notification: string }
  /** What came is not what the exchange asks for; the reason is a clause. */
  | { readonly kind: 'protocol'; readonly reason: string };
