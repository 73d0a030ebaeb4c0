/**
 * What became of somebody's name and password.
 *
 * @module
 */

export type PasswordVerdict =
  /** He is who he says; `groups` are the host's that he belongs to. */
  | { readonly kind: 'accepted'; readonly groups: readonly string[] }
  /** He is not, or must not come in; `why` is a clause for the log, and not for him. */
  | { readonly kind: 'rejected'; readonly why: string }
  /** Nobody knows: `why` is a clause. */
  | { readonly kind: 'unchecked'; readonly why: string };

/** Who wants to come in. */
export interface Login {
  readonly user: string;
  /** Octets, without a zero behind them. */
  readonly password: Uint8Array;
  /** The address he comes from, as text. */
  readonly remote: string;
}

/** A verdict on its way from the process that found it. */
export interface VerdictLine {
  /** Of the login. */
  readonly number: number;
  readonly verdict: PasswordVerdict;
}

/** The descriptor of that process that verdicts go out by. */
export const VERDICT_FD = 3;
