/**
 * What the kernel counts of an SA, in our words.
 *
 * @module
 */
import type { DiscardCounters, WindowState } from '../../ipsec/backend.ts';
import type { XfrmSa, XfrmStatistics } from '../../netlink/xfrm-sa.ts';

const WORD_BITS = 32;
const TWO_TO_32 = 2 ** 32;

/** Under the names that the kernel counts the same packets under in `/proc/net/xfrm_stat`. */
export function discardsFromKernel(statistics: XfrmStatistics): DiscardCounters {
  const { windowErrors, replays, integrityFailures } = statistics;
  const sequence = windowErrors + replays;
  return {
    ...(sequence > 0 ? { 'in-state-seq-error': sequence } : {}),
    ...(integrityFailures > 0 ? { 'in-state-proto-error': integrityFailures } : {}),
  };
}

/** What the replay window has seen; `null` where there is none. */
export function windowFromKernel({
  replay,
  replayWindow,
}: Pick<XfrmSa, 'replay' | 'replayWindow'>): WindowState | null {
  if (replayWindow === 0) return null;
  const highest = replay.receivedHigh * TWO_TO_32 + replay.received;
  const covered = Math.min(replayWindow, highest);
  let missing = 0;
  for (let before = 0; before < covered; before++) {
    const bit = replay.wide ? ringPlace(replay.received, before, replayWindow) : before;
    const word = replay.bitmap[Math.floor(bit / WORD_BITS)] ?? 0;
    if (((word >>> (bit % WORD_BITS)) & 1) === 0) missing += 1;
  }
  return { highest, missing };
}

/** The bit of the packet that came `before` numbers before the highest (net/xfrm/xfrm_replay.c). */
function ringPlace(received: number, before: number, window: number): number {
  const highest = ((received - 1) >>> 0) % window;
  return (highest - before + window) % window;
}
