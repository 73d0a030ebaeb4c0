/**
 * Receiving many packets with one system call: the IPv4 packets of one protocol, from a raw socket.
 *
 *   socket ══ recvmmsg ══► slot │ slot │ slot ...  ── a copy each ──► where the caller wants it
 *
 * A copy costs a tenth of what a system call does, and those that are taken as a train are not even copied.
 *
 * @module
 */
import { NONE_FOLLOWING } from '../dataplane/interfaces.ts';
import type { Following } from '../ipsec/opening-train.ts';
import { LONGEST_PACKET, type Packet } from '../ipsec/packet.ts';
import { trainsOver } from '../octets/bulk.ts';
import { hostU32, setHostU64 } from '../octets/host.ts';
import type { Trains } from '../octets/trains.ts';
import { IPV4_HEADER_LENGTH, ipv4HeaderLength, ipv4TotalLength } from '../wire/ipv4.ts';
import { openIpSocket, widenReceiveBuffer } from './ip-socket.ts';
import { LINUX, libc } from './libc.ts';
import { IOVEC, MMSGHDR, MSGHDR } from './message-layout.ts';
import { PinnedMemory } from './pinned-memory.ts';
import type { PacketReceiver } from './raw-ip.ts';

/** As many as one socket may give before others have their turn, so that none waits for a call. */
const MOST_PACKETS = 64;
/** So that slots begin in different sets of a processor's caches: an odd number of their lines more. */
const SLOT_LENGTH = LONGEST_PACKET + 1 + 23 * 64;

/** Octets of memory that packets wait in: only as long as {@link PacketReceiver.isPending}. */
export const BATCH_RECEIVE_LENGTH: number = MOST_PACKETS * SLOT_LENGTH;

export class BatchReceiver implements PacketReceiver {
  readonly fd: number;
  readonly #memory: PinnedMemory;
  readonly #place: number;
  /** `null` where each packet is by itself. */
  readonly #trains: Trains | null;
  readonly #messages = new PinnedMemory(MOST_PACKETS * MMSGHDR.LENGTH);
  readonly #vectors = new PinnedMemory(MOST_PACKETS * IOVEC.LENGTH);
  #received = 0;
  #next = 0;
  /** Up to here, packets are known to be under headers like those of the one that was received last. */
  #alikeEnd = 0;
  readonly #following: Following = {
    at: 0,
    stride: SLOT_LENGTH,
    length: 0,
    count: 0,
    frontLength: IPV4_HEADER_LENGTH,
  };

  /** Use {@link openBatchReceiver}. */
  constructor(fd: number, memory: PinnedMemory, place: number) {
    this.fd = fd;
    this.#memory = memory;
    this.#place = place;
    this.#trains = trainsOver(memory.octets);
    const { octets: messages } = this.#messages;
    const { octets: vectors, address } = this.#vectors;
    for (let k = 0; k < MOST_PACKETS; k++) {
      const vectorAt = k * IOVEC.LENGTH;
      setHostU64(vectors, vectorAt + IOVEC.BASE, memory.address + this.#slotAt(k));
      setHostU64(vectors, vectorAt + IOVEC.LENGTH_OF, LONGEST_PACKET);
      const messageAt = k * MMSGHDR.LENGTH;
      setHostU64(messages, messageAt + MSGHDR.VECTOR, address + vectorAt);
      setHostU64(messages, messageAt + MSGHDR.VECTOR_COUNT, 1);
    }
  }

  get isPending(): boolean {
    return this.#next < this.#received;
  }

  receive(packet: Packet): boolean {
    if (!this.isPending && !this.#receiveAll()) return false;
    const slot = this.#next;
    this.#next += 1;
    const length = hostU32(this.#messages.octets, slot * MMSGHDR.LENGTH + MMSGHDR.RECEIVED);
    const from = this.#slotAt(slot);
    this.#memory.octets.copyWithin(packet.at, from, from + length);
    packet.length = length;
    return true;
  }

  get following(): Readonly<Following> {
    const trains = this.#trains;
    if (trains === null || !this.isPending) return NONE_FOLLOWING;
    const last = this.#next - 1;
    const at = this.#slotAt(last);
    const { octets } = this.#memory;
    if (ipv4HeaderLength(octets, at) !== IPV4_HEADER_LENGTH) return NONE_FOLLOWING;
    if (this.#alikeEnd <= this.#next) {
      this.#alikeEnd = last + trains.alikeIpv4(at, SLOT_LENGTH, this.#received - last);
    }
    const following = this.#following;
    following.at = at + SLOT_LENGTH + IPV4_HEADER_LENGTH;
    following.length = ipv4TotalLength(octets, at) - IPV4_HEADER_LENGTH;
    following.count = this.#alikeEnd - this.#next;
    return following;
  }

  passOver(count: number): void {
    this.#next += count;
  }

  #receiveAll(): boolean {
    const { address } = this.#messages;
    const received = libc.recvmmsg(this.fd, address, MOST_PACKETS, LINUX.MSG_DONTWAIT, 0);
    this.#received = Math.max(0, received);
    this.#next = 0;
    this.#alikeEnd = 0;
    return received > 0;
  }

  #slotAt(slot: number): number {
    return this.#place + slot * SLOT_LENGTH;
  }
}

/**
 * Opens a receiver of the IPv4 packets of IP protocol `protocol`. They wait in
 * {@link BATCH_RECEIVE_LENGTH} octets of `memory` at `place`. Throws a `SystemError`.
 */
export function openBatchReceiver(
  protocol: number,
  memory: PinnedMemory,
  place: number,
): BatchReceiver | null {
  const doing = `open a raw socket for protocol ${protocol}`;
  const fd = openIpSocket(4, LINUX.SOCK_RAW, protocol, doing);
  if (fd === null) return null;
  widenReceiveBuffer(fd);
  return new BatchReceiver(fd, memory, place);
}
