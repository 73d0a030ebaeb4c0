/**
 * What a rule of the linter is: something that may be asked of a file that can be read, and is hardly
 * what was meant.
 *
 * A rule stands in a file of its own, with the sentence that tells why. It is a function of what was
 * read, its subject; `rules.ts` is the table of all, and `lint.ts` runs them.
 *
 * @module
 */
import type { Hints, Severity } from '../diagnostic.ts';
import type { Span } from '../source.ts';

/** The forms of files that rules are for. */
const FORMS = ['setkey', 'racoon', 'psk', 'ifcfg'] as const;
export type Form = (typeof FORMS)[number];

/** What every rule says of itself, for tables. */
export interface RuleEntry {
  /** What kind of problem it is, for programs: `low-entropy-key`. */
  readonly code: string;
  readonly form: Form;
  /** What was found, in a few words. */
  readonly title: string;
  /** What `ipseal check` makes of it, unless a finding says otherwise. On loading all are warnings. */
  readonly severity: Severity;
  /** Why it matters, as sentences. */
  readonly reason: string;
}

export interface Rule<Subject> extends RuleEntry {
  /** Pure; in any order. */
  find(subject: Subject): Iterable<Finding>;
}

/** A place that a rule has something to say of. */
export interface Finding extends Hints {
  readonly span: Span;
  /** What was found, as a clause. Never quotes a key. */
  readonly message: string;
  /** Where it is not that of the rule. */
  readonly severity?: Severity;
}

/** What is known of a file besides its text. */
export interface FileFacts {
  /** Its permission bits; `null` where it has none, as standard input. */
  readonly mode: number | null;
}
