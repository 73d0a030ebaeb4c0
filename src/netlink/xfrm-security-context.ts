/**
 * `struct xfrm_user_sec_ctx` (linux/xfrm.h): the label that a security module gives an SA or a
 * policy.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |     length, with this header  |     XFRMA_SEC_CTX, again      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |   algorithm   |      DOI      |       length of the text      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  text, with its closing NUL                                   |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Integers are in host order.
 *
 * @module
 */
import { hostU16, setHostU16 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { setU8, u8 } from '../octets/octets.ts';
import { attributeText } from './attribute.ts';
import { XFRMA } from './xfrm-constants.ts';

const WHOLE_LENGTH = 0;
const TYPE = 2;
const ALGORITHM = 4;
const DOI = 5;
const TEXT_LENGTH = 6;
const TEXT = 8;

export interface XfrmSecurityContext {
  /** The domain of interpretation; 1 on Linux. */
  readonly doi: number;
  /** 1 on Linux: SELinux. */
  readonly algorithm: number;
  /** `system_u:object_r:unlabeled_t:s0`. */
  readonly text: string;
}

/** Reads the value of an XFRMA_SEC_CTX. */
export function parseXfrmSecurityContext(octets: Uint8Array): Parsed<XfrmSecurityContext> {
  if (octets.length < TEXT) return Malformed.truncated(WHAT, TEXT, octets.length);
  const end = TEXT + hostU16(octets, TEXT_LENGTH);
  if (octets.length < end) return Malformed.truncated(WHAT, end, octets.length);
  return {
    doi: u8(octets, DOI),
    algorithm: u8(octets, ALGORITHM),
    text: attributeText(octets.subarray(TEXT, end)),
  };
}

/** Writes the value of an XFRMA_SEC_CTX. */
export function emitXfrmSecurityContext(context: XfrmSecurityContext): Uint8Array {
  const text = new TextEncoder().encode(`${context.text}\0`);
  const octets = new Uint8Array(TEXT + text.length);
  setHostU16(octets, WHOLE_LENGTH, octets.length);
  setHostU16(octets, TYPE, XFRMA.SEC_CTX);
  setU8(octets, ALGORITHM, context.algorithm);
  setU8(octets, DOI, context.doi);
  setHostU16(octets, TEXT_LENGTH, text.length);
  octets.set(text, TEXT);
  return octets;
}

const WHAT = 'xfrm security context';
