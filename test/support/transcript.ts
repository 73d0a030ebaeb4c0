/**
 * Sessions at a prompt as the documentation shows them, and whether they still go that way.
 *
 * ```text
 * alice# setkey -D          a command at alice's prompt; one that ends in " &" runs on
 * 10.9.0.1 10.9.0.2         what it prints, each line as it is, but for blanks at its end
 * 	esp ... reqid=...         "..." within a line stands for any text
 * ...                       and on a line by itself for any lines, or none
 * ```
 *
 * Nothing is run here: who has the hosts runs the commands and compares.
 *
 * @module
 */

/** A command and what it is said to print. */
export interface Step {
  /** Whose prompt it is at. */
  readonly host: string;
  /** For a shell, without the " &" of one that runs on. */
  readonly command: string;
  readonly background: boolean;
  readonly output: readonly string[];
}

const FENCE = /^```/;
const PROMPT = /^([a-z][a-z0-9-]*)[#$] (.*)$/;

/** The steps of every `console` block under the heading `## title`; `null` without such a heading. */
export function transcriptUnder(title: string, markdown: string): readonly Step[] | null {
  const steps: Step[] = [];
  let found = false;
  let inside = false;
  let fence: string | null = null;
  let block: string[] = [];
  for (const line of markdown.split('\n')) {
    if (fence !== null) {
      if (FENCE.test(line)) {
        if (inside && fence === 'console') steps.push(...parseTranscript(block));
        fence = null;
      } else {
        block.push(line);
      }
    } else if (FENCE.test(line)) {
      fence = line.slice(3).trim();
      block = [];
    } else if (/^##? /.test(line)) {
      inside = line.trim() === `## ${title}`;
      found ||= inside;
    }
  }
  return found ? steps : null;
}

/** Reads the lines of a block. A command that ends in a backslash goes on in the next line. */
export function parseTranscript(lines: readonly string[]): readonly Step[] {
  const steps: { host: string; command: string; background: boolean; output: string[] }[] = [];
  let goesOn = false;
  for (const line of lines) {
    const step = steps.at(-1);
    if (goesOn && step !== undefined) {
      step.command += `\n${line}`;
      goesOn = line.endsWith('\\');
      continue;
    }
    const [, host, command] = PROMPT.exec(line) ?? [];
    if (host !== undefined && command !== undefined) {
      steps.push({ host, command, background: false, output: [] });
      goesOn = command.endsWith('\\');
    } else if (step !== undefined) {
      step.output.push(line);
    } else if (line.trim() !== '') {
      throw new Error(`Cannot read a transcript: "${line}" comes before any prompt`);
    }
  }
  return steps.map(({ host, command, output }) => {
    const background = / &\s*$/.test(command);
    return {
      host,
      command: background ? command.replace(/ &\s*$/, '') : command,
      background,
      output: withoutEmptyEnd(output),
    };
  });
}

/**
 * How `printed` differs from what is expected, for people; `null` when it does not. Blanks at the
 * end of a line and empty lines at the end of the text do not count.
 */
export function transcriptDifference(expected: readonly string[], printed: string): string | null {
  const lines = withoutEmptyEnd(printed.split('\n').map((line) => line.trimEnd()));
  const patterns = expected.map((line) => line.trimEnd());
  const furthest = { pattern: 0, line: 0 };
  if (matches(patterns, lines, 0, 0, furthest)) return null;
  const wanted = patterns[furthest.pattern] ?? 'no more lines';
  const got = lines[furthest.line] ?? 'no more lines';
  return `line ${furthest.line + 1}: expected: ${wanted}\nprinted: ${got}\nin all:\n${lines.join('\n')}`;
}

const ANYTHING = '...';

/** Whether the lines from `line` on are as the patterns from `pattern` on say. */
function matches(
  patterns: readonly string[],
  lines: readonly string[],
  pattern: number,
  line: number,
  furthest: { pattern: number; line: number },
): boolean {
  if (line > furthest.line || pattern > furthest.pattern) {
    furthest.pattern = pattern;
    furthest.line = line;
  }
  const wanted = patterns[pattern];
  if (wanted === undefined) return line === lines.length;
  if (wanted.trim() === ANYTHING) {
    for (let next = line; next <= lines.length; next++) {
      if (matches(patterns, lines, pattern + 1, next, furthest)) return true;
    }
    return false;
  }
  const text = lines[line];
  return (
    text !== undefined &&
    lineMatches(wanted, text) &&
    matches(patterns, lines, pattern + 1, line + 1, furthest)
  );
}

function lineMatches(wanted: string, text: string): boolean {
  const source = wanted.split(ANYTHING).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${source.join('.*')}$`).test(text);
}

function withoutEmptyEnd(lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return lines.slice(0, last + 1);
}
