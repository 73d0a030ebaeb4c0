/**
 * `struct sadb_x_sec_ctx`: the security label of an SA or policy.
 *
 *   4  algorithm                 octet
 *   5  domain of interpretation  octet
 *   6  length                    16 bits in host order, in octets
 *   8  context                   text and, from Linux, a zero octet; then zeros as padding
 *
 * @module
 */
import { hostU16, setHostU16 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { setU8, u8 } from '../octets/octets.ts';

const ALGORITHM = 4;
const DOMAIN = 5;
const LENGTH = 6;
const CONTEXT = 8;

export interface SadbSecurityContext {
  readonly kind: 'X_SEC_CTX';
  readonly domainOfInterpretation: number;
  readonly algorithm: number;
  /** As it stands there, with the zero octet that may end it. */
  readonly context: Uint8Array;
}

/** In octets, before padding. */
export function sadbSecurityContextLength({ context }: SadbSecurityContext): number {
  return CONTEXT + context.length;
}

export function parseSadbSecurityContext(octets: Uint8Array): Parsed<SadbSecurityContext> {
  const end = CONTEXT + hostU16(octets, LENGTH);
  if (octets.length < end) return Malformed.truncated('sadb security context', end, octets.length);
  return {
    kind: 'X_SEC_CTX',
    domainOfInterpretation: u8(octets, DOMAIN),
    algorithm: u8(octets, ALGORITHM),
    context: octets.slice(CONTEXT, end),
  };
}

/** Writes to `octets`, which are zero, all but the extension header. */
export function emitSadbSecurityContext(label: SadbSecurityContext, octets: Uint8Array): void {
  setU8(octets, ALGORITHM, label.algorithm);
  setU8(octets, DOMAIN, label.domainOfInterpretation);
  setHostU16(octets, LENGTH, label.context.length);
  octets.set(label.context, CONTEXT);
}
