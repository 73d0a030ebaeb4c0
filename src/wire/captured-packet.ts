/**
 * A packet as a capture holds it, whatever file or interface it came from.
 *
 * It is a place in a memory and not a view, because making views is what takes longest when many
 * packets are looked at.
 *
 * @module
 */

export class CapturedPacket {
  /** Since 1970-01-01 00:00 UTC. */
  readonly seconds: number;
  /** The rest of the timestamp, whatever the capture counts in. */
  readonly nanoseconds: number;
  /** Octets of the packet when it was captured; more than {@link length} if it was cut. */
  readonly originalLength: number;
  /** What it begins with: a `LINK_TYPE_OF`, or a type that we do not look into. */
  readonly linkType: number;
  /** The memory that it stands in. */
  readonly octets: Uint8Array;
  /** Where in {@link octets}. */
  readonly at: number;
  /** How many octets of it were captured. */
  readonly length: number;

  constructor(
    seconds: number,
    nanoseconds: number,
    originalLength: number,
    linkType: number,
    octets: Uint8Array,
    at: number,
    length: number,
  ) {
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
    this.originalLength = originalLength;
    this.linkType = linkType;
    this.octets = octets;
    this.at = at;
    this.length = length;
  }

  /** The packet alone: a new view. */
  get packet(): Uint8Array {
    return this.octets.subarray(this.at, this.at + this.length);
  }
}
