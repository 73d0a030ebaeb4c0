/**
 * What wrong passwords cost. The first of a host costs nothing but that the next has to be longer in
 * coming: one that comes before is refused, right or wrong, when its time is over.
 *
 * @module
 */
import type { Instant } from '../../../ipsec/backend.ts';
import { formatIpAddress, type IpAddress } from '../../../net/ip-address.ts';
import { MOST_PENALTY_MS, MOST_THROTTLED_HOSTS } from './limits.ts';

export class Throttle {
  readonly #penaltyMs: number;
  /** Until when hosts have to wait; who failed last is last. */
  readonly #until = new Map<string, Instant>();

  /** 0 is no throttling. */
  constructor(penaltySeconds: number) {
    this.#penaltyMs = Math.min(penaltySeconds * 1000, MOST_PENALTY_MS);
  }

  /** Until when passwords from `host` are refused; `null` when they are looked at. */
  penalty(host: IpAddress, now: Instant): Instant | null {
    const until = this.#until.get(formatIpAddress(host));
    return until !== undefined && until > now ? until : null;
  }

  /** A password was wrong, or came too early. */
  fail(host: IpAddress, now: Instant): void {
    if (this.#penaltyMs === 0) return;
    const key = formatIpAddress(host);
    const from = this.penalty(host, now) ?? now;
    this.#forget(now);
    // Behind those that failed before.
    this.#until.delete(key);
    // A clock that was set back must not lock anybody out.
    this.#until.set(key, Math.min(from + this.#penaltyMs, now + MOST_PENALTY_MS));
  }

  #forget(now: Instant): void {
    for (const [host, until] of this.#until) {
      if (until > now && this.#until.size < MOST_THROTTLED_HOSTS) return;
      this.#until.delete(host);
    }
  }
}
