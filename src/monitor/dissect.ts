/**
 * Dissection: octets in, layers out.
 *
 * Captures may be cut short, so a dissector asks what was captured, reads as far as that goes, and
 * ends the chain in a `truncated` layer; the checks of `wire/`, which want whole packets, are for
 * the data path. No octets make it throw, and {@link MAX_LAYERS} bounds its depth.
 *
 * @module
 */
import type { CapturedPacket } from '../wire/captured-packet.ts';
import { LINK_TYPE_OF } from '../wire/pcap.ts';
import { dissectIpv4, dissectIpv6 } from './dissect-ip.ts';
import { dissectCooked, dissectEthernet, dissectLoopback, dissectRaw } from './dissect-link.ts';
import type { Layer } from './layer.ts';
import { malformed, type Part } from './part.ts';

/**
 * The layers of a packet that begins as `linkType` (a `LINK_TYPE_OF`) says. `originalLength` counts
 * what was on the wire when the capture kept less. Views in the result point into `octets`.
 *
 * @example
 * const layer = dissect(packet, LINK_TYPE_OF.RAW);
 * if (layer.kind === 'ipv4' && layer.payload.kind === 'esp') console.log(layer.payload.spi);
 */
export function dissect(
  octets: Uint8Array,
  linkType: number,
  originalLength: number = octets.length,
): Layer {
  const length = Math.max(originalLength, octets.length);
  return outermost({ octets, at: 0, length, captured: octets.length, depth: 0 }, linkType);
}

/** The layers of `packet`. They count from the start of the memory that it stands in. */
export function dissectCaptured(packet: CapturedPacket): Layer {
  const { octets, at, length, originalLength, linkType } = packet;
  const part = { octets, at, length: Math.max(originalLength, length), captured: length, depth: 0 };
  return outermost(part, linkType);
}

function outermost(part: Part, linkType: number): Layer {
  switch (linkType) {
    case LINK_TYPE_OF.ETHERNET:
      return dissectEthernet(part);
    case LINK_TYPE_OF.RAW:
    case LINK_TYPE_OF.RAW_ELSEWHERE:
    case LINK_TYPE_OF.RAW_OPENBSD:
      return dissectRaw(part);
    case LINK_TYPE_OF.IPV4:
      return dissectIpv4(part);
    case LINK_TYPE_OF.IPV6:
      return dissectIpv6(part);
    case LINK_TYPE_OF.LINUX_SLL:
      return dissectCooked(part, 1);
    case LINK_TYPE_OF.LINUX_SLL2:
      return dissectCooked(part, 2);
    case LINK_TYPE_OF.NULL:
    case LINK_TYPE_OF.LOOP:
      return dissectLoopback(part);
    default:
      return malformed(part, 'link', `unknown link type ${linkType}`);
  }
}
