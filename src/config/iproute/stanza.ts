/**
 * The shape of what `ip xfrm` prints: a line that begins at the margin, and indented ones that
 * belong to it.
 *
 *     src 10.9.0.1 dst 10.9.0.2
 *     	proto esp spi 0x00000201 reqid 0 mode transport
 *     	...
 *
 * @module
 */
import { type IpAddress, parseIpAddress } from '../../net/ip-address.ts';
import { addressBits, hostPrefix, type Prefix } from '../../net/prefix.ts';
import type { Report } from '../diagnostic.ts';
import type { Span } from '../source.ts';
import { type Line, linesOf, type PlacedWord, wordAfter } from '../words.ts';

/** An SA or a policy. */
export interface Stanza {
  readonly head: Line;
  readonly body: readonly Line[];
}

/** Cuts `text` into stanzas. Tells `report` of indented lines before the first. */
export function stanzasOf(text: string, report: Report): readonly Stanza[] {
  const stanzas: { head: Line; body: Line[] }[] = [];
  for (const line of linesOf(text)) {
    const last = stanzas.at(-1);
    if (!line.indented) stanzas.push({ head: line, body: [] });
    else if (last !== undefined) last.body.push(line);
    else {
      report.error('unexpected-line', line, 'the line belongs to nothing', {
        expected: '"src ADDRESS dst ADDRESS", as ip xfrm prints it',
        fix: 'save the whole of what ip xfrm printed',
      });
    }
  }
  return stanzas;
}

/** The line of `body` that begins with `name`. */
export function lineOf(body: readonly Line[], name: string): Line | undefined {
  return body.find(({ words }) => words[0]?.text === name);
}

/** The prefix behind `name`; `undefined`, and told to `report`, when there is none. */
export function prefixAfter(line: Line, name: string, report: Report): Prefix | undefined {
  const word = wordAfter(line.words, name);
  if (word === undefined) {
    return report.error('missing-address', line, `there is no "${name}"`, {
      expected: `"${name}" and an address`,
    });
  }
  return prefixOf(word) ?? report.error('not-an-address', word, `"${word.text}" is no address`);
}

/** The address behind `name`, as {@link prefixAfter}. */
export function addressAfter(line: Line, name: string, report: Report): IpAddress | undefined {
  const prefix = prefixAfter(line, name, report);
  if (prefix === undefined || prefix.length === addressBits(prefix.address.version)) {
    return prefix?.address;
  }
  return report.error('not-an-address', line, 'a network stands in the place of an address');
}

/** The number behind `name`, decimal or hexadecimal; `fallback` when it is not there. */
export function numberAfter(line: Line | undefined, name: string, fallback: number): number {
  const word = line && wordAfter(line.words, name);
  return (word && numberOf(word)) ?? fallback;
}

/** `0x201`, `513`, `0x00000201(513)` or `16,`; `undefined` when the word is no number. */
export function numberOf({ text }: PlacedWord): number | undefined {
  const digits = /^(0x[\da-f]+|\d+)(?:\(.*\))?,?$/i.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** `10.9.0.1`, or `10.9.0.0/16`. */
function prefixOf({ text }: PlacedWord): Prefix | undefined {
  const [host = '', bits] = text.split('/');
  const address = parseIpAddress(host);
  if (address === undefined || bits === undefined) return address && hostPrefix(address);
  const length = /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  return length <= addressBits(address.version) ? { address, length } : undefined;
}

/** Says that something in `span` was not understood. */
export function misread(report: Report, span: Span, what: string, expected: string): undefined {
  return report.error('misread', span, `cannot make out ${what}`, { expected });
}
