/**
 * Capture files of either format, piece by piece: which it is shows in the first four octets.
 *
 *   octets ─► CaptureParser ─┬─► pcap.ts
 *                            └─► pcapng.ts
 *
 * @module
 */
import { Malformed } from '../octets/malformed.ts';
import { u32 } from '../octets/octets.ts';
import type { CapturedPacket } from './captured-packet.ts';
import {
  PCAP_FILE_HEADER_LENGTH,
  type PcapFileHeader,
  parsePcapFileHeader,
  parsePcapRecord,
  pcapRecordLength,
} from './pcap.ts';
import { PCAPNG_SECTION_HEADER_BLOCK, PcapngParser } from './pcapng.ts';

/**
 * Takes the packets out of a file that arrives in pieces.
 *
 * @example
 * const parser = new CaptureParser();
 * const packets: CapturedPacket[] = [];
 * parser.parse(octets, 0, octets.length, packets);
 */
export class CaptureParser {
  #format: PcapFormat | PcapngParser | null = null;
  #fault: Malformed | null = null;

  /** Why reading ended before the file did; the packets before are good. */
  get fault(): Malformed | null {
    return this.#fault ?? this.#format?.fault ?? null;
  }

  /**
   * Appends the packets that stand whole between `at` and `end` to `packets`, as views. Returns
   * where the octets begin that it wants to see again, with more behind them; where that is before
   * `end` at the end of the file, the file was cut. A record takes at most
   * `LONGEST_LOOKED_AT` (`pcapng.ts`) octets at a time.
   */
  parse(octets: Uint8Array, at: number, end: number, packets: CapturedPacket[]): number {
    if (this.#fault !== null) return end;
    if (this.#format === null) {
      if (end - at < MAGIC_LENGTH) return at;
      const isPcapng = u32(octets, at) === PCAPNG_SECTION_HEADER_BLOCK;
      this.#format = isPcapng ? new PcapngParser() : new PcapFormat();
    }
    return this.#format.parse(octets, at, end, packets);
  }

  /** Notes that the file ended with `left` octets that nobody took. */
  end(left: number): void {
    if (this.fault !== null) return;
    if (this.#format === null) {
      this.#fault = Malformed.truncated('capture file', PCAP_FILE_HEADER_LENGTH, left);
    } else if (left > 0 || this.#format.expectsMore) {
      this.#fault = CUT_SHORT;
    }
  }
}

/** The file header and then records. */
class PcapFormat {
  #header: PcapFileHeader | null = null;
  fault: Malformed | null = null;

  get expectsMore(): boolean {
    return this.#header === null;
  }

  parse(octets: Uint8Array, at: number, end: number, packets: CapturedPacket[]): number {
    if (this.fault !== null) return end;
    let next = at;
    if (this.#header === null) {
      const header = parsePcapFileHeader(octets, at, end);
      if (header === null) return at;
      if (header instanceof Malformed) return this.#reject(header, end);
      this.#header = header;
      next += PCAP_FILE_HEADER_LENGTH;
    }
    const { linkType } = this.#header;
    for (;;) {
      const record = parsePcapRecord(this.#header, octets, next, end);
      if (record === null) return next;
      if (record instanceof Malformed) return this.#reject(record, end);
      const { seconds, nanoseconds, originalLength, packet } = record;
      packets.push({ seconds, nanoseconds, originalLength, packet, linkType });
      next += pcapRecordLength(record);
    }
  }

  #reject(fault: Malformed, end: number): number {
    this.fault = fault;
    return end;
  }
}

const MAGIC_LENGTH = 4;
const CUT_SHORT = new Malformed('capture file', 'it ends within a record');
