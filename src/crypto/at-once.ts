/**
 * Later is now: for implementations that gain nothing by putting off.
 *
 * @module
 */
import type { CryptoProvider } from './context.ts';

/** What `openLater` returns where it opens at once. */
export const AUTHENTIC = 1;
export const FORGED = 0;

/** The part of a provider that is about later. */
export const AT_ONCE: Pick<CryptoProvider, 'trains' | 'hasRoom' | 'settle' | 'wasAuthentic'> = {
  trains: null,
  hasRoom: true,
  settle(): void {},
  wasAuthentic: (number) => number === AUTHENTIC,
};
