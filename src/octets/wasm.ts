/**
 * As much of the WebAssembly binary format (W3C Core Specification 2.0, §5) as a module of a few
 * functions over one imported memory needs, so that such a function can be written down where it is
 * used, instruction by instruction.
 *
 * An instruction is a list of octets; a body is lists in lists, which {@link wasmModule} flattens.
 *
 * @module
 */

/** Octets, in lists as deep as is convenient. */
export type Code = number | readonly Code[];

/** Types of values (§5.3). */
export const I32 = 0x7f;
export const V128 = 0x7b;

/** A function to be exported. */
export interface WasmFunction {
  readonly name: string;
  /** How many `i32` it takes; it returns one. */
  readonly parameters: number;
  /** Types of the locals behind the parameters. */
  readonly locals: readonly number[];
  readonly body: Code;
}

/** An unsigned LEB128 (§5.2.2). */
function unsigned(value: number): Code {
  return value < 0x80 ? value : [(value & 0x7f) | 0x80, unsigned(value >>> 7)];
}

/** A signed LEB128. */
function signed(value: number): Code {
  const isLast = value >= -0x40 && value < 0x40;
  return isLast ? value & 0x7f : [(value & 0x7f) | 0x80, signed(value >> 7)];
}

/** Instructions (§5.4). */
export const get = (local: number): Code => [0x20, unsigned(local)];
export const set = (local: number): Code => [0x21, unsigned(local)];
export const i32 = (value: number): Code => [0x41, signed(value)];
export const ADD: Code = 0x6a;
export const SUBTRACT: Code = 0x6b;
export const AND: Code = 0x71;
export const OR: Code = 0x72;
export const SHIFT_LEFT: Code = 0x74;
export const SHIFT_RIGHT: Code = 0x76;
export const IS_ZERO: Code = 0x45;
export const IS_LESS: Code = 0x49;
/** Of 8 and 16 bits, unsigned, at the address on the stack. */
export const LOAD_8: Code = [0x2d, 0, 0];
export const LOAD_16: Code = [0x2f, 0, 0];
export const STORE_8: Code = [0x3a, 0, 0];
export const STORE_16: Code = [0x3b, 0, 0];

const vector = (opcode: number): Code => [0xfd, unsigned(opcode)];
/** Of 128 bits, `offset` behind the address on the stack. */
export const loadVector = (offset: number): Code => [vector(0), 0, unsigned(offset)];
export const storeVector = (offset: number): Code => [vector(11), 0, unsigned(offset)];
/** Eight integers of 16 bits, unsigned, to four of 32: each the sum of two neighbours. */
export const ADD_NEIGHBOURS: Code = vector(0x7f);
/** Four sums of 32 bits. */
export const ADD_VECTORS: Code = vector(0xae);
export const takeLane = (lane: number): Code => [vector(27), lane];

const BLOCK: Code = [0x02, 0x40];
const LOOP: Code = [0x03, 0x40];
const END: Code = 0x0b;
const branchIf = (depth: number): Code => [0x0d, unsigned(depth)];
const branch = (depth: number): Code => [0x0c, unsigned(depth)];

/** Does `body` again and again, until `condition` holds beforehand. */
export function until(condition: Code, body: Code): Code {
  return [BLOCK, LOOP, condition, branchIf(1), body, branch(0), END, END];
}

/** Does `body`, unless `condition` holds. */
export function unless(condition: Code, body: Code): Code {
  return [BLOCK, condition, branchIf(0), body, END];
}

/** Octets of a page of memory (§4.2.8). */
export const WASM_PAGE_LENGTH = 0x10000;

/** A module that works on an imported memory, `env.memory`, of exactly `pages` pages. */
export function wasmModule(pages: number, functions: readonly WasmFunction[]): Uint8Array {
  const types = functions.map(({ parameters }) => [
    0x60,
    list(new Array<Code>(parameters).fill(I32)),
    list([I32]),
  ]);
  const memory = [name('env'), name('memory'), 2, 1, unsigned(pages), unsigned(pages)];
  const code = functions.map(({ locals, body }) =>
    sized([list(locals.map((type) => [1, type])), body, END]),
  );
  return Uint8Array.from(
    flat([
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, list(types)),
      section(2, list([memory])),
      section(3, list(functions.map((_, k) => unsigned(k)))),
      section(7, list(functions.map((f, k) => [name(f.name), 0, unsigned(k)]))),
      section(10, list(code)),
    ]),
  );
}

function section(id: number, contents: Code): Code {
  return [id, sized(contents)];
}

function sized(contents: Code): Code {
  return [unsigned(flat(contents).length), contents];
}

function list(items: readonly Code[]): Code {
  return [unsigned(items.length), items];
}

function name(text: string): Code {
  return list([...new TextEncoder().encode(text)]);
}

function flat(code: Code): number[] {
  return typeof code === 'number' ? [code] : code.flatMap(flat);
}
