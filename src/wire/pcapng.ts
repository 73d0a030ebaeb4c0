/**
 * Capture files of the newer format (draft-ietf-opsawg-pcapng): blocks, each of which says how long
 * it is, so that what is not known can be passed over.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 * |                          Block Type                           | every
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ block
 * |                      Block Total Length                       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 * |                Byte-Order Magic: 0x1A2B3C4D                   | section header
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |       Major Version (1)       |       Minor Version           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Section Length, 8 octets, or all ones; options       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 * |           LinkType            |           Reserved            | interface
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ description
 * |                       SnapLen; options                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 * |                         Interface ID                          | enhanced
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ packet
 * |      Timestamp: upper half, lower half, in the interface's    |
 * |                            units                              |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Captured Packet Length                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Original Packet Length                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |        Packet Data, padded to 32 bits; options                |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 * |       Original Packet Length; Packet Data, padded             | simple packet
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 * |                      Block Total Length                       | every block
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 *
 * A file is a row of sections, each with a byte order and interfaces of its own. We read all of that
 * and write one section of one interface, in network order, with nanoseconds.
 *
 * @module
 */
import { Malformed } from '../octets/malformed.ts';
import { setU8, setU16, setU32, u32 } from '../octets/octets.ts';
import { CapturedPacket } from './captured-packet.ts';
import { fileU16, fileU32 } from './file-order.ts';
import { PCAP_LONGEST_PACKET, type PcapRecord } from './pcap.ts';
import { type PcapngInterface, parsePcapngInterface, TSRESOL_OPTION } from './pcapng-interface.ts';

/** Reads the same in both byte orders. */
export const PCAPNG_SECTION_HEADER_BLOCK = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION_BLOCK = 1;
/** Of drafts before the enhanced one. */
const PACKET_BLOCK = 2;
const SIMPLE_PACKET_BLOCK = 3;
const ENHANCED_PACKET_BLOCK = 6;

const TYPE = 0;
const TOTAL_LENGTH = 4;
/** Type, length, and the length again. */
const SHORTEST_BLOCK = 12;

const BYTE_ORDER_MAGIC = 8;
const MAJOR_VERSION = 12;
const MINOR_VERSION = 14;
const SECTION_LENGTH = 16;
const SECTION_HEADER_LENGTH = 24;

const LINK_TYPE = 8;
const SNAP_LENGTH = 12;
const INTERFACE_OPTIONS = 16;

const INTERFACE_ID = 8;
const TIMESTAMP_HIGH = 12;
const TIMESTAMP_LOW = 16;
const CAPTURED_LENGTH = 20;
const ORIGINAL_LENGTH = 24;
const PACKET_DATA = 28;

const SIMPLE_ORIGINAL_LENGTH = 8;
const SIMPLE_PACKET_DATA = 12;

/** Octets of the section header and the interface description that a capture of ours begins with. */
export const PCAPNG_HEADER_LENGTH = 28 + 32;

/** Takes the packets out of a file that arrives in pieces. */
export class PcapngParser {
  /** Where the octets begin that it has to see again. */
  at = 0;
  #little = false;
  #interfaces: PcapngInterface[] = [];
  /** Octets of the last block that need not be looked at. */
  #passOver = 0;

  /** Whether the last block goes on behind what was offered. */
  get expectsMore(): boolean {
    return this.#passOver > 0;
  }

