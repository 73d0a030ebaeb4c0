/**
 * Raw IP sockets: the data plane's unprotected interface on a Linux host.
 *
 * One socket for each of ESP and AH receives what the kernel has reassembled, IP header included;
 * having them open also keeps the kernel from answering "protocol unreachable". A third sends whole
 * packets. It is marked, so that the guard lets them pass.
 *
 * @module
 */
import type { UnprotectedInterface } from '../dataplane/interfaces.ts';
import type { Packet } from '../ipsec/packet.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { hostU32, setHostU16, setHostU32 } from '../octets/host.ts';
import { u32 } from '../octets/octets.ts';
import { IPV4_DESTINATION } from '../wire/ipv4.ts';
import { MARK_OWN } from './guard/numbers.ts';
import { LINUX, libc, succeed } from './libc.ts';
import { PinnedMemory } from './pinned-memory.ts';

const LONGEST_PACKET = 0xffff;
const SOCKADDR_IN_LENGTH = 16;
const SOCKADDR_IN_ADDRESS = 4;
const RECEIVE_BUFFER_LENGTH = 8 << 20;
/** A port that connects for the sake of its route alone. */
const DISCARD_PORT = 9;
/** The kernel learns path MTUs; how long ours may lag behind. */
const PATH_MTU_AGE_MS = 5000;
/** A bound on remembered destinations, against memory growing with the policies' breadth. */
const MOST_PATHS = 10_000;

export class RawIp implements UnprotectedInterface {
  /** The sockets to wait on. */
  readonly receivers: readonly number[];
  readonly #memory: PinnedMemory;
  readonly #sender: number;
  readonly #destination = new PinnedMemory(SOCKADDR_IN_LENGTH);
  readonly #paths = new Map<number, { readonly mtu: number; readonly until: number }>();

  /** Opens the sockets; packets are received into `memory` and sent from it. */
  constructor(memory: PinnedMemory) {
    this.#memory = memory;
    this.receivers = [IP_PROTOCOL.esp, IP_PROTOCOL.ah].map((protocol) => {
      const fd = rawSocket(protocol, `open a raw socket for protocol ${protocol}`);
      setOption(fd, LINUX.SOL_SOCKET, LINUX.SO_RCVBUFFORCE, RECEIVE_BUFFER_LENGTH);
      return fd;
    });
    const IPPROTO_RAW = 255;
    this.#sender = rawSocket(IPPROTO_RAW, 'open a raw socket to send with');
    mark(this.#sender);
    setHostU16(this.#destination.octets, 0, LINUX.AF_INET);
  }

  receive(packet: Packet): boolean {
    const address = this.#memory.address + packet.at;
    for (const fd of this.receivers) {
      const length = libc.recv(fd, address, LONGEST_PACKET, LINUX.MSG_DONTWAIT);
      if (length <= 0) continue;
      packet.length = length;
      return true;
    }
    return false;
  }

  transmit(packet: Packet): boolean {
    const to = this.#destination;
    for (let k = 0; k < 4; k++) {
      const octet = packet.memory.octets[packet.at + IPV4_DESTINATION + k];
      to.octets[SOCKADDR_IN_ADDRESS + k] = octet ?? 0;
    }
    const address = this.#memory.address + packet.at;
    return (
      libc.sendto(this.#sender, address, packet.length, 0, to.address, SOCKADDR_IN_LENGTH) >= 0
    );
  }

  pathMtu(octets: Uint8Array, destinationAt: number): number {
    const destination = u32(octets, destinationAt);
    const known = this.#paths.get(destination);
    const now = performance.now();
    if (known !== undefined && now < known.until) return known.mtu;
    const mtu = askPathMtu(octets.subarray(destinationAt, destinationAt + 4));
    if (this.#paths.size >= MOST_PATHS) this.#paths.clear();
    this.#paths.set(destination, { mtu, until: now + PATH_MTU_AGE_MS });
    return mtu;
  }

  close(): void {
    for (const fd of [...this.receivers, this.#sender]) libc.close(fd);
  }
}

/** What the kernel takes for the path MTU, or no bound where there is no route. */
function askPathMtu(destination: Uint8Array): number {
  const type = LINUX.SOCK_DGRAM | LINUX.SOCK_CLOEXEC;
  const fd = libc.socket(LINUX.AF_INET, type, 0);
  if (fd < 0) return LONGEST_PACKET;
  mark(fd);
  const address = new Uint8Array(SOCKADDR_IN_LENGTH);
  setHostU16(address, 0, LINUX.AF_INET);
  address[3] = DISCARD_PORT;
  address.set(destination, SOCKADDR_IN_ADDRESS);
  const value = new Uint8Array(4);
  const length = hostInteger(value.length);
  const known =
    libc.connect(fd, address, address.length) >= 0 &&
    libc.getsockopt(fd, LINUX.IPPROTO_IP, LINUX.IP_MTU, value, length) >= 0;
  libc.close(fd);
  return known ? Math.min(hostU32(value, 0), LONGEST_PACKET) : LONGEST_PACKET;
}

function rawSocket(protocol: number, doing: string): number {
  const type = LINUX.SOCK_RAW | LINUX.SOCK_NONBLOCK | LINUX.SOCK_CLOEXEC;
  return succeed(libc.socket(LINUX.AF_INET, type, protocol), doing);
}

function mark(fd: number): void {
  setOption(fd, LINUX.SOL_SOCKET, LINUX.SO_MARK, MARK_OWN);
}

function setOption(fd: number, level: number, name: number, value: number): void {
  libc.setsockopt(fd, level, name, hostInteger(value), 4);
}

function hostInteger(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  setHostU32(octets, 0, value);
  return octets;
}
