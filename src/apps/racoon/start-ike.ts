/**
 * IKE at work, for racoon.
 *
 * @module
 */
import type { StartIke } from './ike-service.ts';

/** Rejects: nothing drives the endpoint yet. */
export const startIke: StartIke = async () => {
  throw new Error('this version reads configurations, and does not negotiate yet');
};
