/**
 * What somebody meant who wrote a word that is not in the list.
 *
 * Names of algorithms are misspelt in ways of their own: `hmac-sha-256`, `aes256`, `sha1`. So a word
 * is first compared without its punctuation, then as a part of a name, then without key lengths;
 * only then are letters counted. A digit is never taken for a typing error: `hmac-sha3` is not meant
 * to be `hmac-sha1`.
 *
 * @module
 */

/** The one of `candidates` that `found` is nearest to, or `null`. Put the preferred ones first. */
export function suggest(found: string, candidates: readonly string[]): string | null {
  if (found.length > LONGEST_WORD) return null;
  const bare = bareLetters(found);
  if (bare === '') return null;
  const unsized = bare.replace(/128|192|256/, '');
  return (
    candidates.find((candidate) => bareLetters(candidate) === bare) ??
    candidates.find((candidate) => isPartOf(bare, bareLetters(candidate))) ??
    candidates.find((candidate) => bareLetters(candidate) === unsized) ??
    candidates.find((candidate) => isPartOf(unsized, bareLetters(candidate))) ??
    nearest(bare, candidates)
  );
}

/** {@link suggest} as the fix of a diagnostic. */
export function suggestedFix(found: string, candidates: readonly string[]): string | null {
  const suggestion = suggest(found, candidates);
  return suggestion === null ? null : `write ${suggestion}`;
}

function bareLetters(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** Three letters must be an end of the name, more may stand anywhere in it. */
function isPartOf(part: string, name: string): boolean {
  if (part.length < 3) return false;
  return part.length > 3 ? name.includes(part) : name.startsWith(part) || name.endsWith(part);
}

function nearest(bare: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.max(1, Math.floor(bare.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(bare, bareLetters(candidate));
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/**
 * Letters to insert, delete, replace, or swap with their neighbour to get from `a` to `b`: the
 * optimal string alignment distance, where a digit costs {@link DIGIT_COST} except in a swap.
 */
function editDistance(a: string, b: string): number {
  let twoBack: number[] = [];
  let oneBack = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const [from, to] = [a.charAt(i - 1), b.charAt(j - 1)];
      const replace = at(oneBack, j - 1) + (from === to ? 0 : costOf(from + to));
      let cost = Math.min(at(oneBack, j) + costOf(from), at(row, j - 1) + costOf(to), replace);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(twoBack, j - 2) + 1);
      }
      row.push(cost);
    }
    [twoBack, oneBack] = [oneBack, row];
  }
  return at(oneBack, b.length);
}

/** What it costs to change `letters`. */
function costOf(letters: string): number {
  return /\d/.test(letters) ? DIGIT_COST : 1;
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}

/** More than any distance that is still a typing error. */
const DIGIT_COST = 20;
/** Longer words are no misspelt keywords, and comparing them costs their length squared. */
const LONGEST_WORD = 40;
