/**
 * Packet formats: the public subpath `ipseal/wire`.
 *
 * Each fixed-layout format is a `checkX(octets, at, length)` that answers `Malformed` or `null`,
 * accessors that cannot fail once it has passed, and an `emitX`.
 *
 * @example
 * import { checkEsp, espSpi } from 'ipseal/wire';
 * const fault = checkEsp(payload, 0, payload.length);
 * console.log(fault === null ? espSpi(payload, 0) : String(fault));
 *
 * @module
 */
export { Malformed, type Parsed } from '../octets/malformed.ts';
export * from './ah.ts';
export * from './arp.ts';
export * from './capture-parser.ts';
export type * from './captured-packet.ts';
export * from './esp.ts';
export * from './esp-in-udp.ts';
export * from './ethernet.ts';
export * from './icmp.ts';
export * from './icmpv6.ts';
export * from './ike.ts';
export * from './ipv4.ts';
export * from './ipv4-mutable.ts';
export * from './ipv6.ts';
export * from './linux-cooked.ts';
export * from './loopback.ts';
export * from './pcap.ts';
export * from './pcapng.ts';
export * from './tcp.ts';
export * from './udp.ts';
export * from './vlan.ts';
