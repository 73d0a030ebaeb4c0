/**
 * Files that a racoon.conf includes: what was found of them beforehand.
 *
 * Compiling is pure and opens nothing, so that a file with includes is read several times: each time
 * tells which more it wants to know, somebody looks for those, until there are none.
 *
 * @module
 */

/** What looking for a pattern came to: the files it matches, sorted, or why there are none. */
export type FoundFiles = { readonly files: readonly NamedText[] } | { readonly failure: string };

/** A file and what is in it, decoded from UTF-8. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

export interface RacoonOptions {
  /** What was found, by pattern: shell wildcards, `~` among them. */
  readonly files?: ReadonlyMap<string, FoundFiles>;
}

/** How deep files may include others. */
export const DEEPEST_INCLUDE = 10;
/** How many files may be included in all: two that name each other twice would never end sooner. */
export const MOST_INCLUDED = 1000;
