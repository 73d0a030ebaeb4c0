/**
 * Programs of the Berkeley Packet Filter that the kernel runs for a socket (socket(7), SO_ATTACH_FILTER).
 *
 * @module
 */
import { setHostU16, setHostU32, setHostU64 } from '../octets/host.ts';
import { setU8 } from '../octets/octets.ts';
import { LINUX, libc, succeed } from './libc.ts';
import { PinnedMemory } from './pinned-memory.ts';

/** `struct sock_filter`: u16 code, u8 jt, u8 jf, u32 k. */
const INSTRUCTION_LENGTH = 8;
/** `struct sock_fprog`: how many, and where. */
const PROGRAM_LENGTH = 16;
const PROGRAM_ADDRESS = 8;

/** How the codes of instructions are called in linux/bpf_common.h. */
export const BPF = {
  LOAD_WORD: 0x20,
  XOR_INDEX: 0xac,
  MULTIPLY: 0x24,
  SHIFT_RIGHT: 0x74,
  MODULO: 0x94,
  JUMP_IF_EQUAL: 0x15,
  TO_INDEX: 0x07,
  RETURN: 0x06,
  RETURN_ACCUMULATOR: 0x16,
} as const;

/** An instruction, with its constant, and how many are skipped when it jumps and when it does not. */
export type Instruction = readonly [
  code: number,
  constant: number,
  ifTrue?: number,
  ifFalse?: number,
];

/** `instructions` as the kernel takes them. */
export function assemble(instructions: readonly Instruction[]): Uint8Array {
  const octets = new Uint8Array(instructions.length * INSTRUCTION_LENGTH);
  for (const [k, [code, constant, ifTrue = 0, ifFalse = 0]] of instructions.entries()) {
    const at = k * INSTRUCTION_LENGTH;
    setHostU16(octets, at, code);
    setU8(octets, at + 2, ifTrue);
    setU8(octets, at + 3, ifFalse);
    setHostU32(octets, at + 4, constant);
  }
  return octets;
}

/** Has the kernel run `program` for the socket `fd`; `option` says for what. Throws a `SystemError`. */
export function attachProgram(
  fd: number,
  option: 'SO_ATTACH_FILTER' | 'SO_ATTACH_REUSEPORT_CBPF',
  program: Uint8Array,
  doing: string,
): void {
  const instructions = new PinnedMemory(program.length);
  instructions.octets.set(program);
  const octets = new Uint8Array(PROGRAM_LENGTH);
  setHostU16(octets, 0, program.length / INSTRUCTION_LENGTH);
  setHostU64(octets, PROGRAM_ADDRESS, instructions.address);
  succeed(libc.setsockopt(fd, LINUX.SOL_SOCKET, LINUX[option], octets, octets.length), doing);
}
