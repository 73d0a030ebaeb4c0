/**
 * What an engine is put together from.
 *
 * @module
 */
import type { CryptoProvider } from '../crypto/context.ts';
import type { Guard } from './guard.ts';
import type { ProtectedInterface, UnprotectedInterface } from './interfaces.ts';

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
}
