/**
 * What an engine is put together from.
 *
 * @module
 */
import type { CryptoProvider } from '../crypto/context.ts';
import type { DiscardTally } from '../ipsec/discard-reason.ts';
import type { Guard } from './guard.ts';
import type { ProtectedInterface, UnprotectedInterface } from './interfaces.ts';
import type { Copies, Neighbours } from './workers.ts';

export interface EngineParts {
  /** Works on a memory of at least `ENGINE_MEMORY_LENGTH` octets. */
  readonly crypto: CryptoProvider;
  readonly protectedInterface: ProtectedInterface;
  readonly unprotectedInterface: UnprotectedInterface;
  readonly guard: Guard;
  /**
   * What to do with packets of the host that no policy speaks of: `transmit` where the host hands
   * over all it sends, `discard` where a guard picks those to protect and one that needs none is a
   * sign that the guard and the SPD disagree.
   */
  readonly unmatched: 'transmit' | 'discard';
  /**
   * How long a peer of ESP in UDP hears nothing before it is sent a NAT keepalive, in milliseconds; 0 is
   * for ever, and the default.
   */
  readonly keepaliveMs?: number;
  /** Where it is one of several workers: the others. */
  readonly neighbours?: Neighbours | null;
  /** Where it is the first of several: what the others know of its databases. */
  readonly copies?: Copies | null;
  /** Where discarded packets are counted; the unprotected interface may count there, too. */
  readonly discards?: DiscardTally;
}
