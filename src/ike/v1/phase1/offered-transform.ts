/**
 * A transform of phase 1 as a peer offers it, with what it means by what it leaves out.
 *
 * @module
 */
import { attributeNumber } from '../../../wire/ikev1/data-attribute.ts';
import { LIFE_TYPE, TRANSFORM_ID } from '../../../wire/ikev1/ipsec-doi.ts';
import { PHASE1_ATTRIBUTE } from '../../../wire/ikev1/phase1-attribute.ts';
import type { Transform } from '../../../wire/ikev1/transform.ts';

/** Attributes that must be there are `null` where they are not. */
export interface OfferedTransform {
  /** As the peer counts. */
  readonly number: number;
  readonly encryption: number | null;
  /** The Key Length attribute, which most ciphers go without. */
  readonly keyBits: number | null;
  readonly hash: number | null;
  readonly authentication: number | null;
  readonly group: number | null;
  readonly lifetimeSeconds: number;
  /** Why nobody here can agree to it, whatever else it says: a clause. `null` when all is understood. */
  readonly fault: string | null;
}

/** How long an SA lives when nothing is said about it (RFC 2407 §4.5). */
export const DEFAULT_LIFETIME_SECONDS = 28_800;

/** Reads what `transform` offers. Of a lifetime in kilobytes nothing is kept: time is what ends ours. */
export function readOfferedTransform({ number, id, attributes }: Transform): OfferedTransform {
  const values = new Map<number, number>();
  let fault = id === TRANSFORM_ID.ISAKMP.KEY_IKE ? null : `is of transform ID ${id}`;
  let lifeType: number | null = null;
  let lifetimeSeconds: number | null = null;
  for (const attribute of attributes) {
    const { type } = attribute;
    const value = attributeNumber(attribute);
    if (value === undefined) {
      fault ??= `has octets in attribute ${type} that are no number`;
    } else if (type === PHASE1_ATTRIBUTE.LIFE_TYPE) {
      lifeType = value;
      if (value !== LIFE_TYPE.SECONDS && value !== LIFE_TYPE.KILOBYTES) {
        fault ??= `has a lifetime of type ${value}`;
      }
    } else if (type === PHASE1_ATTRIBUTE.LIFE_DURATION) {
      // A duration belongs to the type before it (RFC 2409 Appendix A).
      if (lifeType === null) fault ??= 'has a lifetime of no type';
      if (value === 0) fault ??= 'has a lifetime of nothing';
      if (lifeType === LIFE_TYPE.SECONDS) {
        if (lifetimeSeconds !== null) fault ??= 'has two lifetimes';
        lifetimeSeconds = value;
      }
      lifeType = null;
    } else if (OWN_GROUP.has(type)) {
      // New group mode and groups without a number are of times before RFC 3526.
      fault ??= 'describes a group of its own';
    } else if (!KNOWN.has(type)) {
      fault ??= `has attribute ${type}`;
    } else {
      if (values.has(type)) fault ??= `has attribute ${type} twice`;
      values.set(type, value);
    }
  }
  const valueFor = (type: number) => values.get(type) ?? null;
  return {
    number,
    encryption: valueFor(PHASE1_ATTRIBUTE.ENCRYPTION_ALGORITHM),
    keyBits: valueFor(PHASE1_ATTRIBUTE.KEY_LENGTH),
    hash: valueFor(PHASE1_ATTRIBUTE.HASH_ALGORITHM),
    authentication: valueFor(PHASE1_ATTRIBUTE.AUTHENTICATION_METHOD),
    group: valueFor(PHASE1_ATTRIBUTE.GROUP_DESCRIPTION),
    lifetimeSeconds: lifetimeSeconds ?? DEFAULT_LIFETIME_SECONDS,
    fault,
  };
}

const KNOWN: ReadonlySet<number> = new Set([
  PHASE1_ATTRIBUTE.ENCRYPTION_ALGORITHM,
  PHASE1_ATTRIBUTE.HASH_ALGORITHM,
  PHASE1_ATTRIBUTE.AUTHENTICATION_METHOD,
  PHASE1_ATTRIBUTE.GROUP_DESCRIPTION,
  PHASE1_ATTRIBUTE.KEY_LENGTH,
]);

const OWN_GROUP: ReadonlySet<number> = new Set([
  PHASE1_ATTRIBUTE.GROUP_TYPE,
  PHASE1_ATTRIBUTE.GROUP_PRIME,
  PHASE1_ATTRIBUTE.GROUP_GENERATOR_ONE,
  PHASE1_ATTRIBUTE.GROUP_GENERATOR_TWO,
  PHASE1_ATTRIBUTE.GROUP_CURVE_A,
  PHASE1_ATTRIBUTE.GROUP_CURVE_B,
  PHASE1_ATTRIBUTE.FIELD_SIZE,
  PHASE1_ATTRIBUTE.GROUP_ORDER,
]);
