/**
 * `/proc/net/xfrm_stat`: why the kernel discarded packets, a name and a number a line.
 *
 * @module
 */
import type { DiscardCounters } from '../../ipsec/backend.ts';

/** The counters of the network namespace that the thread is in. */
export const XFRM_STAT = '/proc/thread-self/net/xfrm_stat';

/** Reads `text`; `XfrmInNoStates` becomes `in-no-states`. What never occurred is left out. */
export function parseXfrmStat(text: string): DiscardCounters {
  const counters: Record<string, number> = {};
  for (const [, name, digits] of text.matchAll(/^Xfrm(\w+)\s+(\d+)$/gm)) {
    const packets = Number(digits);
    if (name !== undefined && packets > 0) counters[kebab(name)] = packets;
  }
  return counters;
}

function kebab(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}
