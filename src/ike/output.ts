/**
 * All that the endpoint of IKE wants done.
 *
 * @module
 */
import type { IkeEvent } from './event.ts';
import type { Path } from './path.ts';
import type { Question } from './question.ts';

export type IkeOutput =
  /** Send an ISAKMP message; who has the socket puts the non-ESP marker before it, where one belongs. */
  | { readonly kind: 'transmit'; readonly path: Path; readonly datagram: Uint8Array }
  /** Send one octet, 0xff, without a non-ESP marker: it keeps a NAT's mapping (RFC 3948 §2.3). */
  | { readonly kind: 'keepalive'; readonly path: Path }
  | { readonly kind: 'ask'; readonly number: number; readonly question: Question }
  | { readonly kind: 'event'; readonly event: IkeEvent };
