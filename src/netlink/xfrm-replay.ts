/**
 * Sequence numbers and replay windows (linux/xfrm.h). An SA with a window of up to 32 packets has
 * `struct xfrm_replay_state` and tells the width elsewhere; a wider one has
 * `struct xfrm_replay_state_esn`, with or without extended sequence numbers.
 *
 *      xfrm_replay_state          xfrm_replay_state_esn
 *   0  last number sent           words in the bitmap
 *   4  highest received           last number sent
 *   8  bitmap                     highest received
 *  12                             last number sent, high 32 bits
 *  16                             highest received, high 32 bits
 *  20                             width of the window in packets
 *  24                             bitmap
 *
 * Integers are in host order.
 *
 * @module
 */
import { hostU32, setHostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';

const SENT = 0;
const RECEIVED = 4;
const LENGTH = 12;

const WORDS = 0;
const ESN_SENT = 4;
const ESN_RECEIVED = 8;
const WINDOW = 20;
const BITMAP = 24;
const WORD_BITS = 32;

/** How far an SA has counted; the low 32 bits. */
export interface XfrmReplay {
  /** The last sequence number sent. */
  readonly sent: number;
  /** The highest one received; Linux does not keep it without a replay window. */
  readonly received: number;
}

/** Reads a `struct xfrm_replay_state`. */
export function parseXfrmReplay(octets: Uint8Array): Parsed<XfrmReplay> {
  if (octets.length < LENGTH) return Malformed.truncated(WHAT, LENGTH, octets.length);
  return { sent: hostU32(octets, SENT), received: hostU32(octets, RECEIVED) };
}

/** Reads a `struct xfrm_replay_state_esn`; the window is in packets. */
export function parseXfrmReplayEsn(
  octets: Uint8Array,
): Parsed<XfrmReplay & { readonly window: number }> {
  if (octets.length < BITMAP) return Malformed.truncated(WHAT, BITMAP, octets.length);
  return {
    sent: hostU32(octets, ESN_SENT),
    received: hostU32(octets, ESN_RECEIVED),
    window: hostU32(octets, WINDOW),
  };
}

/** Writes a `struct xfrm_replay_state_esn` of an SA that has yet to carry its first packet. */
export function emitXfrmReplayEsn(window: number): Uint8Array {
  return emitWindow(window, Math.ceil(window / WORD_BITS));
}

/** As {@link emitXfrmReplayEsn}, but with a bitmap too short for its window: no kernel takes it. */
export function emitImpossibleXfrmReplayEsn(): Uint8Array {
  return emitWindow(WORD_BITS + 1, 1);
}

function emitWindow(window: number, words: number): Uint8Array {
  const octets = new Uint8Array(BITMAP + (words * WORD_BITS) / 8);
  setHostU32(octets, WORDS, words);
  setHostU32(octets, WINDOW, window);
  return octets;
}

const WHAT = 'xfrm replay state';
