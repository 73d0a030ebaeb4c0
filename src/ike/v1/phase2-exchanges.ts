/**
 * The exchanges under an established phase 1, by their message IDs, and those that have been.
 *
 * @module
 */
import { u32 } from '../../octets/octets.ts';
import type { ChildRequest } from '../child-request.ts';
import { PastMessages } from './past-messages.ts';
import type { Phase2Exchange } from './phase2-exchange.ts';

/** Exchanges at once: the peer begins no more. */
const MOST_EXCHANGES = 64;

export class Phase2Exchanges implements Iterable<Phase2Exchange> {
  readonly #underWay = new Map<number, Phase2Exchange>();
  readonly #past = new PastMessages();
  readonly #random: (length: number) => Uint8Array;

  /** Draws message IDs from `random` octets. */
  constructor(random: (length: number) => Uint8Array) {
    this.#random = random;
  }

  /** Those that are under way. */
  [Symbol.iterator](): Iterator<Phase2Exchange> {
    return this.#underWay.values();
  }

  get isFull(): boolean {
    return this.#underWay.size >= MOST_EXCHANGES;
  }

  /** When {@link time} is to be called next; `null` is never. */
  get deadline(): number | null {
    const times = Array.from(this, (exchange) => exchange.deadline).filter((time) => time !== null);
    return times.length === 0 ? null : Math.min(...times);
  }

  get(messageId: number): Phase2Exchange | undefined {
    return this.#underWay.get(messageId);
  }

  add(exchange: Phase2Exchange): void {
    this.#underWay.set(exchange.channel.messageId, exchange);
  }

  /** Whether either end has begun an exchange of that type and message ID. */
  wasBegun(exchangeType: number, messageId: number): boolean {
    return this.#past.has(exchangeType, messageId);
  }

  noteBegun(exchangeType: number, messageId: number): void {
    this.#past.add(exchangeType, messageId);
  }

  /** One for an exchange that we begin, which is noted. */
  newMessageId(exchangeType: number): number {
    for (;;) {
      const messageId = u32(this.#random(4), 0);
      if (messageId === 0 || this.#underWay.has(messageId)) continue;
      if (this.wasBegun(exchangeType, messageId)) continue;
      this.noteBegun(exchangeType, messageId);
      return messageId;
    }
  }

  /** Whether one is to bring what `request` asks for. */
  isFor(request: ChildRequest): boolean {
    return [...this].some((exchange) => exchange.isFor(request));
  }

  time(now: number): void {
    for (const [messageId, exchange] of this.#underWay) {
      if (exchange.deadline === null || now < exchange.deadline) continue;
      if (exchange.time(now) === 'over') this.#underWay.delete(messageId);
    }
  }

  /** The phase 1 is no more. */
  abandon(): void {
    for (const exchange of this) exchange.abandon();
    this.#underWay.clear();
  }
}
