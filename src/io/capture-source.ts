/**
 * Where packets come from: a file, or an interface.
 *
 * @module
 */
import type { CapturedPacket } from '../wire/captured-packet.ts';

export interface CaptureSource {
  /** Where from, in words: `eth0`, or the name of a file. */
  readonly name: string;
  /** What packets begin with, if it is known before the first. */
  readonly linkType: number | null;
  /**
   * The packets in their order, as many at a time as are there; from an interface there may be none.
   * A packet's octets are good until the next batch is asked for.
   */
  batches(): AsyncIterable<Iterable<CapturedPacket>>;
  /** Has {@link batches} come to its end soon, whatever it waits for. */
  stop(): void;
  /** Lets go of it. */
  close(): void;
}
