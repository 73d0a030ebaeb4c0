/**
 * What keeps a transform that a peer offers from being one of ours.
 *
 * @module
 */
import type { Origin } from '../../origin.ts';
import type { Phase1Transform, ProposalCheck } from '../../peer.ts';
import {
  authenticationNumber,
  authenticationText,
  encryptionNumber,
  encryptionText,
  groupText,
  hashText,
  hasKeyLengths,
  type Role,
  usualKeyBits,
} from './attribute-value.ts';
import type { OfferedTransform } from './offered-transform.ts';

/** What is compared, in this order. */
export const DIFFERENCES = [
  'form',
  'encryption algorithm',
  'key length',
  'hash algorithm',
  'authentication method',
  'DH group',
  'lifetime',
  'attributes',
] as const;

/** An attribute that both sides want otherwise. */
export interface Difference {
  readonly what: (typeof DIFFERENCES)[number];
  readonly offered: string;
  readonly accepted: string;
  /** The line of ours that could be changed. */
  readonly at: Origin;
}

/**
 * The first attribute for which `offered` is not `ours`, as far as `check` wants it to be; `null` when
 * it is as good as ours. `role` is ours, which decides what methods of authentication are called.
 */
export function firstDifference(
  offered: OfferedTransform,
  ours: Phase1Transform,
  check: ProposalCheck,
  role: Role,
): Difference | null {
  const line = (statement: string) => ours.origins.get(statement) ?? ours.at;
  const unequal = (
    what: Difference['what'],
    statement: string,
    value: number | null,
    wanted: number,
    text: (value: number) => string,
  ): Difference | null =>
    value === wanted
      ? null
      : { what, offered: textOrNothing(value, text), accepted: text(wanted), at: line(statement) };

  if (offered.fault !== null) {
    return { what: 'form', offered: offered.fault, accepted: 'what RFC 2409 has', at: ours.at };
  }
  return (
    encryptionDifference(offered, ours, check, line('encryption_algorithm')) ??
    unequal('hash algorithm', 'hash_algorithm', offered.hash, ours.hash.ikev1, hashText) ??
    unequal(
      'authentication method',
      'authentication_method',
      offered.authentication,
      authenticationNumber(ours.authentication, role),
      authenticationText,
    ) ??
    unequal('DH group', 'dh_group', offered.group, ours.group.number, groupText) ??
    lifetimeDifference(offered, ours, check, line('lifetime'))
  );
}

/** How long the key is that `offered` asks for, of a cipher that is that of `ours`. */
export function offeredKeyBits({ keyBits }: OfferedTransform, ours: Phase1Transform): number {
  return keyBits ?? usualKeyBits(ours.encryption);
}

function encryptionDifference(
  offered: OfferedTransform,
  ours: Phase1Transform,
  check: ProposalCheck,
  at: Origin,
): Difference | null {
  const { encryption, keyBits } = ours;
  const number = encryptionNumber(encryption) ?? 0;
  const wanted = encryptionText(number, hasKeyLengths(encryption) ? keyBits : null);
  const text = textOrNothing(offered.encryption, (value) => encryptionText(value, offered.keyBits));
  if (offered.encryption !== number) {
    return { what: 'encryption algorithm', offered: text, accepted: wanted, at };
  }
  const bits = offeredKeyBits(offered, ours);
  // Nobody can have a length that the cipher has not, however willing.
  const possible = encryption.keyBits.includes(bits);
  const enough = check === 'obey' || bits === keyBits || (check !== 'exact' && bits > keyBits);
  if (possible && enough) return null;
  const accepted = check === 'strict' || check === 'claim' ? `${wanted} or longer` : wanted;
  return { what: 'key length', offered: text, accepted, at };
}

function lifetimeDifference(
  { lifetimeSeconds: offered }: OfferedTransform,
  { lifetimeSeconds: ours }: Phase1Transform,
  check: ProposalCheck,
  at: Origin,
): Difference | null {
  // There is no RESPONDER-LIFETIME in phase 1: to claim is to be strict.
  const good = check === 'obey' || offered === ours || (check !== 'exact' && offered < ours);
  if (good) return null;
  const accepted = check === 'exact' ? `${ours} s` : `${ours} s or less`;
  return { what: 'lifetime', offered: `${offered} s`, accepted, at };
}

function textOrNothing(value: number | null, text: (value: number) => string): string {
  return value === null ? 'none' : text(value);
}
