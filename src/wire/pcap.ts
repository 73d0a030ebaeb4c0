/**
 * Classic capture files (draft-ietf-opsawg-pcap): one file header, then records.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 * |   Magic Number: 0xA1B2C3D4, or 0xA1B23C4D for nanoseconds     | file
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ header
 * |       Major Version (2)       |       Minor Version (4)       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                   Reserved1, Reserved2: 8 octets              |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                            SnapLen                            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | FCS |f|0 0 0 0 0 0 0 0 0 0 0 0|         LinkType              |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 * |                      Timestamp (Seconds)                      | record
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ header
 * |            Timestamp (Microseconds or nanoseconds)            |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Captured Packet Length                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Original Packet Length                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 *
 * The writer's byte order shows in the magic number. We read both orders and write network order
 * with microseconds. The file may arrive in pieces: the two parsers answer `null` when they need
 * more octets than there are yet.
 *
 * @module
 */
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { setU16, setU32, u32 } from '../octets/octets.ts';
import { CapturedPacket } from './captured-packet.ts';
import { fileU16, fileU32 } from './file-order.ts';

const MAGIC_NUMBER = 0;
const MAJOR_VERSION = 4;
const MINOR_VERSION = 6;
const RESERVED = 8;
const SNAP_LENGTH = 16;
const LINK_TYPE = 20;
/** Octets of the file header. */
export const PCAP_FILE_HEADER_LENGTH = 24;

const SECONDS = 0;
const FRACTION = 4;
const CAPTURED_LENGTH = 8;
const ORIGINAL_LENGTH = 12;
/** Octets of a record's header. */
export const PCAP_RECORD_HEADER_LENGTH = 16;

/** What packets begin with (draft-ietf-opsawg-pcaplinktype), as far as we look in. */
export const LINK_TYPE_OF = {
  NULL: 0,
  ETHERNET: 1,
  /** In files of programs that wrote their own number for RAW. */
  RAW_ELSEWHERE: 12,
  RAW_OPENBSD: 14,
  RAW: 101,
  LOOP: 108,
  LINUX_SLL: 113,
  IPV4: 228,
  IPV6: 229,
  LINUX_SLL2: 276,
} as const;

/**
 * Implementation constant: the longest packet a record may claim, as libpcap has it, so that a
 * broken length does not make a reader wait for gigabytes.
 */
export const PCAP_LONGEST_PACKET = 262_144;

export interface PcapFileHeader {
  readonly byteOrder: 'big-endian' | 'little-endian';
  /** What the fraction of a timestamp counts. */
  readonly unit: 'microseconds' | 'nanoseconds';
  /** The most octets that were kept of a packet; 0 says nothing. */
  readonly snapLength: number;
  readonly linkType: number;
}

/** A packet to be written. A {@link CapturedPacket} is one. */
export interface PcapRecord {
  /** Since 1970-01-01 00:00 UTC. */
  readonly seconds: number;
  /** The rest of the timestamp, whatever the file counts in. */
  readonly nanoseconds: number;
  /** Octets of the packet when it was captured; more than `packet` has if it was cut. */
  readonly originalLength: number;
  readonly packet: Uint8Array;
}

/** A whole capture. */
export interface PcapFile {
  readonly header: PcapFileHeader;
  readonly records: readonly CapturedPacket[];
  /** Why reading ended before the file did; the records before are good. */
  readonly fault: Malformed | null;
}

/**
 * Reads a capture that is wholly in memory.
 *
 * @example
 * const capture = parsePcap(new Uint8Array(readFileSync('a.pcap')));
 * if (!(capture instanceof Malformed)) console.log(capture.records.length);
 */
export function parsePcap(octets: Uint8Array): Parsed<PcapFile> {
  const header = parsePcapFileHeader(octets, 0, octets.length);
  if (header === null) {
    return Malformed.truncated('pcap file header', PCAP_FILE_HEADER_LENGTH, octets.length);
  }
  if (header instanceof Malformed) return header;
  const records: CapturedPacket[] = [];
  let at = PCAP_FILE_HEADER_LENGTH;
  while (at < octets.length) {
    const record = parsePcapRecord(header, octets, at, octets.length);
    if (record === null) return { header, records, fault: CUT_SHORT };
    if (record instanceof Malformed) return { header, records, fault: record };
    records.push(record);
    at += pcapRecordLength(record);
  }
  return { header, records, fault: null };
}

