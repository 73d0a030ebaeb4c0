/**
 * What comes of something that happens to a conversation of transaction exchanges: another state, and
 * what is to be done, in its order.
 *
 * @module
 */
import type { ModeConfiguration } from '../../../wire/ikev1/mode-configuration.ts';
import type { ClientSettings } from '../../client-settings.ts';
import type { Question } from '../../question.ts';

export interface Step<S> {
  readonly next: S;
  readonly outputs: readonly TransactionOutput[];
}

export type TransactionOutput =
  /** Send it in a transaction exchange of its own, and again until it is answered. */
  | { readonly kind: 'begin'; readonly configuration: ModeConfiguration }
  /** Send it in the exchange that the last message came in; that ends the exchange. */
  | { readonly kind: 'respond'; readonly configuration: ModeConfiguration }
  | { readonly kind: 'ask'; readonly question: PasswordQuestion }
  /** XAuth came to a good end: the client is this user, or so are we; `null` when nobody was asked. */
  | { readonly kind: 'authenticated'; readonly user: string | null }
  /** The client has these settings now. */
  | { readonly kind: 'configured'; readonly settings: ClientSettings }
  /** The phase 1 is of no use: it is to be deleted. The reason is a clause. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** What came was passed over, or a wish was not fulfilled; the reason is a clause. */
  | { readonly kind: 'remark'; readonly reason: string };

export type PasswordQuestion = Extract<Question, { readonly kind: 'password' }>;

/** The step to `next`, with what is to be done. */
export function go<S>(next: S, ...outputs: readonly TransactionOutput[]): Step<S> {
  return { next, outputs };
}

/** Nothing but a remark comes of it. */
export function stay<S>(state: S, reason: string): Step<S> {
  return go(state, { kind: 'remark', reason });
}
