/**
 * The filter of a command line: built in where it is of the part that is, else libpcap's where that
 * is installed.
 *
 * @module
 */
import { type Diagnostic, formatDiagnostic } from '../../../config/diagnostic.ts';
import { suggestedFix } from '../../../config/suggest.ts';
import { type BpfProgram, bpfProgram } from '../../../monitor/filter/bpf.ts';
import { matcherOf } from '../../../monitor/filter/matcher.ts';
import { parseFilter } from '../../../monitor/filter/parse.ts';
import type { FilterProblem } from '../../../monitor/filter/syntax.ts';
import type { Layer } from '../../../monitor/layer.ts';
import type { CapturedPacket } from '../../../wire/captured-packet.ts';
import { LINK_TYPE_OF } from '../../../wire/pcap.ts';

export interface PacketFilter {
  /** Whether `packet` is wanted. `layers` finds its layers, if they must be known. */
  passes(packet: CapturedPacket, layers: (packet: CapturedPacket) => Layer): boolean;
  /** Instructions with which the kernel leaves out some of what does not pass; `null`: none. */
  forKernel(linkType: number): Uint8Array | null;
}

/** A filter that does not make sense. The message is several lines, and says where. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
}

/** The filter that `text` says. Throws a {@link FilterError}. */
export async function openFilter(text: string, snapLength: number): Promise<PacketFilter> {
  const read = parseFilter(text);
  if ('problem' in read) return libpcapFilter(text, snapLength, read.problem);
  if (read.filter === null) return EVERYTHING;
  const matches = matcherOf(read.filter);
  return { passes: (packet, layers) => matches(layers(packet)), forKernel: () => null };
}

const EVERYTHING: PacketFilter = { passes: () => true, forKernel: () => null };

async function libpcapFilter(
  text: string,
  snapLength: number,
  problem: FilterProblem,
): Promise<PacketFilter> {
  const { compileFilter } = await import('../../../io/libpcap.ts');
  const compile = (linkType: number): Uint8Array => {
    const compiled = compileFilter(text, linkType, snapLength);
    if (compiled === null) throw new FilterError(describe(text, problem, 'is not installed'));
    if ('why' in compiled) throw new FilterError(describe(text, problem, `says: ${compiled.why}`));
    return compiled.instructions;
  };
  // Any link type shows whether the words make sense.
  compile(LINK_TYPE_OF.ETHERNET);
  const programs = new Map<number, BpfProgram>();
  return {
    passes: ({ octets, at, length, originalLength, linkType }) => {
      let program = programs.get(linkType);
      if (program === undefined) {
        program = bpfProgram(compile(linkType));
        programs.set(linkType, program);
      }
      return program(octets, at, length, originalLength) > 0;
    },
    // The kernel shows packets to it without tags and cooked headers.
    forKernel: (linkType) =>
      linkType === LINK_TYPE_OF.LINUX_SLL2 || /\bvlan\b/.test(text) ? null : compile(linkType),
  };
}

function describe(text: string, problem: FilterProblem, libpcap: string): string {
  const { start, end, message, expected } = problem;
  const line = text.replaceAll(/\s/g, ' ');
  const diagnostic: Diagnostic = {
    severity: 'error',
    code: 'filter',
    file: 'filter',
    line: 1,
    column: start + 1,
    end: { line: 1, column: end + 1 },
    length: end - start,
    sourceLine: line,
    mark: { start, end },
    message: `${message}, and libpcap, which knows more, ${libpcap}`,
    expected: expected.length === 0 ? null : expected.join(', '),
    fix: suggestedFix(text.slice(start, end), expected),
    edit: null,
  };
  return formatDiagnostic(diagnostic);
}
