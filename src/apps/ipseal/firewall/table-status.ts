/**
 * What `ipseal firewall --status` tells of our table, as `--json` has it.
 *
 * @module
 */
import type { Json, NftRule } from '../../../firewall/nft-json.ts';
import { memberOf, ruleText } from '../../../firewall/nft-text.ts';

export interface FirewallStatus {
  readonly version: 1;
  readonly inForce: boolean;
  /** In their order, without those that let through what was protected. */
  readonly drops: readonly {
    readonly hook: string;
    /** As nft has it. */
    readonly rule: string;
    /** How many came in the clear and were dropped. */
    readonly packets: number;
  }[];
}

/** Of the `objects` of the table; `null` is none. */
export function statusOf(objects: readonly Json[] | null): FirewallStatus {
  const rules = (objects ?? []).flatMap((object) => {
    const rule = memberOf(object, 'rule');
    return rule === null ? [] : [rule as unknown as NftRule];
  });
  const drops = rules.flatMap(({ chain, expr }) => {
    if (!expr.some((statement) => 'drop' in statement)) return [];
    const counter = expr.find((statement) => 'counter' in statement)?.['counter'] ?? null;
    const packets = Number(memberOf(counter, 'packets'));
    return [{ hook: chain, rule: ruleText({ expr }), packets }];
  });
  return { version: 1, inForce: objects !== null, drops };
}

/** For people. */
export function statusLines({ inForce, drops }: FirewallStatus): string[] {
  if (!inForce) return ['no rules are in force'];
  return [
    'dropped so far, for it came in the clear:',
    ...drops.map(({ hook, rule, packets }) => `  ${`${packets}`.padStart(8)}  ${hook}: ${rule}`),
  ];
}
