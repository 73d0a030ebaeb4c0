/**
 * Many requests in few datagrams, which the kernel does one after the other in one system call.
 *
 * @module
 */
import { type NetlinkRequest, netlinkMessageLength } from './nlmsg.ts';

/** Sockets send as much at once even where nobody lets them send more: 212,992 octets. */
const LONGEST_DATAGRAM = 1 << 16;
/** Refused all of them, the answers fit as many octets; the kernel counts 1,280 for each. */
const MOST_REQUESTS = 128;

/** `requests`, in their order, as many to a datagram as its answers have room for. */
export function datagramsOf(requests: readonly NetlinkRequest[]): NetlinkRequest[][] {
  const datagrams: NetlinkRequest[][] = [];
  let length = 0;
  for (const request of requests) {
    const datagram = datagrams.at(-1);
    length += netlinkMessageLength(request);
    if (datagram === undefined || length > LONGEST_DATAGRAM || datagram.length >= MOST_REQUESTS) {
      datagrams.push([request]);
      length = netlinkMessageLength(request);
    } else {
      datagram.push(request);
    }
  }
  return datagrams;
}
