/**
 * How long an SA lives (RFC 4301 §4.4.2.1), by time and by use.
 *
 * @module
 */

/** Limits; 0 is none. */
export interface Lifetime {
  /** Seconds since the SA was added. */
  readonly seconds: number;
  /** Octets protected, counted as the packets are before their ESP or AH header is put on. */
  readonly octets: number;
  /** Packets protected. RFC 4301 asks for none; Linux has them. */
  readonly packets: number;
}

/** No limit at all. */
export const UNLIMITED: Lifetime = { seconds: 0, octets: 0, packets: 0 };

/** Whether an SA that is `seconds` old and has carried `octets` in `packets` has reached a limit of `lifetime`. */
export function lifetimeReached(
  lifetime: Lifetime,
  seconds: number,
  octets: number,
  packets: number,
): boolean {
  return (
    (lifetime.seconds !== 0 && seconds >= lifetime.seconds) ||
    (lifetime.octets !== 0 && octets >= lifetime.octets) ||
    (lifetime.packets !== 0 && packets >= lifetime.packets)
  );
}

/**
 * When one of `lifetimes`, of an SA added at `addedAt`, next ends by time alone: later than `now`;
 * `null` when none does. All in milliseconds.
 */
export function nextDeadline(
  lifetimes: readonly Lifetime[],
  addedAt: number,
  now: number,
): number | null {
  let next: number | null = null;
  for (const { seconds } of lifetimes) {
    const end = addedAt + seconds * 1000;
    if (seconds !== 0 && end > now && (next === null || end < next)) next = end;
  }
  return next;
}
