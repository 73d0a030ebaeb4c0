/**
 * Policies between two hosts, gathered so that a packet is looked up among them and not compared
 * with each.
 *
 * Of policies about everything between two single hosts no two meet the same packet: the SPD has
 * one of each selector. Where many stand one after the other, their order does not matter.
 *
 * @module
 */
import { isAnyPort } from '../net/port-range.ts';
import { isHostPrefix } from '../net/prefix.ts';
import type { Selector } from './selector.ts';

/** Fewer are as fast one after the other, and their rules in the guard easier to read. */
export const LEAST_PAIRS = 8;

/** Things that stand one after the other: host pairs all, or not. */
export interface Run<T> {
  readonly pairs: boolean;
  readonly items: readonly T[];
}

/** `items`, of one direction and in order of precedence, as runs. */
export function runsOf<T>(
  items: readonly T[],
  selectorOf: (item: T) => Selector,
): readonly Run<T>[] {
  const runs: Run<T>[] = [];
  let others: T[] = [];
  let pairs: T[] = [];
  const close = () => {
    if (others.length > 0) runs.push({ pairs: false, items: others });
    others = [];
  };
  const closePairs = () => {
    if (pairs.length >= LEAST_PAIRS) {
      close();
      runs.push({ pairs: true, items: pairs });
    } else {
      others.push(...pairs);
    }
    pairs = [];
  };
  for (const item of items) {
    if (isHostPair(selectorOf(item))) {
      pairs.push(item);
    } else {
      closePairs();
      others.push(item);
    }
  }
  closePairs();
  close();
  return runs;
}

function isHostPair(selector: Selector): boolean {
  return (
    selector.nextLayerProtocol === 'any' &&
    isAnyPort(selector.localPort) &&
    isAnyPort(selector.remotePort) &&
    isHostPrefix(selector.localAddress) &&
    isHostPrefix(selector.remoteAddress)
  );
}
