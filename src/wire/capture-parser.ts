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
 * parser.feed(octets, 0, octets.length);
 * for (let packet = parser.next(); packet !== null; packet = parser.next()) console.log(packet);
 */
export class CaptureParser {
  #octets: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #format: PcapParser | PcapngParser | null = null;
  #fault: Malformed | null = null;

  /** Why reading ended before the file did; the packets before are good. */
  get fault(): Malformed | null {
    return this.#fault;
  }

  /** Where the octets begin that it has to see again, with more behind them. */
  get rest(): number {
    return this.#at;
  }

  /**
   * Offers what stands between `at` and `end`: the {@link rest} of what was offered before, and what
   * comes behind it. No more than `LONGEST_LOOKED_AT` (`pcapng.ts`) need be offered at once.
   */
  feed(octets: Uint8Array, at: number, end: number): void {
    this.#octets = octets;
    this.#at = at;
    this.#end = end;
  }

  /** The next packet, a place in what was offered; `null` when no more stand there whole. */
  next(): CapturedPacket | null {
    if (this.#fault !== null) return null;
    if (this.#format === null) {
      if (this.#end - this.#at < MAGIC_LENGTH) return null;
      const isPcapng = u32(this.#octets, this.#at) === PCAPNG_SECTION_HEADER_BLOCK;
      this.#format = isPcapng ? new PcapngParser() : new PcapParser();
    }
    const found = this.#format.next(this.#octets, this.#at, this.#end);
    this.#at = this.#format.at;
    if (!(found instanceof Malformed)) return found;
    this.#fault = found;
    return null;
  }

  /** Notes that the file ends with what was offered last. */
  end(): void {
    if (this.#fault !== null) return;
    const left = this.#end - this.#at;
    if (this.#format === null) {
      this.#fault = Malformed.truncated('capture file', PCAP_FILE_HEADER_LENGTH, left);
    } else if (left > 0 || this.#format.expectsMore) {
      this.#fault = CUT_SHORT;
    }
  }
}

/** The file header and then records. */
class PcapParser {
  at = 0;
  #header: PcapFileHeader | null = null;

  get expectsMore(): boolean {
    return this.#header === null;
  }

  next(octets: Uint8Array, at: number, end: number): CapturedPacket | Malformed | null {
    this.at = at;
    if (this.#header === null) {
      const header = parsePcapFileHeader(octets, at, end);
      if (header === null || header instanceof Malformed) return header;
      this.#header = header;
      this.at += PCAP_FILE_HEADER_LENGTH;
    }
    const record = parsePcapRecord(this.#header, octets, this.at, end);
    if (record !== null && !(record instanceof Malformed)) this.at += pcapRecordLength(record);
    return record;
  }
}

const MAGIC_LENGTH = 4;
const CUT_SHORT = new Malformed('capture file', 'it ends within a record');
