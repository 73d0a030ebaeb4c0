/**
 * What one transform of quick mode says, read and written (RFC 2407 §4.5).
 *
 * @module
 */
import { type Lifetime, UNLIMITED } from '../../../ipsec/lifetime.ts';
import type { Mode } from '../../../ipsec/policy.ts';
import { Malformed, type Parsed } from '../../../octets/malformed.ts';
import {
  attributeNumber,
  type DataAttribute,
  numberAttribute,
} from '../../../wire/ikev1/data-attribute.ts';
import { ENCAPSULATION_MODE, IPSEC_ATTRIBUTE, LIFE_TYPE } from '../../../wire/ikev1/ipsec-doi.ts';
import type { Transform } from '../../../wire/ikev1/transform.ts';
import { DEFAULT_LIFETIME_SECONDS } from '../phase1/offered-transform.ts';
import type { DoiNumbers } from './doi-numbers.ts';

/** Whose numbers stand for ESP in UDP: those of RFC 3947 §5.1, or of the drafts before it. */
export type UdpModes = 'rfc' | 'draft';

export interface Terms extends DoiNumbers {
  readonly mode: Mode;
  /** `null` is without UDP. */
  readonly udp: UdpModes | null;
  /** The number of the group of perfect forward secrecy; `null` is without. */
  readonly group: number | null;
  /** 0 is no limit. */
  readonly lifetime: Lifetime;
  /** Whether sequence numbers have 64 bits (RFC 4304 §2). */
  readonly extendedSequenceNumbers: boolean;
}

/** Reads `transform`. What nobody here understands is not agreed to (RFC 2407 §4.5). */
export function readTerms({ id, attributes }: Transform): Parsed<Terms> {
  const lifetime = readLifetime(attributes);
  if (lifetime instanceof Malformed) return lifetime;
  const numbers = new Map<number, number>();
  for (const attribute of attributes) {
    const { type } = attribute;
    if (type >= PRIVATE_USE || OF_LIFETIMES.has(type)) continue;
    if (!KNOWN.has(type)) return new Malformed(WHAT, `attribute ${type} is not known`);
    const number = attributeNumber(attribute);
    if (number === undefined) return new Malformed(WHAT, `attribute ${type} is no number`);
    if (numbers.has(type)) return new Malformed(WHAT, `attribute ${type} is there twice`);
    numbers.set(type, number);
  }
  // RFC 2407 does not say what it is without; RFC 3173 §4.1 does, for IPComp.
  const encapsulation =
    numbers.get(IPSEC_ATTRIBUTE.ENCAPSULATION_MODE) ?? ENCAPSULATION_MODE.TRANSPORT;
  const modes = MODES.find(({ number }) => number === encapsulation);
  if (modes === undefined) return new Malformed(WHAT, `mode ${encapsulation} is not known`);
  return {
    transformId: id,
    mode: modes.mode,
    udp: modes.udp,
    authentication: numbers.get(IPSEC_ATTRIBUTE.AUTHENTICATION_ALGORITHM) ?? null,
    keyLength: numbers.get(IPSEC_ATTRIBUTE.KEY_LENGTH) ?? null,
    group: numbers.get(IPSEC_ATTRIBUTE.GROUP_DESCRIPTION) ?? null,
    // RFC 2407 §4.5
    lifetime: { ...lifetime, seconds: lifetime.seconds || DEFAULT_LIFETIME_SECONDS },
    extendedSequenceNumbers: numbers.get(IPSEC_ATTRIBUTE.EXTENDED_SEQUENCE_NUMBER) === 1,
  };
}

/** The transform `number` that says `terms`, its attributes in racoon's order. */
export function transformOf(number: number, terms: Terms): Transform {
  const { transformId, mode, udp, authentication, keyLength, group, lifetime } = terms;
  const encapsulation = MODES.find((each) => each.mode === mode && each.udp === udp);
  const attributes = [
    ...lifeAttributes(lifetime),
    ...attributeOf(IPSEC_ATTRIBUTE.ENCAPSULATION_MODE, encapsulation?.number ?? null),
    ...attributeOf(IPSEC_ATTRIBUTE.KEY_LENGTH, keyLength),
    ...attributeOf(IPSEC_ATTRIBUTE.AUTHENTICATION_ALGORITHM, authentication),
    ...attributeOf(IPSEC_ATTRIBUTE.GROUP_DESCRIPTION, group),
    ...attributeOf(
      IPSEC_ATTRIBUTE.EXTENDED_SEQUENCE_NUMBER,
      terms.extendedSequenceNumbers ? 1 : null,
    ),
  ];
  return { number, id: transformId, attributes };
}

