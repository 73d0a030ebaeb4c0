/**
 * The machine that runs the filters of the Berkeley Packet Filter, as libpcap compiles them, over
 * octets (Linux's Documentation/networking/filter.rst): an accumulator, an index register, sixteen
 * words of memory, jumps that only go forward.
 *
 *   an instruction   0  code (u16), 2  how far to jump if true, 3  if false, 4  a constant (u32)
 *
 * @module
 */
import { hostU16, hostU32 } from '../../octets/host.ts';
import { u8, u16, u32 } from '../../octets/octets.ts';

const INSTRUCTION_LENGTH = 8;
const MEMORY_LENGTH = 16;

interface Instruction {
  readonly code: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly constant: number;
}

/** Decides of a packet: how many octets of it to keep, none for no. */
export type BpfProgram = (
  octets: Uint8Array,
  at: number,
  captured: number,
  length: number,
) => number;

/** The program of `instructions`, an array of `struct sock_filter` in the order of this host. */
export function bpfProgram(instructions: Uint8Array): BpfProgram {
  const program: Instruction[] = [];
  for (let at = 0; at + INSTRUCTION_LENGTH <= instructions.length; at += INSTRUCTION_LENGTH) {
    program.push({
      code: hostU16(instructions, at),
      jumpTrue: u8(instructions, at + 2),
      jumpFalse: u8(instructions, at + 3),
      constant: hostU32(instructions, at + 4),
    });
  }
  const memory = new Uint32Array(MEMORY_LENGTH);
  return (octets, at, captured, length) => run(program, memory, octets, at, captured, length);
}

/** What reads past the packet, or what is no instruction, refuses the packet. */
function run(
  program: readonly Instruction[],
  memory: Uint32Array,
  octets: Uint8Array,
  at: number,
  captured: number,
  length: number,
): number {
  let accumulator = 0;
  let index = 0;
  for (let place = 0; ; place++) {
    const instruction = program[place];
    if (instruction === undefined) return 0;
    const { code, constant } = instruction;
    const operand = code & SOURCE_INDEX ? index : constant;
    switch (code & CLASS) {
      case LOAD: {
        const value = load(code, constant, index, memory, octets, at, captured, length);
        if (value < 0) return 0;
        accumulator = value;
        break;
      }
      case LOAD_INDEX: {
        const value = load(code, constant, index, memory, octets, at, captured, length);
        if (value < 0) return 0;
        index = value;
        break;
      }
      case STORE:
        memory[constant & (MEMORY_LENGTH - 1)] = accumulator;
        break;
      case STORE_INDEX:
        memory[constant & (MEMORY_LENGTH - 1)] = index;
        break;
      case ARITHMETIC: {
        const result = calculate(code & OPERATION, accumulator, operand);
        if (result === null) return 0;
        accumulator = result;
        break;
      }
      case JUMP:
        if ((code & OPERATION) === 0) place += constant;
        else if (holds(code & OPERATION, accumulator, operand)) place += instruction.jumpTrue;
        else place += instruction.jumpFalse;
        break;
      case RETURN:
        return (code & RETURN_ACCUMULATOR) !== 0 ? accumulator : constant;
      default:
        if (code & TO_ACCUMULATOR) accumulator = index;
        else index = accumulator;
    }
  }
}

/** What a load gives; below zero when it is not there. */
function load(
  code: number,
  constant: number,
  index: number,
  memory: Uint32Array,
  octets: Uint8Array,
  at: number,
  captured: number,
  length: number,
): number {
  switch (code & MODE) {
    case IMMEDIATE:
      return constant;
    case ABSOLUTE:
      return read(code & SIZE, constant, octets, at, captured);
    case INDIRECT:
      return read(code & SIZE, constant + index, octets, at, captured);
    case MEMORY:
      return memory[constant & (MEMORY_LENGTH - 1)] ?? -1;
    case WIRE_LENGTH:
      return length;
    default: {
      // The length of an IPv4 header, from its first octet.
      const octet = read(SIZE_8, constant, octets, at, captured);
      return octet < 0 ? octet : (octet & 0x0f) * 4;
    }
  }
}

function read(
  size: number,
  offset: number,
  octets: Uint8Array,
  at: number,
  captured: number,
): number {
  switch (size) {
    case SIZE_8:
      return offset + 1 > captured ? -1 : u8(octets, at + offset);
    case SIZE_16:
      return offset + 2 > captured ? -1 : u16(octets, at + offset);
    default:
      return offset + 4 > captured ? -1 : u32(octets, at + offset);
  }
}

/** `null` for a division by zero, and for what is no operation. */
function calculate(operation: number, a: number, b: number): number | null {
  switch (operation) {
    case 0x00:
      return (a + b) >>> 0;
    case 0x10:
      return (a - b) >>> 0;
    case 0x20:
      return Math.imul(a, b) >>> 0;
    case 0x30:
      return b === 0 ? null : Math.floor(a / b);
    case 0x40:
      return (a | b) >>> 0;
    case 0x50:
      return (a & b) >>> 0;
    case 0x60:
      return b > 31 ? 0 : (a << b) >>> 0;
    case 0x70:
      return b > 31 ? 0 : a >>> b;
    case 0x80:
      return -a >>> 0;
    case 0x90:
      return b === 0 ? null : a % b;
    case 0xa0:
      return (a ^ b) >>> 0;
    default:
      return null;
  }
}

function holds(operation: number, a: number, b: number): boolean {
  switch (operation) {
    case 0x10:
      return a === b;
    case 0x20:
      return a > b;
    case 0x30:
      return a >= b;
    default:
      return (a & b) !== 0;
  }
}

const CLASS = 0x07;
const LOAD = 0x00;
const LOAD_INDEX = 0x01;
const STORE = 0x02;
const STORE_INDEX = 0x03;
const ARITHMETIC = 0x04;
const JUMP = 0x05;
const RETURN = 0x06;

const SIZE = 0x18;
const SIZE_16 = 0x08;
const SIZE_8 = 0x10;

const MODE = 0xe0;
const IMMEDIATE = 0x00;
const ABSOLUTE = 0x20;
const INDIRECT = 0x40;
const MEMORY = 0x60;
const WIRE_LENGTH = 0x80;

const OPERATION = 0xf0;
const SOURCE_INDEX = 0x08;
const RETURN_ACCUMULATOR = 0x10;
const TO_ACCUMULATOR = 0x80;
