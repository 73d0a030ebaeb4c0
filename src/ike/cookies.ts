/**
 * The cookies that name an ISAKMP SA, as text.
 *
 * @module
 */
import { toHex } from '../octets/hex.ts';
import type { Phase1Identity } from './event.ts';

/** `ff34208fefdad6ce:19ccd36e2449e4ca`: the initiator's, then the responder's. */
export function formatCookies({
  initiatorCookie,
  responderCookie,
}: Pick<Phase1Identity, 'initiatorCookie' | 'responderCookie'>): string {
  return `${toHex(initiatorCookie)}:${toHex(responderCookie)}`;
}
