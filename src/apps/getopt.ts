/**
 * POSIX option parsing, exactly as the C library's `getopt` does it: letters may be joined, a value
 * may follow its letter at once or as the next word, `--` ends the options. Long options are ours.
 *
 * @module
 */

/** What the words of a command line turned out to be. */
export interface Options {
  /** In the order given. Long options without their dashes. */
  readonly options: readonly { readonly name: string; readonly value: string | null }[];
  readonly operands: readonly string[];
}

/** The options that a command has. */
export interface OptionSpec {
  /** As for `getopt`: letters, each with a colon if it takes a value. */
  readonly letters: string;
  /** Long options by name, and whether they take a value. */
  readonly long: Readonly<Record<string, boolean>>;
}

/** Splits `words`. Throws {@link UsageError} for an option that is not in `spec`. */
export function parseOptions(words: readonly string[], spec: OptionSpec): Options {
  const options: { name: string; value: string | null }[] = [];
  const operands: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      operands.push(...rest);
      break;
    }
    if (word.startsWith('--')) options.push(longOption(word.slice(2), rest, spec));
    else if (word.length > 1 && word.startsWith('-')) options.push(...letters(word, rest, spec));
    else operands.push(word);
  }
  return { options, operands };
}

/** The command line does not make sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

function longOption(text: string, rest: string[], spec: OptionSpec) {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const takesValue = Object.hasOwn(spec.long, name) ? spec.long[name] : undefined;
  if (takesValue === undefined) throw new UsageError(`there is no option --${name}`);
  if (!takesValue) {
    if (equals >= 0) throw new UsageError(`--${name} takes no value`);
    return { name, value: null };
  }
  const value = equals < 0 ? rest.shift() : text.slice(equals + 1);
  if (value === undefined) throw new UsageError(`--${name} needs a value`);
  return { name, value };
}

function letters(word: string, rest: string[], spec: OptionSpec) {
  const found: { name: string; value: string | null }[] = [];
  for (let at = 1; at < word.length; at++) {
    const name = word.charAt(at);
    const place = name === ':' ? -1 : spec.letters.indexOf(name);
    if (place < 0) throw new UsageError(`there is no option -${name}`);
    if (spec.letters.charAt(place + 1) !== ':') {
      found.push({ name, value: null });
      continue;
    }
    const value = at + 1 < word.length ? word.slice(at + 1) : rest.shift();
    if (value === undefined) throw new UsageError(`-${name} needs a value`);
    found.push({ name, value });
    break;
  }
  return found;
}
