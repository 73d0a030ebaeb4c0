/**
 * The guard: what keeps the host's own IP stack from sending or taking in the clear what a policy
 * protects, and hands the data plane the packets it has to protect.
 *
 * The guard is installed before the data plane's tables change and outlives the process: a crash
 * leaves packets that need protection nowhere to go (fail closed).
 *
 * @module
 */
import type { DiscardCounters } from '../ipsec/backend.ts';
import type { Policy } from '../ipsec/policy.ts';
import type { Carriers } from '../ipsec/sa-parameters.ts';

export interface Guard {
  /**
   * Enforces `policies`, in order of precedence, in place of all earlier ones: at once or not. What
   * comes in `carriers` is for the data plane. The array of the last time holds what it held then, and
   * may be left in force as it is.
   */
  install(policies: readonly Policy[], carriers: Carriers): void;
  /** Packets the guard itself discarded, by reason. */
  discards(): DiscardCounters;
}

/** For wires that no other stack can reach: the data plane sees every packet by itself. */
export const NO_GUARD: Guard = {
  install: () => undefined,
  discards: () => ({}),
};
