/**
 * psk.txt: a line for each peer, who it is and the key that we share with it.
 *
 * ```text
 * # a comment, from the first column on
 * 10.9.0.2            foobarbaz
 * bob@example.net     0x0123456789abcdef
 * ```
 *
 * The key goes from the first character that is no blank to the end of the line: blanks, quotes and
 * carriage returns in it are a part of it, as they are for the peer. Keys are never shown.
 *
 * @module
 */
import { Secret } from '../../crypto/secret.ts';
import { ANYBODY, canonicalIdentity, type PreSharedKey } from '../../ike/pre-shared-keys.ts';
import { fromHex } from '../../octets/hex.ts';
import { type Diagnostic, Report } from '../diagnostic.ts';
import { SourceText, type Span } from '../source.ts';
import { quote } from '../token.ts';
import type { NamedText } from './files.ts';

export interface PskFile {
  /** In the order of the file; the first that fits counts. Empty when there is any error. */
  readonly keys: readonly PreSharedKey[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a psk.txt that was decoded from UTF-8. Never throws. */
export function readPsk({ name, text }: NamedText): PskFile {
  const source = new SourceText(name, text);
  const report = new Report();
  const keys: PreSharedKey[] = [];
  const places = new Map<string, number>();
  for (const line of linesOf(text)) {
    source.hide(line.key.start, line.key.end);
    if (line.identity.end === line.identity.start) {
      report.error(
        'indented-line',
        line.key,
        'the line begins with a blank, and so has no identity',
        {
          fix: 'let the identity begin in the first column',
        },
      );
      continue;
    }
    const identity = canonicalIdentity(text.slice(line.identity.start, line.identity.end));
    warnOfShadow(identity, line.identity, places, report);
    const key = readKey(text, line, report);
    const at = source.location(line.identity);
    places.set(identity, places.get(identity) ?? at.line);
    if (key !== undefined) keys.push({ identity, key, at });
  }
  return { keys: report.hasErrors ? [] : keys, diagnostics: report.diagnostics(source) };
}

interface Line {
  readonly identity: Span;
  /** Empty when there is none. */
  readonly key: Span;
}

function* linesOf(text: string): Generator<Line> {
  let start = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(start, end);
    if (!line.startsWith('#') && line.trim() !== '') {
      const identityEnd = start + firstPlace(line, BLANK, 0);
      const keyStart = start + firstPlace(line, NO_BLANK, identityEnd - start);
      yield { identity: { start, end: identityEnd }, key: { start: keyStart, end } };
    }
    start = end + 1;
  }
}

/** Where the first character of `kind` stands in `line` from `at` on, or where the line ends. */
function firstPlace(line: string, kind: RegExp, at: number): number {
  const found = line.slice(at).search(kind);
  return found === -1 ? line.length : at + found;
}

function readKey(text: string, { identity, key }: Line, report: Report): Secret | undefined {
  const digits = text.slice(key.start, key.end);
  if (digits === '') {
    return report.error('missing-key', identity, 'there is no key behind this identity', {
      expected: 'an identity, a blank and a key',
    });
  }
  if (digits.startsWith('0x')) return readHexKey(digits.slice(2).trimEnd(), key, report);
  if (/^".*"$/.test(digits.trimEnd())) {
    report.warning('quoted-key', key, 'the quotes are a part of the key', {
      fix: 'leave them out, unless the peer has them too',
    });
  }
  if (BLANK.test(digits.slice(-1))) {
    report.warning('blank-behind-key', key, 'the blanks at its end are a part of the key', {
      fix: 'leave them out, unless the peer has them too',
    });
  }
  return new Secret(new TextEncoder().encode(digits));
}

function readHexKey(digits: string, span: Span, report: Report): Secret | undefined {
  const octets = digits.length % 2 === 0 ? fromHex(digits) : undefined;
  if (octets !== undefined && octets.length > 0) return new Secret(octets);
  return report.error('not-hexadecimal', span, 'this key is no number in hexadecimal digits', {
    expected: '0x and an even number of hexadecimal digits',
  });
}

/** Warns of an identity whose key nobody ever comes to. */
function warnOfShadow(
  identity: string,
  span: Span,
  places: ReadonlyMap<string, number>,
  report: Report,
): void {
  const line = places.get(identity) ?? places.get(ANYBODY);
  if (line !== undefined) {
    const message = `nobody comes to this key: line ${line} is for ${quote(identity)} too`;
    report.warning('shadowed-key', span, message, { fix: 'leave one of the lines out' });
  } else if (identity === ANYBODY) {
    report.warning('key-for-anybody', span, 'every peer without a line above shares this key', {
      fix: 'write a line for each peer, with a key of its own',
    });
  }
}

const BYTE_ORDER_MARK = '\ufeff';
/** What `isspace` takes for a blank. */
const BLANK = /[ \t\r\v\f]/;
const NO_BLANK = /[^ \t\r\v\f]/;
