/**
 * The words and numbers of a file of bare RSA keys.
 *
 * @module
 */
import { parsePrefix } from '../../net/prefix.ts';
import type { SourceText } from '../source.ts';
import { Token } from '../token.ts';

/**
 * The tokens of the file, and the one that ends it. Numbers (`0x` in hexadecimal digits, `0s` in base64) are
 * of the kind `hex` and hidden. An address has its colons, any other word ends at one.
 */
export function tokensOf(source: SourceText): readonly Token[] {
  const { text } = source;
  const tokens: Token[] = [];
  let end = 0;
  let isFirst = true;
  for (const { 0: run, index } of text.matchAll(/#[^\n]*|[{}]|[^\s{}#]+/g)) {
    isFirst ||= text.slice(end, index).includes('\n');
    end = index;
    if (run.startsWith('#')) continue;
    for (const piece of piecesOf(run)) {
      const kind = kindOf(piece);
      if (kind === 'hex') source.hide(end, end + piece.length);
      tokens.push(new Token(kind, piece, end, kind === 'hex', isFirst));
      isFirst = false;
      end += piece.length;
    }
  }
  tokens.push(new Token('end', '', text.length, false, true));
  return tokens;
}

function piecesOf(run: string): readonly string[] {
  if (parsePrefix(run) !== undefined) return [run];
  return run.split(/(:)/).filter((piece) => piece !== '');
}

function kindOf(piece: string): 'sign' | 'hex' | 'word' {
  if (/^[:{}]$/.test(piece)) return 'sign';
  return /^0[xs]/i.test(piece) ? 'hex' : 'word';
}
