/**
 * `struct virtio_net_hdr` (linux/virtio_net.h): what goes before each packet of a TUN device that was
 * opened with IFF_VNET_HDR.
 *
 *   0  flags                 octet
 *   1  kind of segments      octet
 *   2  length of the headers that every segment repeats
 *   4  octets of payload in each segment but the last
 *   6  where the checksum begins to count
 *   8  where it stands, from there
 *
 * Integers have 16 bits, in host order; places are counted from the packet's first octet.
 *
 * @module
 */
import { hostU16, setHostU16 } from '../octets/host.ts';
import { setU8, u8 } from '../octets/octets.ts';

const FLAGS = 0;
const KIND = 1;
const HEADER_LENGTH = 2;
const SEGMENT_SIZE = 4;
const CHECKSUM_START = 6;
const CHECKSUM_OFFSET = 8;

/** Octets of the header. */
export const VIRTIO_NET_LENGTH = 10;

/** The checksum is still to be computed: its field holds the sum over the pseudo-header. */
export const VIRTIO_NEEDS_CHECKSUM = 1;

/** What the segments of a packet are. */
export const VIRTIO_SEGMENTS = { NONE: 0, TCPV4: 1, TCPV6: 4, UDP: 5 } as const;

/** Set with the kind when the sender of TCP understands congestion marks (RFC 3168). */
export const VIRTIO_ECN = 0x80;

/** What was left for later on a packet, to be done by a network card or by us. */
export interface Offload {
  needsChecksum: boolean;
  /** One of {@link VIRTIO_SEGMENTS}, without {@link VIRTIO_ECN}. */
  segments: number;
  /** Octets of payload in each segment but the last; 0 when the packet is one. */
  segmentSize: number;
  /** Counted from the packet's first octet. */
  checksumStart: number;
  checksumOffset: number;
}

/** An {@link Offload} of a packet that nothing was left of. */
export function noOffload(): Offload {
  return {
    needsChecksum: false,
    segments: VIRTIO_SEGMENTS.NONE,
    segmentSize: 0,
    checksumStart: 0,
    checksumOffset: 0,
  };
}

/** Fills `offload` from the {@link VIRTIO_NET_LENGTH} octets at `at`. */
export function readVirtioNet(offload: Offload, octets: Uint8Array, at: number): void {
  offload.needsChecksum = (u8(octets, at + FLAGS) & VIRTIO_NEEDS_CHECKSUM) !== 0;
  offload.segments = u8(octets, at + KIND) & ~VIRTIO_ECN;
  const isOne = offload.segments === VIRTIO_SEGMENTS.NONE;
  offload.segmentSize = isOne ? 0 : hostU16(octets, at + SEGMENT_SIZE);
  offload.checksumStart = hostU16(octets, at + CHECKSUM_START);
  offload.checksumOffset = hostU16(octets, at + CHECKSUM_OFFSET);
}

/** Writes the {@link VIRTIO_NET_LENGTH} octets at `at` for a packet that is whole. */
export function emitNoVirtioNet(octets: Uint8Array, at: number): void {
  octets.fill(0, at, at + VIRTIO_NET_LENGTH);
}

/** Writes the {@link VIRTIO_NET_LENGTH} octets at `at` for a packet of several segments. */
export function emitVirtioNet(
  kind: number,
  headerLength: number,
  segmentSize: number,
  checksumStart: number,
  checksumOffset: number,
  octets: Uint8Array,
  at: number,
): void {
  setU8(octets, at + FLAGS, VIRTIO_NEEDS_CHECKSUM);
  setU8(octets, at + KIND, kind);
  setHostU16(octets, at + HEADER_LENGTH, headerLength);
  setHostU16(octets, at + SEGMENT_SIZE, segmentSize);
  setHostU16(octets, at + CHECKSUM_START, checksumStart);
  setHostU16(octets, at + CHECKSUM_OFFSET, checksumOffset);
}
