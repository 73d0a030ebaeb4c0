/**
 * Receiving many packets with one system call: the IPv4 packets of one protocol, from a raw socket.
 *
 *   socket ══ recvmmsg ══► slot │ slot │ slot ...  ── a copy each ──► where the caller wants it
 *
 * A copy costs a tenth of what a system call does.
 *
 * @module
 */
import { NONE_FOLLOWING } from '../dataplane/interfaces.ts';
import { LONGEST_PACKET, type Packet } from '../ipsec/packet.ts';
import { hostU32, setHostU64 } from '../octets/host.ts';
import { openIpSocket, widenReceiveBuffer } from './ip-socket.ts';
import { LINUX, libc } from './libc.ts';
import { IOVEC, MMSGHDR, MSGHDR } from './message-layout.ts';
import { PinnedMemory } from './pinned-memory.ts';
import type { PacketReceiver } from './raw-ip.ts';

/** As many as one socket may give before others have their turn, so that none waits for a call. */
const MOST_PACKETS = 16;
const SLOT_LENGTH = LONGEST_PACKET + 1;

/** Octets of memory that packets wait in: only as long as {@link PacketReceiver.isPending}. */
export const BATCH_RECEIVE_LENGTH: number = MOST_PACKETS * SLOT_LENGTH;

export class BatchReceiver implements PacketReceiver {
  readonly following = NONE_FOLLOWING;
  readonly fd: number;
  readonly #memory: PinnedMemory;
  readonly #place: number;
  readonly #messages = new PinnedMemory(MOST_PACKETS * MMSGHDR.LENGTH);
  readonly #vectors = new PinnedMemory(MOST_PACKETS * IOVEC.LENGTH);
  #received = 0;
  #next = 0;

  /** Use {@link openBatchReceiver}. */
  constructor(fd: number, memory: PinnedMemory, place: number) {
    this.fd = fd;
    this.#memory = memory;
    this.#place = place;
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

  passOver(): void {}

  #receiveAll(): boolean {
    const { address } = this.#messages;
    const received = libc.recvmmsg(this.fd, address, MOST_PACKETS, LINUX.MSG_DONTWAIT, 0);
    this.#received = Math.max(0, received);
    this.#next = 0;
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
