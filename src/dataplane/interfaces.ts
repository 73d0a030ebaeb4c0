/**
 * The two sides of the data plane, named as in RFC 4301 §3.1: TUN device and raw sockets implement
 * them, or a wire in memory.
 *
 * @module
 */
import type { DiscardCounters } from '../ipsec/backend.ts';
import type { Packet } from '../ipsec/packet.ts';
import type { UdpEnd } from '../ipsec/sa-parameters.ts';

/** Towards the host's own stack: packets here are in the clear. */
export interface ProtectedInterface {
  /** Reads the next packet that the host sends to `packet.at`; `false` when there is none now. */
  receive(packet: Packet): boolean;
  /** Gives the host a packet as received. */
  deliver(packet: Packet): void;
}

/** Towards the network. */
export interface UnprotectedInterface {
  /** Reads the next packet from the network to `packet.at`; `false` when there is none now. */
  receive(packet: Packet): boolean;
  /** Sends a packet; `false` when the host would not. */
  transmit(packet: Packet): boolean;
  /**
   * The largest packet, in octets, that gets to the address of `version` at `destinationAt` in one
   * piece.
   */
  pathMtu(version: 4 | 6, octets: Uint8Array, destinationAt: number): number;
  /**
   * Has UDP datagrams to those of `ends` that are this host's received from now on, as whole IP
   * packets, and no others. Throws when another program has such a port.
   */
  listen(ends: readonly UdpEnd[]): void;
  /** Packets that were discarded before they were received, by reason. */
  discards(): DiscardCounters;
}
