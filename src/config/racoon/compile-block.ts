/**
 * Blocks: each statement to what knows its name.
 *
 * @module
 */
import type { Location, Span } from '../source.ts';
import { suggest } from '../suggest.ts';
import { Arguments } from './arguments.ts';
import type { CompileContext } from './compile-context.ts';
import {
  type BlockKind,
  blockOpenedBy,
  blocksWith,
  STATEMENTS,
  type StatementName,
} from './grammar.ts';
import type { Block, Statement } from './syntax.ts';

/** Reads what stands behind a keyword. That nothing is left over is checked behind it. */
export type ReadStatement = (words: Arguments, statement: Statement) => void;

/** How to read each statement of a kind of block. */
export type Readers<K extends BlockKind> = Readonly<Record<StatementName<K>, ReadStatement>>;

/**
 * Reads `statements`, which stand in a block of `kind`, and tells where each of them stands. Of what
 * is repeated the last one counts, which is warned of unless `repeatable` has its name.
 */
export function compileStatements<K extends BlockKind>(
  statements: readonly Statement[],
  kind: K,
  readers: Readers<K>,
  repeatable: readonly StatementName<K>[],
  context: CompileContext,
): Map<string, Location> {
  const origins = new Map<string, Location>();
  for (const statement of statements) {
    const { text } = statement.keyword;
    if (!isStatement(text, kind)) {
      refuseStatement(statement, kind, context);
      continue;
    }
    if (refuseLackOfBlock(statement, kind, context)) continue;
    const before = origins.get(text);
    if (before !== undefined && !repeatable.includes(text)) {
      tellOfRepetition(statement.keyword, text, before, context);
    }
    origins.set(text, context.location(statement.span));
    if (!statement.isWhole) continue;
    const words = new Arguments(statement, context.report);
    readers[text](words, statement);
    words.end();
  }
  return origins;
}

/** The statements of the block of `statement`; none when it has none. */
export function statementsOf({ block }: { readonly block: Block | null }): readonly Statement[] {
  return block?.statements ?? [];
}

/** Warns that what stands at `span` takes the place of what stands at `before`, or refuses it. */
function tellOfRepetition(
  span: Span,
  name: string,
  { line }: Location,
  { report }: CompileContext,
): void {
  const fix = `leave one of them out; the other is in line ${line}`;
  if (ONCE.has(name)) {
    report.error('repeated-statement', span, `${name} is given twice`, { fix });
  } else {
    const message = `${name} is given twice, and this one counts`;
    report.warning('repeated-statement', span, message, { fix });
  }
}

/** The original refused these a second time, lest the wrong one counts. */
const ONCE: ReadonlySet<string> = new Set(['certificate_type', 'peers_certfile', 'ca_type']);

function isStatement<K extends BlockKind>(name: string, kind: K): name is StatementName<K> {
  return (STATEMENTS[kind] as readonly string[]).includes(name);
}

/** Whether `statement` should have a block, and has not. */
function refuseLackOfBlock(
  { keyword, block, span }: Statement,
  kind: BlockKind,
  { report }: CompileContext,
): boolean {
  const opens = blockOpenedBy(keyword.text, kind) !== null;
  // A remote may do with what it inherits.
  if (block !== null || !opens || keyword.text === 'remote') return false;
  report.error('missing-block', span, `${keyword.text} has no block`, {
    expected: `${keyword.text} { … }`,
  });
  return true;
}

function refuseStatement(
  { keyword }: Statement,
  kind: BlockKind,
  { report }: CompileContext,
): void {
  const names: readonly string[] = STATEMENTS[kind];
  const place = kind === 'file' ? 'racoon.conf' : kind;
  const elsewhere = blocksWith(keyword.text);
  const meant = elsewhere.length > 0 ? null : suggest(keyword.text, names);
  report.error('unknown-statement', keyword, `${keyword.shown} is not a statement of ${place}`, {
    expected: names.join(', '),
    fix: elsewhere.length > 0 ? `put it into ${placesOf(elsewhere)}` : meant && `write ${meant}`,
  });
}

/** `the block of a remote or of a proposal`. */
function placesOf(kinds: readonly BlockKind[]): string {
  return kinds
    .map((kind) => (kind === 'file' ? 'the file, outside of blocks' : `the block of ${kind}`))
    .join(', or ');
}
