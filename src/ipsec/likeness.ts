/**
 * Whether a packet is like another one, so that what was found out about the one holds for the other.
 *
 * Packets of one flow, one after the other, differ in identification, checksums and what their
 * payload is. All else of their headers is compared, lengths included; headers with options or
 * extensions are like no others. The octets are compared in words, which is what makes it worth while.
 *
 * @module
 */
import { IPV4_HEADER_LENGTH } from '../wire/ipv4.ts';
import { IPV6_HEADER_LENGTH } from '../wire/ipv6.ts';
import { UDP_HEADER_LENGTH } from '../wire/udp.ts';

/** Version 4, without options. */
const IPV4_PLAIN = 0x45;

/**
 * Whether the IP packets at `a` and `b`, of one `version`, have the same header, which is all that
 * comes before `headerLength` octets of them.
 */
export function sameIpHeader(
  view: DataView,
  a: number,
  b: number,
  version: 4 | 6,
  headerLength: number,
): boolean {
  if (version === 6) return headerLength === IPV6_HEADER_LENGTH && sameWords(view, a, b, 10);
  return (
    headerLength === IPV4_HEADER_LENGTH &&
    view.getUint8(a) === IPV4_PLAIN &&
    // Type of service, total length; flags and offset; time to live, protocol; addresses.
    view.getUint32(a) === view.getUint32(b) &&
    view.getUint16(a + 6) === view.getUint16(b + 6) &&
    view.getUint16(a + 8) === view.getUint16(b + 8) &&
    view.getUint32(a + 12) === view.getUint32(b + 12) &&
    view.getUint32(a + 16) === view.getUint32(b + 16)
  );
}

/**
 * Whether the packets at `a` and `b` of one `version` have the same headers up to ESP, which begins
 * after `espOffset` octets, and the same SPI.
 */
export function sameUpToSpi(
  view: DataView,
  a: number,
  b: number,
  version: 4 | 6,
  espOffset: number,
): boolean {
  if (view.getUint32(a + espOffset) !== view.getUint32(b + espOffset)) return false;
  const ipLength = version === 4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
  if (!sameIpHeader(view, a, b, version, ipLength)) return false;
  if (espOffset === ipLength) return true;
  return (
    espOffset === ipLength + UDP_HEADER_LENGTH &&
    // Ports, and the length.
    view.getUint32(a + ipLength) === view.getUint32(b + ipLength) &&
    view.getUint16(a + ipLength + 4) === view.getUint16(b + ipLength + 4)
  );
}

/** Whether the ports of UDP or TCP headers at `a` and `b` are the same. */
export function samePorts(view: DataView, a: number, b: number): boolean {
  return view.getUint32(a) === view.getUint32(b);
}

function sameWords(view: DataView, a: number, b: number, count: number): boolean {
  for (let k = 0; k < count; k++) {
    if (view.getUint32(a + 4 * k) !== view.getUint32(b + 4 * k)) return false;
  }
  return true;
}
