/**
 * What a packet offers to selectors, read from its headers (RFC 4301 §4.4.1.1).
 *
 * @module
 */
import { hasMessages, hasPorts, IP_PROTOCOL } from '../net/ip-protocol.ts';
import { u8, u16, u32 } from '../octets/octets.ts';
import { type IpHeader, isIpv6Extension } from '../wire/ip.ts';
import { OPAQUE, type Traffic } from './selector.ts';

/** A {@link Traffic} to be filled by {@link readTraffic}. */
export function newTraffic(): Traffic {
  return {
    version: 4,
    octets: new Uint8Array(0),
    localAddressAt: 0,
    remoteAddressAt: 0,
    nextLayerProtocol: 0,
    localPort: OPAQUE,
    remotePort: OPAQUE,
    messageType: OPAQUE,
    messageCode: OPAQUE,
    greKey: OPAQUE,
    hidesDetail: false,
  };
}

/** Fills `traffic` from the packet with `header` in `octets`; its source is local if `sent`. */
export function readTraffic(
  traffic: Traffic,
  octets: Uint8Array,
  header: IpHeader,
  sent: boolean,
): void {
  const hidden = hidesProtocol(header);
  const protocol = hidden ? OPAQUE : header.nextLayerProtocol;
  traffic.version = header.version;
  traffic.octets = octets;
  traffic.localAddressAt = sent ? header.sourceAt : header.destinationAt;
  traffic.remoteAddressAt = sent ? header.destinationAt : header.sourceAt;
  traffic.nextLayerProtocol = protocol;
  traffic.localPort = OPAQUE;
  traffic.remotePort = OPAQUE;
  traffic.messageType = OPAQUE;
  traffic.messageCode = OPAQUE;
  traffic.greKey = OPAQUE;
  traffic.hidesDetail = hidden;
  if (hasPorts(protocol)) readPorts(traffic, octets, header, sent);
  else if (hasMessages(protocol)) readMessage(traffic, octets, header);
  else if (protocol === IP_PROTOCOL.gre) readGreKey(traffic, octets, header);
}

/** Whether the protocol is told in an extension header that only the first fragment has. */
function hidesProtocol({ version, fragmentOffset, nextLayerProtocol }: IpHeader): boolean {
  return version === 6 && fragmentOffset !== 0 && isIpv6Extension(nextLayerProtocol);
}

/** Whether the first `length` octets of the next layer's header are there; it hides them if not. */
function shows(traffic: Traffic, header: IpHeader, length: number): boolean {
  const { fragmentOffset, nextLayerAt, at, totalLength } = header;
  traffic.hidesDetail = fragmentOffset !== 0 || nextLayerAt + length > at + totalLength;
  return !traffic.hidesDetail;
}

function readPorts(traffic: Traffic, octets: Uint8Array, header: IpHeader, sent: boolean): void {
  if (!shows(traffic, header, 4)) return;
  const source = u16(octets, header.nextLayerAt);
  const destination = u16(octets, header.nextLayerAt + 2);
  traffic.localPort = sent ? source : destination;
  traffic.remotePort = sent ? destination : source;
}

/** ICMP has type and code in its first two octets; the mobility header its type in the third. */
function readMessage(traffic: Traffic, octets: Uint8Array, header: IpHeader): void {
  if (!shows(traffic, header, 4)) return;
  if (header.nextLayerProtocol === IP_PROTOCOL['mobility-header']) {
    traffic.messageType = u8(octets, header.nextLayerAt + 2);
    return;
  }
  traffic.messageType = u8(octets, header.nextLayerAt);
  traffic.messageCode = u8(octets, header.nextLayerAt + 1);
}

const GRE_CHECKSUM = 0x8000;
const GRE_KEY = 0x2000;

/** The key stands behind the checksum, where there is either (RFC 2890 §2). */
function readGreKey(traffic: Traffic, octets: Uint8Array, header: IpHeader): void {
  if (!shows(traffic, header, 4)) return;
  const flags = u16(octets, header.nextLayerAt);
  if ((flags & GRE_KEY) === 0) return;
  const keyAt = (flags & GRE_CHECKSUM) === 0 ? 4 : 8;
  if (shows(traffic, header, keyAt + 4)) traffic.greKey = u32(octets, header.nextLayerAt + keyAt);
}