/** The lifetime in `attributes`; 0 is what none of them limits. Of two limits of a kind, the first counts. */
export function readLifetime(attributes: readonly DataAttribute[]): Parsed<Lifetime> {
  let seconds = 0;
  let octets = 0;
  for (const [place, attribute] of attributes.entries()) {
    if (attribute.type !== IPSEC_ATTRIBUTE.SA_LIFE_DURATION) continue;
    const duration = attributeNumber(attribute);
    if (duration === undefined) return new Malformed(WHAT, 'the lifetime is no number');
    if (duration === 0) return new Malformed(WHAT, 'the lifetime is 0');
    // RFC 2407 §4.5: what it counts stands before it
    const before = attributes[place - 1];
    const isTyped = before?.type === IPSEC_ATTRIBUTE.SA_LIFE_TYPE;
    const kind = isTyped ? attributeNumber(before) : undefined;
    if (kind === LIFE_TYPE.SECONDS) seconds ||= duration;
    else if (kind === LIFE_TYPE.KILOBYTES) octets ||= duration * KILOBYTE;
    else return new Malformed(WHAT, 'the lifetime counts neither seconds nor kilobytes');
  }
  return { ...UNLIMITED, seconds, octets };
}

/** The attributes that say `lifetime`. */
export function lifeAttributes({ seconds, octets }: Lifetime): readonly DataAttribute[] {
  const limit = (kind: number, duration: number) =>
    duration === 0
      ? []
      : [
          numberAttribute(IPSEC_ATTRIBUTE.SA_LIFE_TYPE, kind),
          numberAttribute(IPSEC_ATTRIBUTE.SA_LIFE_DURATION, duration),
        ];
  return [
    ...limit(LIFE_TYPE.SECONDS, seconds),
    ...limit(LIFE_TYPE.KILOBYTES, Math.floor(octets / KILOBYTE)),
  ];
}

function attributeOf(type: number, value: number | null): readonly DataAttribute[] {
  return value === null ? [] : [numberAttribute(type, value)];
}

const MODES: readonly {
  readonly number: number;
  readonly mode: Mode;
  readonly udp: UdpModes | null;
}[] = [
  { number: ENCAPSULATION_MODE.TUNNEL, mode: 'tunnel', udp: null },
  { number: ENCAPSULATION_MODE.TRANSPORT, mode: 'transport', udp: null },
  { number: ENCAPSULATION_MODE.UDP_TUNNEL, mode: 'tunnel', udp: 'rfc' },
  { number: ENCAPSULATION_MODE.UDP_TRANSPORT, mode: 'transport', udp: 'rfc' },
  { number: ENCAPSULATION_MODE.UDP_TUNNEL_DRAFT, mode: 'tunnel', udp: 'draft' },
  { number: ENCAPSULATION_MODE.UDP_TRANSPORT_DRAFT, mode: 'transport', udp: 'draft' },
];

/** ECN_TUNNEL says what we do anyway (RFC 3168 §9.2). */
const KNOWN: ReadonlySet<number> = new Set([
  IPSEC_ATTRIBUTE.GROUP_DESCRIPTION,
  IPSEC_ATTRIBUTE.ENCAPSULATION_MODE,
  IPSEC_ATTRIBUTE.AUTHENTICATION_ALGORITHM,
  IPSEC_ATTRIBUTE.KEY_LENGTH,
  IPSEC_ATTRIBUTE.ECN_TUNNEL,
  IPSEC_ATTRIBUTE.EXTENDED_SEQUENCE_NUMBER,
]);

const OF_LIFETIMES: ReadonlySet<number> = new Set([
  IPSEC_ATTRIBUTE.SA_LIFE_TYPE,
  IPSEC_ATTRIBUTE.SA_LIFE_DURATION,
]);

/** Attributes from here on are between those who know of each other (RFC 2407 §6.1). */
const PRIVATE_USE = 32001;
const KILOBYTE = 1024;
const WHAT = 'transform';
