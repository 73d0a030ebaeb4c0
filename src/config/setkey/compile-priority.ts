/**
 * The priority of a policy.
 *
 * In the file the greater number wins, in the SPD the smaller: `prio 100` is 100 below the middle.
 *
 * ```text
 *   high            def             low
 *   0x40000000      0x80000000      0xc0000000
 *   ◄── + N ── base ── - N ──►        looked at later
 * ```
 *
 * @module
 */
import { DEFAULT_PRIORITY } from '../../ipsec/policy.ts';
import type { Report } from '../diagnostic.ts';
import { readChoice, readNumber } from '../read-word.ts';
import type { PriorityText } from './syntax.ts';

/** The number of the SPD; `undefined` when the text is wrong and was reported. */
export function compilePriority(text: PriorityText, report: Report): number | undefined {
  const { base, sign, offset } = text;
  if (base === null)
    return offset === null ? DEFAULT_PRIORITY : relative('def', sign, text, report);
  const choice = { noun: 'priority', words: ['low', 'def', 'high'] as const };
  const name = readChoice(base, choice, report);
  return name && relative(name, sign, text, report);
}

function relative(
  base: keyof typeof BASES,
  sign: '+' | '-',
  text: PriorityText,
  report: Report,
): number | undefined {
  if (text.offset === null) return BASES[base];
  const limits = text.base === null ? ALONE : AROUND_BASE;
  const bounds = { what: 'a priority', least: 0, most: sign === '+' ? limits.plus : limits.minus };
  const offset = readNumber(text.offset, bounds, report);
  if (offset === undefined) return undefined;
  return sign === '+' ? BASES[base] - offset : BASES[base] + offset;
}

const BASES = { high: 0x40000000, def: DEFAULT_PRIORITY, low: 0xc0000000 } as const;

/** How far a number may go from its base, so that the result stays between 0 and 2^32 - 1. */
const AROUND_BASE = { plus: 0x40000000, minus: 0x3fffffff };
const ALONE = { plus: 0x80000000, minus: 0x7fffffff };
