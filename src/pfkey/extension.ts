/**
 * Extensions, of which all that a PF_KEY message says is made (RFC 2367 §2.3). Each begins with its
 * length in units of 8 octets and its type, 16 bits each in host order.
 *
 * Types without a layout here (identities, sensitivity, whatever comes) keep their octets.
 *
 * @module
 */
import { hostU16, setHostU16 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import {
  emitSadbAddress,
  emitSadbKeyManagerAddress,
  parseSadbAddress,
  parseSadbKeyManagerAddress,
  type SadbAddress,
  type SadbKeyManagerAddress,
  sadbAddressLength,
  sadbKeyManagerAddressLength,
} from './address.ts';
import { SADB_EXT } from './constants.ts';
import { emitSadbKey, parseSadbKey, type SadbKey, sadbKeyLength } from './key.ts';
import {
  emitSadbLifetime,
  parseSadbLifetime,
  SADB_LIFETIME_LENGTH,
  type SadbLifetime,
} from './lifetime.ts';
import {
  emitSadbPolicy,
  parseSadbPolicy,
  SADB_X_POLICY_LENGTH,
  type SadbPolicy,
  sadbPolicyLength,
} from './policy.ts';
import {
  emitSadbProposal,
  parseSadbProposal,
  type SadbProposal,
  sadbProposalLength,
} from './proposal.ts';
import {
  emitSadbSa,
  emitSadbSa2,
  parseSadbSa,
  parseSadbSa2,
  SADB_SA_LENGTH,
  type SadbSa,
  type SadbSa2,
} from './sa.ts';
import {
  emitSadbSecurityContext,
  parseSadbSecurityContext,
  type SadbSecurityContext,
  sadbSecurityContextLength,
} from './security-context.ts';
import {
  emitSadbFilter,
  emitSadbNatTPort,
  emitSadbNatTType,
  emitSadbSpiRange,
  parseSadbFilter,
  parseSadbNatTPort,
  parseSadbNatTType,
  parseSadbSpiRange,
  SADB_SPIRANGE_LENGTH,
  SADB_X_FILTER_LENGTH,
  SADB_X_NAT_T_LENGTH,
  type SadbFilter,
  type SadbNatTPort,
  type SadbNatTType,
  type SadbSpiRange,
} from './small-extensions.ts';
import {
  emitSadbSupported,
  parseSadbSupported,
  type SadbSupported,
  sadbSupportedLength,
} from './supported.ts';

const LENGTH = 0;
const TYPE = 2;
const HEADER_LENGTH = 4;

/** Lengths count in these. */
export const SADB_UNIT = 8;

/** An extension whose layout is not known here. */
export interface SadbOther {
  readonly kind: 'OTHER';
  readonly type: number;
  /** What follows the extension header. */
  readonly body: Uint8Array;
}

/** Told apart by `kind`, a name of SADB_EXT. */
export type SadbExtension =
  | SadbSa
  | SadbLifetime
  | SadbAddress
  | SadbKey
  | SadbProposal
  | SadbSupported
  | SadbSpiRange
  | SadbPolicy
  | SadbSa2
  | SadbNatTType
  | SadbNatTPort
  | SadbSecurityContext
  | SadbKeyManagerAddress
  | SadbFilter
  | SadbOther;

type Kind = Exclude<SadbExtension['kind'], 'OTHER'>;

/** How an extension of one kind stands in octets. */
interface Layout<E extends SadbExtension> {
  /** What the octets, extension header included, can be in all. */
  readonly least: number;
  readonly most: number;
  /** In octets, before padding. */
  length(extension: E): number;
  /** Reads the octets of the whole extension, at least {@link least} and at most {@link most}. */
  parse(octets: Uint8Array, kind: E['kind']): Parsed<E>;
  /** Writes to octets that are zero, all but the extension header. */
  emit(extension: E, octets: Uint8Array): void;
}

/** The number of an extension's type. */
export function sadbExtensionType(extension: SadbExtension): number {
  return extension.kind === 'OTHER' ? extension.type : SADB_EXT[extension.kind];
}

/** In octets, a multiple of {@link SADB_UNIT}. */
export function sadbExtensionLength(extension: SadbExtension): number {
  const length =
    extension.kind === 'OTHER'
      ? HEADER_LENGTH + extension.body.length
      : LAYOUTS[extension.kind].length(extension);
  return Math.ceil(length / SADB_UNIT) * SADB_UNIT;
}

/** Writes to `octets`, which are zero and as many as {@link sadbExtensionLength} says. */
export function emitSadbExtension(extension: SadbExtension, octets: Uint8Array): void {
  setHostU16(octets, LENGTH, octets.length / SADB_UNIT);
  setHostU16(octets, TYPE, sadbExtensionType(extension));
  if (extension.kind === 'OTHER') octets.set(extension.body, HEADER_LENGTH);
  else LAYOUTS[extension.kind].emit(extension, octets);
}

/** Reads the extensions of a message, one after the other, to the end of `octets`. */
export function parseSadbExtensions(octets: Uint8Array): Parsed<SadbExtension[]> {
  const extensions: SadbExtension[] = [];
  let at = 0;
  while (at < octets.length) {
    if (octets.length - at < SADB_UNIT) {
      return Malformed.truncated('sadb extension', SADB_UNIT, octets.length - at);
    }
    const length = hostU16(octets, at + LENGTH) * SADB_UNIT;
    if (length === 0 || at + length > octets.length) {
      return new Malformed('sadb extension', `length ${length} does not fit`);
    }
    const extension = parseExtension(octets.subarray(at, at + length));
    if (extension instanceof Malformed) return extension;
    extensions.push(extension);
    at += length;
  }
  return extensions;
}

function parseExtension(octets: Uint8Array): Parsed<SadbExtension> {
  const type = hostU16(octets, TYPE);
  const kind = KINDS.get(type);
  if (kind === undefined) return { kind: 'OTHER', type, body: octets.slice(HEADER_LENGTH) };
  const layout = LAYOUTS[kind];
  if (octets.length < layout.least) {
    return Malformed.truncated(`sadb ${kind}`, layout.least, octets.length);
  }
  if (octets.length > layout.most) {
    return new Malformed(`sadb ${kind}`, `${octets.length - layout.most} octets left over`);
  }
  return layout.parse(octets, kind);
}

function fixed<E extends SadbExtension>(
  length: number,
  parse: Layout<E>['parse'],
  emit: Layout<E>['emit'],
): Layout<E> {
  return { least: length, most: length, length: () => length, parse, emit };
}

function variable<E extends SadbExtension>(
  length: Layout<E>['length'],
  parse: Layout<E>['parse'],
  emit: Layout<E>['emit'],
  least: number = SADB_UNIT,
): Layout<E> {
  return { least, most: Number.POSITIVE_INFINITY, length, parse, emit };
}

const LIFETIME = fixed(SADB_LIFETIME_LENGTH, parseSadbLifetime, emitSadbLifetime);
const ADDRESS = variable(sadbAddressLength, parseSadbAddress, emitSadbAddress);
const KEY = variable(sadbKeyLength, parseSadbKey, emitSadbKey);
const SUPPORTED = variable(sadbSupportedLength, parseSadbSupported, emitSadbSupported);
const NAT_T_PORT = fixed(SADB_X_NAT_T_LENGTH, parseSadbNatTPort, emitSadbNatTPort);

const LAYOUTS: Readonly<Record<Kind, Layout<SadbExtension>>> = {
  SA: fixed(SADB_SA_LENGTH, parseSadbSa, emitSadbSa),
  LIFETIME_CURRENT: LIFETIME,
  LIFETIME_HARD: LIFETIME,
  LIFETIME_SOFT: LIFETIME,
  ADDRESS_SRC: ADDRESS,
  ADDRESS_DST: ADDRESS,
  ADDRESS_PROXY: ADDRESS,
  KEY_AUTH: KEY,
  KEY_ENCRYPT: KEY,
  PROPOSAL: variable(sadbProposalLength, parseSadbProposal, emitSadbProposal),
  SUPPORTED_AUTH: SUPPORTED,
  SUPPORTED_ENCRYPT: SUPPORTED,
  SPIRANGE: fixed(SADB_SPIRANGE_LENGTH, parseSadbSpiRange, emitSadbSpiRange),
  X_POLICY: variable(sadbPolicyLength, parseSadbPolicy, emitSadbPolicy, SADB_X_POLICY_LENGTH),
  X_SA2: fixed(SADB_SA_LENGTH, parseSadbSa2, emitSadbSa2),
  X_NAT_T_TYPE: fixed(SADB_X_NAT_T_LENGTH, parseSadbNatTType, emitSadbNatTType),
  X_NAT_T_SPORT: NAT_T_PORT,
  X_NAT_T_DPORT: NAT_T_PORT,
  X_NAT_T_OA: ADDRESS,
  X_SEC_CTX: variable(sadbSecurityContextLength, parseSadbSecurityContext, emitSadbSecurityContext),
  X_KMADDRESS: variable(
    sadbKeyManagerAddressLength,
    parseSadbKeyManagerAddress,
    emitSadbKeyManagerAddress,
  ),
  X_FILTER: fixed(SADB_X_FILTER_LENGTH, parseSadbFilter, emitSadbFilter),
};

const KINDS: ReadonlyMap<number, Kind> = new Map(
  Object.keys(LAYOUTS).map((kind) => [SADB_EXT[kind as Kind], kind as Kind]),
);
