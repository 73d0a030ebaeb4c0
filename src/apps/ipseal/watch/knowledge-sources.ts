/**
 * Where `ipseal watch` takes keys and policies from.
 *
 * @module
 */

export interface KnowledgeSources {
  /** What `--sad` was given, as often as it was. */
  readonly sads: readonly string[];
  readonly policies: readonly string[];
  /** Of ipseald; `null` is the usual one. */
  readonly control: string | null;
}

/** The names of files among `words`; the others are names of backends. */
export function filesAmong(words: readonly string[]): readonly string[] {
  return words.filter((word) => word !== 'kernel' && word !== 'userspace');
}
