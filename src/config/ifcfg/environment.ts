/**
 * What the files of one interface assign, one file after the other as the scripts sourced them, and
 * what is asked of it.
 *
 * A {@link Variable} knows where it stands: whoever reads it reports there.
 *
 * @module
 */
import { type Diagnostic, type Hints, Report } from '../diagnostic.ts';
import { SourceText, type Span } from '../source.ts';
import { suggestedFix } from '../suggest.ts';
import { type Assignment, readAssignments } from './shell.ts';
import {
  IPSEC_VARIABLES,
  isIpsecVariable,
  isPublicVariable,
  isSecretVariable,
  isSilentVariable,
} from './variables.ts';

/** A file as it was read. */
export interface IfcfgFile {
  /** What diagnostics call it. */
  readonly name: string;
  readonly text: string;
}

/** The last assignment to a name. */
export class Variable {
  readonly name: string;
  /** Never empty. `null` when it has an error that was reported. */
  readonly value: string | null;
  /** What was assigned, as it stands there. */
  readonly span: Span;
  /** Of the file that it stands in. */
  readonly source: SourceText;
  readonly report: Report;

  constructor({ name, value, span }: Assignment, { source, report }: OpenFile) {
    this.name = name;
    this.value = value;
    this.span = span;
    this.source = source;
    this.report = report;
  }

  /** The value in quotes, or what takes its place where nobody may see it. */
  get shown(): string {
    return isPublicVariable(this.name) ? `"${this.value}"` : 'the value';
  }

  /** Reports that the value is wrong; returns `undefined` as {@link Report.error} does. */
  error(code: string, message: string, hints: Hints = {}): undefined {
    return this.report.error(code, this.span, message, hints);
  }

  warning(code: string, message: string, hints: Hints = {}): void {
    this.report.warning(code, this.span, message, hints);
  }
}

interface OpenFile {
  readonly source: SourceText;
  readonly report: Report;
}

export class Environment {
  readonly #files: OpenFile[] = [];
  readonly #variables = new Map<string, Variable>();
  /** What was asked for, by readers and by other variables. */
  readonly #asked = new Set<string>();
  readonly #secretFiles = new Set<string>();

  /** Reads `files` in their order: what a later one assigns counts. At least one file. */
  constructor(files: readonly IfcfgFile[]) {
    for (const { name, text } of files) this.#read(new SourceText(name, text));
  }

  /** The variable `name`; `undefined` where nothing, or an empty text, was assigned to it. */
  find(name: string): Variable | undefined {
    this.#asked.add(name);
    return this.#variables.get(name);
  }

  /** The first of `names` that has a value. All of them count as asked for. */
  findFirst(...names: readonly string[]): Variable | undefined {
    const found = names.map((name) => this.find(name));
    return found.find((variable) => variable !== undefined);
  }

  /** Reports at `variable`, or where the interface's own file begins when there is none. */
  missing(code: string, at: Variable | undefined, message: string, hints: Hints): undefined {
    if (at !== undefined) return at.error(code, message, hints);
    const own = this.#files.findLast(({ source }) => !/(^|\/)keys-[^/]*$/.test(source.name));
    return own?.report.error(code, { start: 0, end: 0 }, message, hints);
  }

  /** The texts of the files, in their order. */
  get sources(): readonly SourceText[] {
    return this.#files.map(({ source }) => source);
  }

  /** Whether anything is wrong so far. */
  get hasErrors(): boolean {
    return this.#files.some(({ report }) => report.hasErrors);
  }

  /** The names of the files that hold keys. */
  get secretFiles(): readonly string[] {
    return [...this.#secretFiles];
  }

  /** Warns of variables that nobody knows, and of those that nobody asked for, `because`. */
  tellUnused(because: string): void {
    for (const [name, variable] of this.#variables) {
      if (this.#asked.has(name) || isSilentVariable(name)) continue;
      if (isIpsecVariable(name)) {
        variable.warning('no-effect', `${name} has no effect: ${because}`, { fix: 'leave it out' });
      } else if (!isPublicVariable(name)) {
        const fix = suggestedFix(name, IPSEC_VARIABLES);
        variable.warning('unknown-variable', `${name} is no variable of IPsec`, { fix });
      }
    }
  }

  /** Of all files, in their order; what two directions have wrong in common is told once. */
  diagnostics(): readonly Diagnostic[] {
    return this.#files.flatMap(({ source, report }) => {
      const told = new Set<string>();
      return report.diagnostics(source).filter(({ code, line, column, message }) => {
        const text = `${line} ${column} ${code} ${message}`;
        return !told.has(text) && told.add(text);
      });
    });
  }

  #read(source: SourceText): void {
    const report = new Report();
    const seen = new Set<string>();
    const file = { source, report };
    this.#files.push(file);
    const surroundings = {
      isPublic: isPublicVariable,
      lookUp: (name: string) => {
        this.#asked.add(name);
        const variable = this.#variables.get(name);
        return variable === undefined ? (seen.has(name) ? '' : undefined) : variable.value;
      },
    };
    for (const assignment of readAssignments(source, surroundings, report)) {
      const { name, value, nameSpan } = assignment;
      if (seen.has(name)) {
        const message = `${name} is assigned again, and this counts`;
        report.warning('duplicate-variable', nameSpan, message, { fix: 'leave one of them out' });
      }
      seen.add(name);
      if (value === '') this.#variables.delete(name);
      else this.#variables.set(name, new Variable(assignment, file));
      if (value !== '' && isSecretVariable(name)) this.#secretFiles.add(source.name);
    }
  }
}