  /** The next packet between `at` and `end`; `null` when none stands there whole. */
  next(octets: Uint8Array, at: number, end: number): CapturedPacket | Malformed | null {
    this.at = at;
    for (;;) {
      const passed = Math.min(this.#passOver, end - this.at);
      this.#passOver -= passed;
      this.at += passed;
      if (this.#passOver > 0 || end - this.at < SHORTEST_BLOCK) return null;
      const found = this.#block(octets, this.at, end);
      if (found !== 'nothing') return found;
    }
  }

  /** What is in the block at `at`; `null` when there is too little of it yet. */
  #block(
    octets: Uint8Array,
    at: number,
    end: number,
  ): CapturedPacket | Malformed | 'nothing' | null {
    if (u32(octets, at + TYPE) === PCAPNG_SECTION_HEADER_BLOCK) {
      const magic = u32(octets, at + BYTE_ORDER_MAGIC);
      if (magic !== MAGIC && magic !== MAGIC_SWAPPED) return NO_SECTION;
      this.#little = magic === MAGIC_SWAPPED;
    }
    const little = this.#little;
    const totalLength = fileU32(octets, at + TOTAL_LENGTH, little);
    if (totalLength < SHORTEST_BLOCK || totalLength % 4 !== 0) return BAD_LENGTH;
    const type = fileU32(octets, at + TYPE, little);
    if (KNOWN.has(type) && end - at < Math.min(totalLength, LONGEST_LOOKED_AT)) return null;
    this.#passOver = totalLength;
    const bodyEnd = at + totalLength - 4;
    switch (type) {
      case PCAPNG_SECTION_HEADER_BLOCK:
        return this.#beginSection(octets, at, bodyEnd);
      case INTERFACE_DESCRIPTION_BLOCK:
        return this.#describe(octets, at, bodyEnd);
      case ENHANCED_PACKET_BLOCK:
      case PACKET_BLOCK:
        return this.#packet(type, octets, at, bodyEnd);
      case SIMPLE_PACKET_BLOCK:
        return this.#simplePacket(octets, at, bodyEnd);
      default:
        return 'nothing';
    }
  }

  #beginSection(octets: Uint8Array, at: number, bodyEnd: number): Malformed | 'nothing' {
    if (bodyEnd - at < SECTION_HEADER_LENGTH) return BAD_LENGTH;
    if (fileU16(octets, at + MAJOR_VERSION, this.#little) !== 1) return OTHER_VERSION;
    this.#interfaces = [];
    return 'nothing';
  }

  #describe(octets: Uint8Array, at: number, bodyEnd: number): Malformed | 'nothing' {
    if (bodyEnd - at < INTERFACE_OPTIONS) return BAD_LENGTH;
    if (this.#interfaces.length === MOST_INTERFACES) return TOO_MANY_INTERFACES;
    const optionsEnd = Math.min(bodyEnd, at + LONGEST_LOOKED_AT);
    this.#interfaces.push(
      parsePcapngInterface(
        {
          linkType: fileU16(octets, at + LINK_TYPE, this.#little),
          snapLength: fileU32(octets, at + SNAP_LENGTH, this.#little),
        },
        octets.subarray(at + INTERFACE_OPTIONS, optionsEnd),
        this.#little,
      ),
    );
    return 'nothing';
  }

  #packet(
    type: number,
    octets: Uint8Array,
    at: number,
    bodyEnd: number,
  ): CapturedPacket | Malformed {
    if (bodyEnd - at < PACKET_DATA) return BAD_LENGTH;
    const little = this.#little;
    const id =
      type === PACKET_BLOCK
        ? fileU16(octets, at + INTERFACE_ID, little)
        : fileU32(octets, at + INTERFACE_ID, little);
    const from = this.#interfaces[id];
    if (from === undefined) return NO_INTERFACE;
    const capturedLength = fileU32(octets, at + CAPTURED_LENGTH, little);
    if (capturedLength > PCAP_LONGEST_PACKET) return TOO_LONG;
    if (at + PACKET_DATA + capturedLength > bodyEnd) return BAD_LENGTH;
    const high = fileU32(octets, at + TIMESTAMP_HIGH, little);
    const { seconds, nanoseconds } = from.clock(high, fileU32(octets, at + TIMESTAMP_LOW, little));
    return new CapturedPacket(
      seconds,
      nanoseconds,
      fileU32(octets, at + ORIGINAL_LENGTH, little),
      from.linkType,
      octets,
      at + PACKET_DATA,
      capturedLength,
    );
  }

  /** Without a timestamp; of the first interface; cut where that one cuts. */
  #simplePacket(octets: Uint8Array, at: number, bodyEnd: number): CapturedPacket | Malformed {
    const from = this.#interfaces[0];
    if (from === undefined) return NO_INTERFACE;
    const packetAt = at + SIMPLE_PACKET_DATA;
    if (bodyEnd < packetAt) return BAD_LENGTH;
    const originalLength = fileU32(octets, at + SIMPLE_ORIGINAL_LENGTH, this.#little);
    const kept = from.snapLength === 0 ? originalLength : from.snapLength;
    const length = Math.min(originalLength, kept, bodyEnd - packetAt);
    if (length > PCAP_LONGEST_PACKET) return TOO_LONG;
    return new CapturedPacket(0, 0, originalLength, from.linkType, octets, packetAt, length);
  }
}

/** Writes the {@link PCAPNG_HEADER_LENGTH} octets at `at` that a capture begins with. */
export function emitPcapngHeader(
  linkType: number,
  snapLength: number,
  octets: Uint8Array,
  at: number,
): void {
  setU32(octets, at + TYPE, PCAPNG_SECTION_HEADER_BLOCK);
  setU32(octets, at + TOTAL_LENGTH, 28);
  setU32(octets, at + BYTE_ORDER_MAGIC, MAGIC);
  setU16(octets, at + MAJOR_VERSION, 1);
  setU16(octets, at + MINOR_VERSION, 0);
  octets.fill(0xff, at + SECTION_LENGTH, at + SECTION_HEADER_LENGTH);
  setU32(octets, at + SECTION_HEADER_LENGTH, 28);
  const description = at + 28;
  setU32(octets, description + TYPE, INTERFACE_DESCRIPTION_BLOCK);
  setU32(octets, description + TOTAL_LENGTH, 32);
  setU32(octets, description + LINK_TYPE, linkType << 16);
  setU32(octets, description + SNAP_LENGTH, snapLength);
  setU32(octets, description + INTERFACE_OPTIONS, (TSRESOL_OPTION << 16) | 1);
  setU32(octets, description + INTERFACE_OPTIONS + 4, 0);
  setU8(octets, description + INTERFACE_OPTIONS + 4, 9);
  setU32(octets, description + INTERFACE_OPTIONS + 8, 0);
  setU32(octets, description + 28, 32);
}

/** Octets that a packet of `length` takes in a file. */
export function pcapngPacketLength(length: number): number {
  return PACKET_DATA + ((length + 3) & ~3) + 4;
}

/** Writes `record` as an enhanced packet at `at`; returns its length. */
export function emitPcapngPacket(record: PcapRecord, octets: Uint8Array, at: number): number {
  const { seconds, nanoseconds, originalLength, packet } = record;
  const totalLength = pcapngPacketLength(packet.length);
  setU32(octets, at + TYPE, ENHANCED_PACKET_BLOCK);
  setU32(octets, at + TOTAL_LENGTH, totalLength);
  setU32(octets, at + INTERFACE_ID, 0);
  const timestamp = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  setU32(octets, at + TIMESTAMP_HIGH, Number(timestamp >> 32n));
  setU32(octets, at + TIMESTAMP_LOW, Number(timestamp & 0xffff_ffffn));
  setU32(octets, at + CAPTURED_LENGTH, packet.length);
  setU32(octets, at + ORIGINAL_LENGTH, originalLength);
  octets.set(packet, at + PACKET_DATA);
  octets.fill(0, at + PACKET_DATA + packet.length, at + totalLength - 4);
  setU32(octets, at + totalLength - 4, totalLength);
  return totalLength;
}

/**
 * Implementation constant: how much of a block is looked at; the longest packet and some options. A
 * reader that offers as much at once is never asked for more.
 */
export const LONGEST_LOOKED_AT: number = PCAP_LONGEST_PACKET + 4096;
/** Implementation constant: a section that describes more is not taken. */
const MOST_INTERFACES = 4096;
const MAGIC = 0x1a2b3c4d;
const MAGIC_SWAPPED = 0x4d3c2b1a;
const KNOWN: ReadonlySet<number> = new Set([
  PCAPNG_SECTION_HEADER_BLOCK,
  INTERFACE_DESCRIPTION_BLOCK,
  PACKET_BLOCK,
  SIMPLE_PACKET_BLOCK,
  ENHANCED_PACKET_BLOCK,
]);
const NO_SECTION = new Malformed('pcapng section header', 'byte-order magic is unknown');
const OTHER_VERSION = new Malformed('pcapng section header', 'version is not 1');
const BAD_LENGTH = new Malformed('pcapng block', 'its length does not fit what it holds');
const NO_INTERFACE = new Malformed('pcapng packet', 'of an interface that is not described');
const TOO_LONG = new Malformed('pcapng packet', 'captured length is more than any packet has');
const TOO_MANY_INTERFACES = new Malformed('pcapng section', 'it describes too many interfaces');
