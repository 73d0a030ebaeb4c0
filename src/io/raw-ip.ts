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
import { setHostU16, setHostU32 } from '../octets/host.ts';
import { setU8, u8 } from '../octets/octets.ts';
import { IPV4_DESTINATION } from '../wire/ipv4.ts';
import { MARK_OWN } from './guard/numbers.ts';
import { LINUX, libc, succeed } from './libc.ts';
import { PathMtus } from './path-mtu.ts';
import { PinnedMemory } from './pinned-memory.ts';

const LONGEST_PACKET = 0xffff;
const SOCKADDR_IN_LENGTH = 16;
const SOCKADDR_IN_ADDRESS = 4;
const RECEIVE_BUFFER_LENGTH = 8 << 20;

export class RawIp implements UnprotectedInterface {
  /** The sockets to wait on. */
  readonly receivers: readonly number[];
  readonly #memory: PinnedMemory;
  readonly #sender: number;
  readonly #destination = new PinnedMemory(SOCKADDR_IN_LENGTH);
  readonly #pathMtus = new PathMtus();

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
    setOption(this.#sender, LINUX.SOL_SOCKET, LINUX.SO_MARK, MARK_OWN);
    // What the kernel learned about the destination from our "too big" is not for our own packets.
    setOption(this.#sender, LINUX.IPPROTO_IP, LINUX.IP_MTU_DISCOVER, LINUX.IP_PMTUDISC_PROBE);
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
      const octet = u8(packet.memory.octets, packet.at + IPV4_DESTINATION + k);
      setU8(to.octets, SOCKADDR_IN_ADDRESS + k, octet);
    }
    const address = this.#memory.address + packet.at;
    return (
      libc.sendto(this.#sender, address, packet.length, 0, to.address, SOCKADDR_IN_LENGTH) >= 0
    );
  }

  pathMtu(version: 4 | 6, octets: Uint8Array, destinationAt: number): number {
    return this.#pathMtus.towards(version, octets, destinationAt);
  }

  close(): void {
    for (const fd of [...this.receivers, this.#sender]) libc.close(fd);
    this.#pathMtus.close();
  }
}

function rawSocket(protocol: number, doing: string): number {
  const type = LINUX.SOCK_RAW | LINUX.SOCK_NONBLOCK | LINUX.SOCK_CLOEXEC;
  return succeed(libc.socket(LINUX.AF_INET, type, protocol), doing);
}

function setOption(fd: number, level: number, name: number, value: number): void {
  libc.setsockopt(fd, level, name, hostInteger(value), 4);
}

function hostInteger(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  setHostU32(octets, 0, value);
  return octets;
}
