/**
 * The two sides of the data plane, named as in RFC 4301 §3.1: TUN device and raw sockets implement
 * them, or a wire in memory.
 *
 * @module
 */
import type { Instant } from '../ipsec/backend.ts';
import type { Following, Opened } from '../ipsec/opening-train.ts';
import type { Packet } from '../ipsec/packet.ts';
import type { Carriers, UdpEnd } from '../ipsec/sa-parameters.ts';
import type { Offload } from '../wire/virtio-net.ts';

/** Towards the host's own stack: packets here are in the clear. */
export interface ProtectedInterface {
  /** Reads the next packet that the host sends to `packet.at`; `false` when there is none now. */
  receive(packet: Packet): boolean;
  /** What the host left to be done on the packet that was received last. */
  readonly offload: Offload;
  /** Gives the host a packet as received: at once, or by {@link flush} at the latest. */
  deliver(packet: Packet): void;
  /**
   * Gives the host the packets of `train` from the front on, as far as they belong to the one that was
   * delivered last and is not given yet: how many. They are of its flow, which the caller does not look at.
   */
  deliverTrain(train: Readonly<Opened>): number;
  /** Gives the host what it was not given yet; called when there is nothing more to deliver now. */
  flush(): void;
}

/** Towards the network. */
export interface UnprotectedInterface {
  /** Reads the next packet from the network to `packet.at`; `false` when there is none now. */
  receive(packet: Packet): boolean;
  /**
   * The ESP packets that came in one go with the packet that was received last, where that was one,
   * behind it and as long as it: under the same headers, but for identification and checksums. They stand
   * in the memory that packets are received to, until the next call of {@link receive}.
   */
  readonly following: Readonly<Following>;
  /** Has `count` of {@link following} be no longer among what is to be received. */
  passOver(count: number): void;
  /** Sends a packet; `false` when the host would not. */
  transmit(packet: Packet): boolean;
  /**
   * How many packets as long as `packet` it is best to give to {@link transmitAll} together, `packet` being
   * the first of them.
   */
  mostTogether(packet: Packet): number;
  /**
   * Sends the packets, in their order, that stand where `packets` say; returns how many of them the
   * host would not. They are not larger than any way takes.
   */
  transmitAll(packets: readonly Packet[], count: number): number;
  /**
   * Reads the next ICMP error that calls a packet of this host too big to `packet.at`, as a whole IP
   * packet; `false` when there is none now. Anybody may have sent it. The host has it, too.
   */
  receiveTooBig(packet: Packet): boolean;
  /**
   * The largest packet, in octets, that leaves for the address of `version` at `destinationAt` in one
   * piece, as far as this host is concerned.
   */
  pathMtu(version: 4 | 6, octets: Uint8Array, destinationAt: number, now: Instant): number;
  /**
   * Has what comes in those of `carriers` that are this host's received from now on, as whole IP
   * packets, and in no others. Throws when another program has a port of theirs.
   */
  listen(carriers: Carriers): void;
  /** Whether `end`, one of those listened to, is this host's. */
  isOwn(end: UdpEnd): boolean;
}

/** Where every packet comes by itself. */
export const NONE_FOLLOWING: Readonly<Following> = {
  at: 0,
  stride: 0,
  length: 0,
  count: 0,
  frontLength: 0,
};
