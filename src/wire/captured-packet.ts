/**
 * A packet as a capture holds it, whatever file or interface it came from.
 *
 * @module
 */
import type { PcapRecord } from './pcap.ts';

export interface CapturedPacket extends PcapRecord {
  /** What `packet` begins with: a `LINK_TYPE_OF`, or a type that we do not look into. */
  readonly linkType: number;
}