/** Reads the file header at `at`; `null` when it is not all there before `end`. */
export function parsePcapFileHeader(
  octets: Uint8Array,
  at: number,
  end: number,
): Parsed<PcapFileHeader> | null {
  if (end - at < PCAP_FILE_HEADER_LENGTH) return null;
  const kind = KINDS.get(u32(octets, at + MAGIC_NUMBER));
  if (kind === undefined) return NO_PCAP;
  const little = kind.byteOrder === 'little-endian';
  if (fileU16(octets, at + MAJOR_VERSION, little) !== 2) return OTHER_VERSION;
  return {
    ...kind,
    snapLength: fileU32(octets, at + SNAP_LENGTH, little),
    linkType: fileU32(octets, at + LINK_TYPE, little) & 0xffff,
  };
}

/** Reads the record at `at`, a place in `octets`; `null` when it is not all there before `end`. */
export function parsePcapRecord(
  header: PcapFileHeader,
  octets: Uint8Array,
  at: number,
  end: number,
): Parsed<CapturedPacket> | null {
  if (end - at < PCAP_RECORD_HEADER_LENGTH) return null;
  const little = header.byteOrder === 'little-endian';
  const capturedLength = fileU32(octets, at + CAPTURED_LENGTH, little);
  if (capturedLength > PCAP_LONGEST_PACKET) return TOO_LONG;
  const packetAt = at + PCAP_RECORD_HEADER_LENGTH;
  if (end - packetAt < capturedLength) return null;
  const fraction = fileU32(octets, at + FRACTION, little);
  return new CapturedPacket(
    fileU32(octets, at + SECONDS, little),
    header.unit === 'nanoseconds' ? fraction : fraction * 1000,
    fileU32(octets, at + ORIGINAL_LENGTH, little),
    header.linkType,
    octets,
    packetAt,
    capturedLength,
  );
}

/** Octets that `record` takes in a file. */
export function pcapRecordLength(record: CapturedPacket): number {
  return PCAP_RECORD_HEADER_LENGTH + record.length;
}

/** Writes the {@link PCAP_FILE_HEADER_LENGTH} octets at `at` that a capture begins with. */
export function emitPcapFileHeader(
  linkType: number,
  snapLength: number,
  octets: Uint8Array,
  at: number,
): void {
  setU32(octets, at + MAGIC_NUMBER, MAGIC_MICROSECONDS);
  setU16(octets, at + MAJOR_VERSION, 2);
  setU16(octets, at + MINOR_VERSION, 4);
  octets.fill(0, at + RESERVED, at + SNAP_LENGTH);
  setU32(octets, at + SNAP_LENGTH, snapLength);
  setU32(octets, at + LINK_TYPE, linkType);
}

/** Writes `record` at `at`, its timestamp cut to microseconds; returns its length. */
export function emitPcapRecord(record: PcapRecord, octets: Uint8Array, at: number): number {
  const { packet } = record;
  setU32(octets, at + SECONDS, record.seconds);
  setU32(octets, at + FRACTION, Math.floor(record.nanoseconds / 1000));
  setU32(octets, at + CAPTURED_LENGTH, packet.length);
  setU32(octets, at + ORIGINAL_LENGTH, record.originalLength);
  octets.set(packet, at + PCAP_RECORD_HEADER_LENGTH);
  return PCAP_RECORD_HEADER_LENGTH + packet.length;
}

/** Writes a whole capture. */
export function emitPcap(linkType: number, records: readonly PcapRecord[]): Uint8Array {
  const length = records.reduce(
    (sum, { packet }) => sum + PCAP_RECORD_HEADER_LENGTH + packet.length,
    0,
  );
  const octets = new Uint8Array(PCAP_FILE_HEADER_LENGTH + length);
  emitPcapFileHeader(linkType, PCAP_LONGEST_PACKET, octets, 0);
  let at = PCAP_FILE_HEADER_LENGTH;
  for (const record of records) at += emitPcapRecord(record, octets, at);
  return octets;
}

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const KINDS: ReadonlyMap<number, Pick<PcapFileHeader, 'byteOrder' | 'unit'>> = new Map([
  [MAGIC_MICROSECONDS, { byteOrder: 'big-endian', unit: 'microseconds' }],
  [0xd4c3b2a1, { byteOrder: 'little-endian', unit: 'microseconds' }],
  [0xa1b23c4d, { byteOrder: 'big-endian', unit: 'nanoseconds' }],
  [0x4d3cb2a1, { byteOrder: 'little-endian', unit: 'nanoseconds' }],
]);
const NO_PCAP = new Malformed('pcap file header', 'magic number is unknown');
const OTHER_VERSION = new Malformed('pcap file header', 'version is not 2');
const TOO_LONG = new Malformed('pcap record', 'captured length is more than any packet has');
const CUT_SHORT = new Malformed('pcap record', 'the file ends within it');
