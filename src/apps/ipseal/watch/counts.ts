/**
 * What is said on standard error before and after a capture, in tcpdump's words.
 *
 * @module
 */
import { CaptureFile } from '../../../io/capture-file.ts';
import type { CaptureSource } from '../../../io/capture-source.ts';
import type { PacketRing, RingCounts } from '../../../io/packet-ring.ts';
import { LINK_TYPE_OF } from '../../../wire/pcap.ts';
import { complain } from '../complain.ts';
import type { WatchCommand } from './options.ts';

/** Says that `source` is being listened to, once it is. Files are read in silence. */
export function announce(source: CaptureSource, { snapLength }: WatchCommand): void {
  if (source.linkType === null) return;
  const type = LINK_TYPES.get(source.linkType) ?? `${source.linkType}`;
  process.stderr.write(
    `listening on ${source.name}, link-type ${type}, snapshot length ${snapLength} bytes\n`,
  );
}

/** Says how many packets were taken, and how many were lost; or why a file could not be read on. */
export function tally(source: CaptureSource, taken: number): void {
  if (source instanceof CaptureFile) {
    if (source.fault === null) return;
    complain(`Cannot read on in ${source.name} after ${counted(taken)}: ${source.fault}`);
    return;
  }
  const { received, dropped }: RingCounts = (source as PacketRing).counts();
  process.stderr.write(
    `${counted(taken)} captured\n` +
      `${counted(received)} received by filter\n` +
      `${counted(dropped)} dropped by kernel\n`,
  );
}

function counted(packets: number): string {
  return `${packets} packet${packets === 1 ? '' : 's'}`;
}

/** As tcpdump names them. */
const LINK_TYPES: ReadonlyMap<number, string> = new Map<number, string>([
  [LINK_TYPE_OF.ETHERNET, 'EN10MB (Ethernet)'],
  [LINK_TYPE_OF.RAW, 'RAW (Raw IP)'],
  [LINK_TYPE_OF.LINUX_SLL2, 'LINUX_SLL2 (Linux cooked v2)'],
]);
