/**
 * Changes to the SAD and the SPD, as values: what every front end produces and every backend takes.
 *
 * @module
 */
import type { IpsecProtocol, Policy, PolicyId } from './policy.ts';
import type { Progress } from './progress.ts';
import type { SaId, SaParameters } from './sa-parameters.ts';

export type Change =
  /**
   * Refused as `exists` when the SAD has an SA of the same name. `from` is where it begins to count, for
   * one that is brought back: at 0 unless told.
   */
  | { readonly kind: 'add-sa'; readonly sa: SaParameters; readonly from?: Progress }
  /** Refused as `missing` when there is none. */
  | { readonly kind: 'delete-sa'; readonly id: SaId }
  /** Every SA between two addresses; not refused when there is none. */
  | { readonly kind: 'delete-sas-between'; readonly pair: SaPair }
  /** Every SA, or every SA of one protocol. */
  | { readonly kind: 'flush-sas'; readonly protocol: IpsecProtocol | null }
  /** Refused as `exists` when the SPD has an entry of the same name. */
  | { readonly kind: 'add-policy'; readonly policy: Policy }
  /** As `add-policy`, but takes the place of an entry of the same name. */
  | { readonly kind: 'update-policy'; readonly policy: Policy }
  /** Refused as `missing` when there is none with this direction and selector. */
  | { readonly kind: 'delete-policy'; readonly policy: PolicyId }
  | { readonly kind: 'flush-policies' };

/** The SAs from one address to another; of one protocol, or of all. */
export interface SaPair extends Pick<SaParameters, 'source' | 'destination'> {
  readonly protocol: IpsecProtocol | null;
}
