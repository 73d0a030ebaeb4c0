/**
 * What few SAs have, each in an attribute of its own (linux/xfrm.h).
 *
 * XFRMA_ENCAP, XFRMA_SEC_CTX, XFRMA_MARK and XFRMA_OFFLOAD_DEV have files of their own. XFRMA_COADDR
 * is an address of 16 octets, XFRMA_SA_DIR an octet; the others are 32 bits in host order.
 *
 * @module
 */
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { type Attribute, octetsAttribute, u8Attribute, u32Attribute } from './attribute.ts';
import { type XfrmAttributes, xfrmOptional, xfrmU8, xfrmU32 } from './xfrm-attributes.ts';
import { XFRMA } from './xfrm-constants.ts';
import {
  emitXfrmEncapsulation,
  parseXfrmEncapsulation,
  type XfrmEncapsulation,
} from './xfrm-encapsulation.ts';
import { emitXfrmMark, parseXfrmMark, type XfrmMark } from './xfrm-mark.ts';
import { emitXfrmOffload, parseXfrmOffload, type XfrmOffload } from './xfrm-offload.ts';
import {
  emitXfrmSecurityContext,
  parseXfrmSecurityContext,
  type XfrmSecurityContext,
} from './xfrm-security-context.ts';

/** Directions of SAs, where they are told. */
export const XFRM_SA_DIR = { IN: 1, OUT: 2 } as const;

export interface XfrmSaOptions {
  readonly encapsulation: XfrmEncapsulation | null;
  readonly securityContext: XfrmSecurityContext | null;
  /** The SA is for packets so marked, and found only by that. */
  readonly mark: XfrmMark | null;
  /** The number of the XFRM interface that the SA belongs to; 0 for none. */
  readonly interfaceId: number;
  /** The bits that a packet's mark has once the SA has been applied. */
  readonly outputMark: XfrmMark | null;
  readonly offload: XfrmOffload | null;
  /** 16 octets (Mobile IPv6). */
  readonly careOfAddress: Uint8Array | null;
  /** Of XFRM_SA_XFLAG. */
  readonly extraFlags: number;
  /** Octets up to which a packet is filled (RFC 4303 §2.7); 0 for none. */
  readonly tfcPadding: number;
  /** The kernel tells of a peer's changed port at most once in so many; 0 for every time. */
  readonly mappingSeconds: number;
  /** Between the NAT keepalives that the kernel sends (Linux 6.11); 0 for none. */
  readonly natKeepaliveSeconds: number;
  /** Of {@link XFRM_SA_DIR} (Linux 6.10); 0 where nobody said. */
  readonly direction: number;
}

/** None of them. */
export const XFRM_NO_SA_OPTIONS: XfrmSaOptions = {
  encapsulation: null,
  securityContext: null,
  mark: null,
  interfaceId: 0,
  outputMark: null,
  offload: null,
  careOfAddress: null,
  extraFlags: 0,
  tfcPadding: 0,
  mappingSeconds: 0,
  natKeepaliveSeconds: 0,
  direction: 0,
};

/** Finds them among the attributes of an SA. */
export function parseXfrmSaOptions(attributes: XfrmAttributes): Parsed<XfrmSaOptions> {
  const securityContext = xfrmOptional(attributes, XFRMA.SEC_CTX, parseXfrmSecurityContext);
  if (securityContext instanceof Malformed) return securityContext;
  return {
    encapsulation: xfrmOptional(attributes, XFRMA.ENCAP, parseXfrmEncapsulation),
    securityContext,
    mark: xfrmOptional(attributes, XFRMA.MARK, parseXfrmMark),
    interfaceId: xfrmU32(attributes, XFRMA.IF_ID, 0),
    outputMark: parseOutputMark(attributes),
    offload: xfrmOptional(attributes, XFRMA.OFFLOAD_DEV, parseXfrmOffload),
    careOfAddress: attributes.get(XFRMA.COADDR)?.slice() ?? null,
    extraFlags: xfrmU32(attributes, XFRMA.SA_EXTRA_FLAGS, 0),
    tfcPadding: xfrmU32(attributes, XFRMA.TFCPAD, 0),
    mappingSeconds: xfrmU32(attributes, XFRMA.MTIMER_THRESH, 0),
    natKeepaliveSeconds: xfrmU32(attributes, XFRMA.NAT_KEEPALIVE_INTERVAL, 0),
    direction: xfrmU8(attributes, XFRMA.SA_DIR),
  };
}

/** The attributes of those that are there. */
export function emitXfrmSaOptions(options: XfrmSaOptions): Attribute[] {
  const { encapsulation, securityContext, mark, outputMark, offload, careOfAddress } = options;
  const attributes: Attribute[] = [];
  if (encapsulation !== null) {
    attributes.push(octetsAttribute(XFRMA.ENCAP, emitXfrmEncapsulation(encapsulation)));
  }
  if (securityContext !== null) {
    attributes.push(octetsAttribute(XFRMA.SEC_CTX, emitXfrmSecurityContext(securityContext)));
  }
  if (mark !== null) attributes.push(octetsAttribute(XFRMA.MARK, emitXfrmMark(mark)));
  if (outputMark !== null) {
    attributes.push(u32Attribute(XFRMA.SET_MARK, outputMark.value));
    attributes.push(u32Attribute(XFRMA.SET_MARK_MASK, outputMark.mask));
  }
  if (offload !== null) {
    attributes.push(octetsAttribute(XFRMA.OFFLOAD_DEV, emitXfrmOffload(offload)));
  }
  if (careOfAddress !== null) attributes.push(octetsAttribute(XFRMA.COADDR, careOfAddress));
  for (const [field, type] of NUMBERS) {
    if (options[field] !== 0) attributes.push(u32Attribute(type, options[field]));
  }
  if (options.direction !== 0) attributes.push(u8Attribute(XFRMA.SA_DIR, options.direction));
  return attributes;
}

/** What is 32 bits in an attribute, and 0 without it. */
const NUMBERS = [
  ['interfaceId', XFRMA.IF_ID],
  ['extraFlags', XFRMA.SA_EXTRA_FLAGS],
  ['tfcPadding', XFRMA.TFCPAD],
  ['mappingSeconds', XFRMA.MTIMER_THRESH],
  ['natKeepaliveSeconds', XFRMA.NAT_KEEPALIVE_INTERVAL],
] as const;

/** Without a mask, all bits are meant. */
function parseOutputMark(attributes: XfrmAttributes): XfrmMark | null {
  const value = xfrmU32(attributes, XFRMA.SET_MARK, null);
  if (value === null) return null;
  return { value, mask: xfrmU32(attributes, XFRMA.SET_MARK_MASK, 0xffffffff) };
}
