/**
 * What exchanges under an established phase 1 have in common: each has a message ID and a channel, and
 * ends by itself.
 *
 * @module
 */
import type { ChildRequest } from '../child-request.ts';
import type { Channel, OpenedMessage } from './channel.ts';

export interface Phase2Exchange {
  readonly kind: 'quick-mode' | 'transaction';
  readonly role: 'initiator' | 'responder';
  readonly channel: Channel;
  /** When {@link time} is to be called; `null` is never. */
  readonly deadline: number | null;
  /** Whether the next message is the peer's. */
  readonly isWaiting: boolean;
  /** Takes a message that did not come before; `false` when it is not the peer's. */
  receive(datagram: Uint8Array, opened: OpenedMessage, now: number): boolean;
  /** `over` when it can be forgotten. */
  time(now: number): 'goes-on' | 'over';
  /** Whether it is to bring what is asked for. */
  isFor(request: ChildRequest): boolean;
  /** Whether it has proposed, or made, an SA with this SPI. */
  hasSpi(spi: Uint8Array): boolean;
  /** The peer has said `notification`, an error, about it; `false` when it is past that. */
  refused(notification: string, now: number): boolean;
  /** The peer has said CONNECTED (RFC 2408 §3.1). */
  connected(now: number): void;
  /** The phase 1 is no more. */
  abandon(): void;
}
