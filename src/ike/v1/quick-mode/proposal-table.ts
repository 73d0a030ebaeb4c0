/**
 * Proposals as rows of a table: what the peer offered beside what we accept, and where they differ first.
 * Cells are texts for people.
 *
 * @module
 */
import type { Lifetime } from '../../../ipsec/lifetime.ts';
import type { IpsecProtocol } from '../../../ipsec/policy.ts';
import type { Origin } from '../../origin.ts';
import { groupText } from '../phase1/attribute-value.ts';
import { authenticationName, transformName } from './doi-numbers.ts';
import type { Terms } from './terms.ts';

/** What is compared, in this order. */
export const POINTS = [
  'protocols',
  'spi',
  'attributes',
  'algorithm',
  'integrity',
  'key length',
  'mode',
  'encapsulation',
  'sequence numbers',
  'pfs group',
  'lifetime',
] as const;
export type Point = (typeof POINTS)[number];

/** Where an offer and what we accept are not the same. */
export interface Difference {
  readonly what: Point;
  readonly offered: string;
  readonly accepted: string;
  /** The line of ours that says so; `null` when it is the SPD. */
  readonly at: Origin | null;
}

export interface Cells {
  readonly protocol: string;
  readonly algorithms: string;
  readonly mode: string;
  readonly group: string;
  readonly lifetime: string;
}

/** A transform that the peer offered, or with no cells a bundle that is none of ours as a whole. */
export interface OfferedRow {
  readonly proposal: number;
  readonly transform: number | null;
  readonly cells: Cells | null;
  /** `null` where this one would do, and another layer of the bundle does not. */
  readonly difference: Difference | null;
}

/** Nothing of what the peer offered will do. */
export interface NoProposalChosen {
  readonly kind: 'no-proposal-chosen';
  readonly offered: readonly OfferedRow[];
  readonly accepted: readonly Cells[];
}

/** `terms` of a layer of `protocol`. */
export function cellsOf(protocol: IpsecProtocol, terms: Terms): Cells {
  const { transformId, keyLength, authentication, mode, udp, group, lifetime } = terms;
  const cipher = transformName(protocol, transformId);
  const key = keyLength === null ? '' : ` ${keyLength}`;
  const integrity = authentication === null ? '' : ` ${authenticationName(authentication)}`;
  return {
    protocol,
    algorithms: protocol === 'ah' ? integrity.trim() || cipher : `${cipher}${key}${integrity}`,
    mode: udp === null ? mode : `${mode} in UDP`,
    group: groupName(group),
    lifetime: lifetimeText(lifetime),
  };
}

/** `14 (modp2048)`, or `none`. */
export function groupName(group: number | null): string {
  return group === null ? 'none' : groupText(group);
}

/** `1800 s`, and what else ends it. */
export function lifetimeText({ seconds, octets }: Lifetime): string {
  return octets === 0 ? `${seconds} s` : `${seconds} s, ${octets} octets`;
}
