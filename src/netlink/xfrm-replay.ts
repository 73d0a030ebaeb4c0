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
 * Integers are in host order, of 32 bits each. In the narrow bitmap, bit k is the packet k numbers
 * before the highest received. The wide one is a ring: packet n is bit (n - 1) modulo the width.
 *
 * @module
 */
import { hostU32, setHostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { XFRM_LEGACY_REPLAY_WINDOW } from './xfrm-constants.ts';

const SENT = 0;
const RECEIVED = 4;
const SEEN = 8;
const LENGTH = 12;

const WORDS = 0;
const ESN_SENT = 4;
const ESN_RECEIVED = 8;
const SENT_HIGH = 12;
const RECEIVED_HIGH = 16;
const WINDOW = 20;
const BITMAP = 24;
const WORD_LENGTH = 4;
const WORD_BITS = 32;

/** How far an SA has counted. */
export interface XfrmReplay {
  /** The last sequence number sent; the low 32 bits. */
  readonly sent: number;
  /** The highest one received, the low 32 bits; Linux does not keep it without a replay window. */
  readonly received: number;
  /** The high 32 bits of extended sequence numbers; otherwise 0. */
  readonly sentHigh: number;
  readonly receivedHigh: number;
  /** The packets received, as words of 32 bits. */
  readonly bitmap: readonly number[];
  /** Told as a `struct xfrm_replay_state_esn`: the bitmap is a ring. */
  readonly wide: boolean;
}

/** Nothing sent and nothing received. */
export const XFRM_UNUSED_REPLAY: XfrmReplay = {
  sent: 0,
  received: 0,
  sentHigh: 0,
  receivedHigh: 0,
  bitmap: [0],
  wide: false,
};

/** Whether an SA with a window of that many packets has the wide form. */
export function isWideXfrmReplay(window: number, extendedSequenceNumbers: boolean): boolean {
  return extendedSequenceNumbers || window > XFRM_LEGACY_REPLAY_WINDOW;
}

/** Words in the bitmap of a wide window of that many packets. */
export function xfrmBitmapWords(window: number): number {
  return Math.ceil(window / WORD_BITS);
}

/** Reads a `struct xfrm_replay_state`. */
export function parseXfrmReplay(octets: Uint8Array): Parsed<XfrmReplay> {
  if (octets.length < LENGTH) return Malformed.truncated(WHAT, LENGTH, octets.length);
  return {
    sent: hostU32(octets, SENT),
    received: hostU32(octets, RECEIVED),
    sentHigh: 0,
    receivedHigh: 0,
    bitmap: [hostU32(octets, SEEN)],
    wide: false,
  };
}

/** Writes a `struct xfrm_replay_state`, without what only the other one has room for. */
export function emitXfrmReplay(replay: XfrmReplay): Uint8Array {
  const octets = new Uint8Array(LENGTH);
  setHostU32(octets, SENT, replay.sent);
  setHostU32(octets, RECEIVED, replay.received);
  setHostU32(octets, SEEN, replay.bitmap[0] ?? 0);
  return octets;
}

/** Reads a `struct xfrm_replay_state_esn`; the window is in packets. */
export function parseXfrmReplayEsn(
  octets: Uint8Array,
): Parsed<XfrmReplay & { readonly window: number }> {
  if (octets.length < BITMAP) return Malformed.truncated(WHAT, BITMAP, octets.length);
  const words = hostU32(octets, WORDS);
  const end = BITMAP + words * WORD_LENGTH;
  if (octets.length < end) return Malformed.truncated(WHAT, end, octets.length);
  return {
    sent: hostU32(octets, ESN_SENT),
    received: hostU32(octets, ESN_RECEIVED),
    sentHigh: hostU32(octets, SENT_HIGH),
    receivedHigh: hostU32(octets, RECEIVED_HIGH),
    bitmap: Array.from({ length: words }, (_, k) => hostU32(octets, BITMAP + k * WORD_LENGTH)),
    wide: true,
    window: hostU32(octets, WINDOW),
  };
}

/** Writes a `struct xfrm_replay_state_esn`; without `replay`, of an SA that has yet to be used. */
export function emitXfrmReplayEsn(window: number, replay: XfrmReplay | null = null): Uint8Array {
  if (replay === null) return emitWindow(window, xfrmBitmapWords(window));
  const octets = emitWindow(window, replay.bitmap.length);
  setHostU32(octets, ESN_SENT, replay.sent);
  setHostU32(octets, ESN_RECEIVED, replay.received);
  setHostU32(octets, SENT_HIGH, replay.sentHigh);
  setHostU32(octets, RECEIVED_HIGH, replay.receivedHigh);
  for (const [k, word] of replay.bitmap.entries()) {
    setHostU32(octets, BITMAP + k * WORD_LENGTH, word);
  }
  return octets;
}

/** As {@link emitXfrmReplayEsn}, but with a bitmap too short for its window: no kernel takes it. */
export function emitImpossibleXfrmReplayEsn(): Uint8Array {
  return emitWindow(WORD_BITS + 1, 1);
}

function emitWindow(window: number, words: number): Uint8Array {
  const octets = new Uint8Array(BITMAP + words * WORD_LENGTH);
  setHostU32(octets, WORDS, words);
  setHostU32(octets, WINDOW, window);
  return octets;
}

const WHAT = 'xfrm replay state';
