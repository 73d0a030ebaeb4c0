/**
 * What packet sockets are told before they are read (packet(7)).
 *
 * @module
 */
import { LITTLE_ENDIAN, setHostU16, setHostU32 } from '../octets/host.ts';
import { LINUX, libc, succeed } from './libc.ts';
import { assemble, attachProgram, BPF } from './socket-program.ts';

export const SOL_PACKET = 263;

/** Options of that level. */
export const PACKET = {
  ADD_MEMBERSHIP: 1,
  RX_RING: 5,
  STATISTICS: 6,
  VERSION: 10,
  RESERVE: 12,
  IGNORE_OUTGOING: 23,
} as const;

const ETH_P_ALL = 0x0003;
const SOCKADDR_LL_LENGTH = 20;
const SOCKADDR_LL = { FAMILY: 0, PROTOCOL: 2, IFINDEX: 4 } as const;

/** Has the socket take all frames of the interface `name` with index `index`; of all with index 0. */
export function bindPacketSocket(fd: number, index: number, name: string): void {
  const address = new Uint8Array(SOCKADDR_LL_LENGTH);
  setHostU16(address, SOCKADDR_LL.FAMILY, LINUX.AF_PACKET);
  setHostU16(address, SOCKADDR_LL.PROTOCOL, LITTLE_ENDIAN ? ETH_P_ALL << 8 : ETH_P_ALL);
  setHostU32(address, SOCKADDR_LL.IFINDEX, index);
  succeed(libc.bind(fd, address, address.length), `capture on ${name}`);
}

/** Sets an option to a number. `doing` is for the operator, as in `succeed`. */
export function setPacketOption(fd: number, name: number, value: number, doing: string): void {
  const octets = new Uint8Array(4);
  setHostU32(octets, 0, value);
  succeed(libc.setsockopt(fd, SOL_PACKET, name, octets, octets.length), doing);
}

/** Has the kernel keep `snapLength` octets of what `filter` lets pass, instructions of BPF. */
export function attachFilter(fd: number, filter: Uint8Array | null, snapLength: number): void {
  const program = filter ?? assemble([[BPF.RETURN, snapLength]]);
  attachProgram(fd, 'SO_ATTACH_FILTER', program, 'have the kernel filter packets');
}
