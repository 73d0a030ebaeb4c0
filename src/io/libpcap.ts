/**
 * libpcap, where it is installed: it compiles filter expressions, and nothing else.
 *
 * @module
 */
import koffi from 'koffi';
import { hostU32, hostU64 } from '../octets/host.ts';
import { LINK_TYPE_OF } from '../wire/pcap.ts';

/** Names of the library, on Debian and elsewhere. */
const FILES = ['libpcap.so.0.8', 'libpcap.so.1', 'libpcap.so'];
/** `struct bpf_program`: how many instructions, and where. */
const PROGRAM_LENGTH = 16;
const PROGRAM_ADDRESS = 8;
const INSTRUCTION_LENGTH = 8;
const NETMASK_UNKNOWN = 0xffffffff;
/** libpcap's own number for raw IP. */
const DLT_RAW = 12;

/** Instructions of BPF, or why there are none. */
export type Compiled = { readonly instructions: Uint8Array } | { readonly why: string };

/** Compiles a filter for packets of `linkType`; `null` where there is no libpcap. */
export function compileFilter(
  expression: string,
  linkType: number,
  snapLength: number,
): Compiled | null {
  const library = loadLibrary();
  if (library === null) return null;
  const handle = library.openDead(linkType === LINK_TYPE_OF.RAW ? DLT_RAW : linkType, snapLength);
  if (handle === 0) return { why: 'out of memory' };
  try {
    const program = new Uint8Array(PROGRAM_LENGTH);
    if (library.compile(handle, program, expression, 1, NETMASK_UNKNOWN) !== 0) {
      return { why: library.getError(handle) };
    }
    const length = hostU32(program, 0) * INSTRUCTION_LENGTH;
    const found = koffi.view(hostU64(program, PROGRAM_ADDRESS), length);
    const instructions = new Uint8Array(found).slice();
    library.freeCode(program);
    return { instructions };
  } finally {
    library.close(handle);
  }
}

interface Library {
  readonly openDead: (linkType: number, snapLength: number) => number;
  readonly compile: (
    handle: number,
    program: Uint8Array,
    expression: string,
    optimize: number,
    netmask: number,
  ) => number;
  readonly getError: (handle: number) => string;
  readonly freeCode: (program: Uint8Array) => void;
  readonly close: (handle: number) => void;
}

function loadLibrary(): Library | null {
  for (const file of FILES) {
    try {
      const library = koffi.load(file);
      return {
        openDead: library.func('uintptr_t pcap_open_dead(int linktype, int snaplen)') as never,
        compile: library.func(
          'int pcap_compile(uintptr_t p, _Inout_ void *program, const char *text, int optimize, uint32_t netmask)',
        ) as never,
        getError: library.func('const char *pcap_geterr(uintptr_t p)') as never,
        freeCode: library.func('void pcap_freecode(_Inout_ void *program)') as never,
        close: library.func('void pcap_close(uintptr_t p)') as never,
      };
    } catch {
      // Not by this name.
    }
  }
  return null;
}
