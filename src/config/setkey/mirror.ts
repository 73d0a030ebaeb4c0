/**
 * The peer's setkey file from this host's, comments and layout kept.
 *
 * SAs are the same on both hosts (RFC 4301 §4.1: an SA is named by where it ends, not by who looks), and
 * so are a policy's source and destination: what leaves here arrives there. So `in` becomes `out` and
 * `out` becomes `in`, and tunnels keep their ends. What this host forwards out of a tunnel (`fwd`) came
 * from the peer's side; the peer forwards what goes the other way, so that there both ends turn round.
 *
 * @module
 */
import { type Diagnostic, Report } from '../diagnostic.ts';
import { SourceText, type Span } from '../source.ts';
import { Lexer } from './lexer.ts';
import { lintMirror } from './mirror-lint.ts';
import { parseScript } from './parser.ts';
import { setkeyParts, withoutVariables } from './shell-text.ts';
import { hostsOf, isAbout } from './statement-hosts.ts';
import type { Host, SpdStatement, Statement } from './syntax.ts';
import { refuseOtherLanguage } from './wrong-language.ts';

export interface MirroredFile {
  /** With what could be mirrored; to be used only when no diagnostic is an error. */
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
  /** How many statements are about the peer, or whoever it is where no host was named. */
  readonly kept: number;
  /** How many were left out, as they are about others. */
  readonly leftOut: number;
}

/**
 * The mirror image of a setkey file, or of a shell script that hands statements to setkey. Where
 * `hosts` has addresses of the peer, as they are written in the file, statements about others are left
 * out, so that the peer does not learn their keys; where it has none, the file must be about one peer.
 *
 * Without `hosts`, the mirror image of the mirror image is the file.
 */
export function mirror(
  source: { readonly name: string; readonly text: string },
  hosts: readonly string[] = [],
): MirroredFile {
  const report = new Report();
  const text = new SourceText(source.name, source.text);
  const statements = refuseOtherLanguage(text, report)
    ? []
    : statementsIn(source.text, text, report);
  const others = new Set(statements.filter((each) => !isAbout(each, hosts, source.text)));
  const kept = statements.filter((statement) => !others.has(statement));
  lintMirror(kept, source.text, hosts.length > 0, report);
  const edits = [
    ...kept.flatMap((statement) => ('policy' in statement ? turned(statement, source.text) : [])),
    ...Array.from(others, (statement) => removed(statement, source.text)),
  ];
  return {
    text: edited(source.text, edits),
    diagnostics: report.diagnostics(text),
    kept: kept.filter((statement) => hostsOf(statement, source.text).length > 0).length,
    leftOut: others.size,
  };
}

/** The statements of `source`, which stands for `text`: what a shell would put in is read as words. */
function statementsIn(source: string, text: SourceText, report: Report): readonly Statement[] {
  const masked = withoutVariables(source);
  return setkeyParts(source).flatMap((part) => {
    const before = masked.slice(0, part.start).replaceAll(/[^\n]/g, ' ');
    const lexer = new Lexer(new MaskedText(text, before + masked.slice(part.start, part.end)));
    const statements = [...parseScript(lexer, report)];
    lexer.skipRest();
    return statements;
  });
}

/** A text that is read in the place of another, of which nothing that is hidden in it is shown. */
class MaskedText extends SourceText {
  readonly #shown: SourceText;

  constructor(shown: SourceText, text: string) {
    super(shown.name, text);
    this.#shown = shown;
  }

  override hide(start: number, end: number): void {
    this.#shown.hide(start, end);
  }
}

/** Other characters in the place of some. */
interface Edit extends Span {
  readonly text: string;
}

/** `text` with `edits`, which do not overlap. */
function edited(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

function turned({ selector, policy }: SpdStatement, text: string): readonly Edit[] {
  const { direction, rules } = policy;
  const ends = rules.flatMap(({ endpoints }) => endpoints ?? []);
  if (direction.text === 'fwd') {
    return [
      ...swapped(selector.source.span, selector.destination.span, text),
      ...ends.flatMap(({ source, destination }) =>
        swapped(hostSpan(source, text), hostSpan(destination, text), text),
      ),
    ];
  }
  const opposite = OPPOSITE.get(direction.text);
  if (opposite === undefined) return [];
  const { start, end } = direction.span;
  return [
    { start, end, text: opposite },
    // KAME's me-any goes with out, and any-me with in.
    ...ends
      .filter(({ source, destination }) => isMe(source) || isMe(destination))
      .flatMap(({ source, destination }) =>
        swapped(source.address.span, destination.address.span, text),
      ),
  ];
}

const OPPOSITE: ReadonlyMap<string, string> = new Map([
  ['in', 'out'],
  ['out', 'in'],
]);

function isMe({ address }: Host): boolean {
  return address.text === 'me';
}

function swapped(a: Span, b: Span, text: string): readonly Edit[] {
  return [
    { start: a.start, end: a.end, text: text.slice(b.start, b.end) },
    { start: b.start, end: b.end, text: text.slice(a.start, a.end) },
  ];
}

/** Of an address and the port in brackets behind it. */
function hostSpan({ address, port }: Host, text: string): Span {
  const { start, end } = address.span;
  return { start, end: port === null ? end : text.indexOf(']', port.span.end) + 1 };
}

/** Takes a statement out, and the line that it leaves empty. */
function removed({ span }: Statement, text: string): Edit {
  STATEMENT_END.lastIndex = span.end;
  const end = span.end + (STATEMENT_END.exec(text)?.[0].length ?? 0);
  const lineStart = text.lastIndexOf('\n', span.start - 1) + 1;
  const lineEnd = text.indexOf('\n', end);
  const isAlone =
    text.slice(lineStart, span.start).trim() === '' &&
    lineEnd !== -1 &&
    text.slice(end, lineEnd).trim() === '';
  return isAlone
    ? { start: lineStart, end: lineEnd + 1, text: '' }
    : { start: span.start, end, text: '' };
}

const STATEMENT_END = /(?:\s|#[^\n]*)*;/y;
