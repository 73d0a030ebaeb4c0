/**
 * The lines of a table that Wireshark keeps (UAT): fields in quotes with commas between. A quote
 * within a field is written twice, or as `\x22`.
 *
 * @module
 */
import type { Report } from '../diagnostic.ts';
import type { SourceText, Span } from '../source.ts';

/** A field without its quotes; the span has them. */
export interface Field extends Span {
  readonly text: string;
}

/** One line. */
export interface Row extends Span {
  readonly fields: readonly Field[];
}

/** The rows of `source`, comments left out; lines that are none are told to `report`. */
export function rowsOf(source: SourceText, report: Report): readonly Row[] {
  const rows: Row[] = [];
  const { text } = source;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(start, end).trim();
    if (line !== '' && !line.startsWith('#')) {
      const row = rowOf(text, start, end);
      if ('fields' in row) rows.push(row);
      else {
        report.error('not-a-field', row, 'the line is not made of fields in quotes', {
          expected: 'fields in double quotes, and a comma between them',
        });
      }
    }
    start = end + 1;
  }
  return rows;
}

/** The row from `start` to `end`, or the place where it stops being one. */
function rowOf(text: string, start: number, end: number): Row | Span {
  const fields: Field[] = [];
  const line = text.slice(start, end);
  FIELD.lastIndex = 0;
  for (let at = 0; ; at = FIELD.lastIndex) {
    const match = FIELD.exec(line);
    if (match === null) return { start: start + at, end };
    const [whole, quoted = '', separator] = match;
    const from = start + match.index + whole.indexOf('"');
    const to = from + quoted.length + 2;
    fields.push({ text: unquoted(quoted), start: from, end: to });
    if (separator === '') break;
  }
  return { start, end, fields };
}

function unquoted(text: string): string {
  return text
    .replaceAll('""', '"')
    .replaceAll(/\\x([\da-f]{2})/gi, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    );
}

/** A field and the comma behind it, or the end of the line. */
const FIELD = /\s*"((?:[^"]|"")*)"\s*(,|$)/gy;
