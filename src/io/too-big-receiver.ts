/**
 * Raw sockets for the ICMP errors that call a packet too big: of IPv4 "destination unreachable", of
 * IPv6 "packet too big" alone, the kernel keeps back the rest.
 *
 * The error queues of the sockets that send (IP_RECVERR) would not do: what is sent through a socket
 * for whole packets is not found there, and errors would make others fail to send.
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { setHostU32 } from '../octets/host.ts';
import { ICMP_TYPE } from '../wire/icmp.ts';
import { ICMPV6_TYPE } from '../wire/icmpv6.ts';
import { LINUX, libc } from './libc.ts';
import type { MessageReceiver } from './message-receiver.ts';
import type { PinnedMemory } from './pinned-memory.ts';
import { openRawReceiver, type PacketReceiver } from './raw-ip.ts';

/** `struct icmp6_filter`: a bit for each of 256 types. */
const ICMPV6_FILTER_LENGTH = 32;

/**
 * Opens the receiver of one IP version; `null` when this kernel has no IPv6 and that is asked for.
 * Throws a `SystemError`.
 */
export function openTooBigReceiver(
  version: 4 | 6,
  memory: PinnedMemory,
  message: MessageReceiver,
): PacketReceiver | null {
  const protocol = version === 4 ? IP_PROTOCOL.icmp : IP_PROTOCOL['ipv6-icmp'];
  const receiver = openRawReceiver(version, protocol, memory, message);
  if (receiver === null) return null;
  // In both filters a bit that is set keeps the type back.
  if (version === 4) {
    const filter = new Uint8Array(4);
    setHostU32(filter, 0, ~(1 << ICMP_TYPE.DESTINATION_UNREACHABLE) >>> 0);
    libc.setsockopt(receiver.fd, LINUX.SOL_RAW, LINUX.ICMP_FILTER, filter, filter.length);
  } else {
    const filter = new Uint8Array(ICMPV6_FILTER_LENGTH).fill(0xff);
    setHostU32(filter, 0, ~(1 << ICMPV6_TYPE.PACKET_TOO_BIG) >>> 0);
    libc.setsockopt(receiver.fd, LINUX.IPPROTO_ICMPV6, LINUX.ICMPV6_FILTER, filter, filter.length);
  }
  return receiver;
}
