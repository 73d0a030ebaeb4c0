/**
 * The syntax tree of a racoon.conf: statements, and the blocks that some of them have.
 *
 * The language is uniform, and so is its tree. Every statement is a keyword, what stands behind it,
 * and either `;` or a block of more statements. Nothing here is judged: what may stand behind a
 * keyword is the compiler's concern.
 *
 * @module
 */
import type { Span } from '../source.ts';
import type { Token } from '../token.ts';
import type { BlockKind } from './grammar.ts';

/** `exchange_mode main, aggressive;` or `remote anonymous { … }`. */
export interface Statement {
  readonly keyword: Token;
  /** What stands between the keyword and `;` or `{`: words, texts in quotes and signs. */
  readonly words: readonly Token[];
  readonly block: Block | null;
  /** From the keyword to the last word; the block is not included. */
  readonly span: Span;
  /** False when something among it has no meaning, which was reported. */
  readonly isWhole: boolean;
}

/** Statements in braces. */
export interface Block {
  /** `null` when no statement of that name has a block. */
  readonly kind: BlockKind | null;
  readonly statements: readonly Statement[];
  /** The brace that opens it, or the place where one should. */
  readonly opening: Span;
  /** The brace that closes it, or the place where one should. */
  readonly closing: Span;
}
