/**
 * Has the kernel give each worker what it is to receive: what goes between two addresses comes to one of them
 * (`dataplane/workers.ts`).
 *
 *   raw sockets     each worker has one of each kind, and a filter that takes its share
 *   UDP sockets     each worker has one, all bound to one port: SO_REUSEPORT, with a program that chooses
 *
 * @module
 */
import { STEERING_FACTOR, STEERING_SHIFT, type WorkerPlace } from '../dataplane/workers.ts';
import { IPV4_DESTINATION, IPV4_SOURCE } from '../wire/ipv4.ts';
import { IPV6_DESTINATION, IPV6_SOURCE } from '../wire/ipv6.ts';
import { setSocketOption } from './ip-socket.ts';
import { LINUX } from './libc.ts';
import { assemble, attachProgram, BPF, type Instruction } from './socket-program.ts';

/** Places from here on are counted from the IP header (linux/filter.h). */
const SKF_NET_OFF = -0x100000;
const EVERYTHING = 0xffffffff;

/** Has the raw socket `fd` receive the share of the worker at `place`. Throws a `SystemError`. */
export function receiveShare(fd: number, version: 4 | 6, { number, count }: WorkerPlace): void {
  if (count === 1) return;
  const program = assemble([
    ...choose(version, count),
    [BPF.JUMP_IF_EQUAL, number, 0, 1],
    [BPF.RETURN, EVERYTHING],
    [BPF.RETURN, 0],
  ]);
  attachProgram(fd, 'SO_ATTACH_FILTER', program, 'have the kernel filter packets');
}

/** Has the UDP socket `fd`, not bound yet, be one of several. Worker 0 has to be the first, and alone. */
export function joinOthers(fd: number, { number }: WorkerPlace): void {
  if (number > 0) setSocketOption(fd, LINUX.SOL_SOCKET, LINUX.SO_REUSEPORT, 1);
}

/**
 * Has datagrams to the port that `fd` is bound to be spread over the workers, in whose order their sockets were
 * bound; those of IKE go to worker 0. Throws a `SystemError`.
 */
export function spreadDatagrams(fd: number, version: 4 | 6, { number, count }: WorkerPlace): void {
  if (count === 1) return;
  if (number === 0) {
    // Now that nobody else has the port.
    setSocketOption(fd, LINUX.SOL_SOCKET, LINUX.SO_REUSEPORT, 1);
    return;
  }
  const program = assemble([
    // The non-ESP marker (RFC 3948 §2.2). What is shorter goes to worker 0, too.
    [BPF.LOAD_WORD, 0],
    [BPF.JUMP_IF_EQUAL, 0, 0, 1],
    [BPF.RETURN, 0],
    ...choose(version, count),
    [BPF.RETURN_ACCUMULATOR, 0],
  ]);
  attachProgram(fd, 'SO_ATTACH_REUSEPORT_CBPF', program, 'have the kernel spread datagrams');
}

/** What `workerBetween` does, to the addresses of the packet. */
function choose(version: 4 | 6, count: number): readonly Instruction[] {
  const [first = 0, ...others] = wordsOfAddresses(version);
  return [
    [BPF.LOAD_WORD, SKF_NET_OFF + first],
    ...others.flatMap((at): Instruction[] => [
      [BPF.TO_INDEX, 0],
      [BPF.LOAD_WORD, SKF_NET_OFF + at],
      [BPF.XOR_INDEX, 0],
    ]),
    [BPF.MULTIPLY, STEERING_FACTOR],
    [BPF.SHIFT_RIGHT, STEERING_SHIFT],
    [BPF.MODULO, count],
  ];
}

function wordsOfAddresses(version: 4 | 6): readonly number[] {
  if (version === 4) return [IPV4_SOURCE, IPV4_DESTINATION];
  return [IPV6_SOURCE, IPV6_DESTINATION].flatMap((at) => [at, at + 4, at + 8, at + 12]);
}
