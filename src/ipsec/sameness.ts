/**
 * Whether two SAs or policies are the same in everything, names and keys included: what need not be
 * changed.
 *
 * @module
 */
import { type IpAddress, sameAddress } from '../net/ip-address.ts';
import type { Lifetime } from './lifetime.ts';
import type { Action, Policy, Template } from './policy.ts';
import { type SaParameters, sameSaId, type UdpEncapsulation } from './sa-parameters.ts';
import type { SecurityContext } from './security-context.ts';
import { selectorKey } from './selector.ts';

/** Whether `a` and `b` would be the same SA: what both sides count may go on. */
export function sameSa(a: SaParameters, b: SaParameters): boolean {
  return (
    sameSaId(a, b) &&
    sameAddress(a.source, b.source) &&
    a.mode === b.mode &&
    a.reqid === b.reqid &&
    a.replayWindow === b.replayWindow &&
    sameKeyed(a.encryption, b.encryption) &&
    sameKeyed(a.integrity, b.integrity) &&
    a.integrity?.icvLength === b.integrity?.icvLength &&
    a.compression?.name === b.compression?.name &&
    sameEncapsulation(a.encapsulation, b.encapsulation) &&
    a.extendedSequenceNumbers === b.extendedSequenceNumbers &&
    sameContext(a.securityContext, b.securityContext) &&
    sameLifetime(a.softLifetime, b.softLifetime) &&
    sameLifetime(a.hardLifetime, b.hardLifetime)
  );
}

/** Whether `a` and `b` would be the same entry of the SPD. */
export function samePolicy(a: Policy, b: Policy): boolean {
  return (
    a.direction === b.direction &&
    a.priority === b.priority &&
    sameAction(a.action, b.action) &&
    selectorKey(a.selector) === selectorKey(b.selector)
  );
}

function sameAction(a: Action, b: Action): boolean {
  if (a.kind !== 'protect' || b.kind !== 'protect') return a.kind === b.kind;
  return (
    a.templates.length === b.templates.length &&
    a.templates.every((template, place) => sameTemplate(template, b.templates[place]))
  );
}

function sameTemplate(a: Template, b: Template | undefined): boolean {
  return (
    b !== undefined &&
    a.protocol === b.protocol &&
    a.mode === b.mode &&
    a.level === b.level &&
    a.reqid === b.reqid &&
    sameOrNull(a.endpoints?.local ?? null, b.endpoints?.local ?? null) &&
    sameOrNull(a.endpoints?.remote ?? null, b.endpoints?.remote ?? null)
  );
}

type Keyed = SaParameters['encryption'] | SaParameters['integrity'];

function sameKeyed(a: Keyed, b: Keyed): boolean {
  if (a === null || b === null) return a === b;
  return a.algorithm.name === b.algorithm.name && a.key.equals(b.key);
}

function sameEncapsulation(a: UdpEncapsulation | null, b: UdpEncapsulation | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.sourcePort === b.sourcePort &&
    a.destinationPort === b.destinationPort &&
    sameOrNull(a.originalAddress, b.originalAddress)
  );
}

function sameContext(a: SecurityContext | null, b: SecurityContext | null): boolean {
  if (a === null || b === null) return a === b;
  return a.doi === b.doi && a.algorithm === b.algorithm && a.label === b.label;
}

function sameLifetime(a: Lifetime, b: Lifetime): boolean {
  return a.seconds === b.seconds && a.octets === b.octets && a.packets === b.packets;
}

function sameOrNull(a: IpAddress | null, b: IpAddress | null): boolean {
  return a === null || b === null ? a === b : sameAddress(a, b);
}
