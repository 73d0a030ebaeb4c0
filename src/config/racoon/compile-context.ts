/**
 * What the compiler's parts share while they turn the statements of one or several files into a
 * configuration.
 *
 * @module
 */
import type { Report } from '../diagnostic.ts';
import type { Location, SourceText, Span } from '../source.ts';

/** A text on its way: the file and what is wrong with it. */
export interface OpenFile {
  readonly source: SourceText;
  readonly report: Report;
}

/** Something that has a name and may have a reason not to be chosen: an algorithm, a group. */
export interface Weighed {
  readonly name: string;
  readonly weakness: string | null;
}

export class CompileContext {
  #file: OpenFile;
  readonly #warnedOf = new Set<Weighed>();

  constructor(file: OpenFile) {
    this.#file = file;
  }

  /** What comes next is of `file`. */
  enter(file: OpenFile): void {
    this.#file = file;
  }

  get report(): Report {
    return this.#file.report;
  }

  /** Where `span` of the present file stands. */
  location(span: Span): Location {
    return this.#file.source.location(span);
  }

  /** Notes that the file uses `algorithm`, and warns once when nobody should. */
  uses(algorithm: Weighed, span: Span): void {
    if (algorithm.weakness === null || this.#warnedOf.has(algorithm)) return;
    this.#warnedOf.add(algorithm);
    const message = `${algorithm.name} is weak: ${algorithm.weakness}`;
    this.report.warning('weak-algorithm', span, message);
  }
}
