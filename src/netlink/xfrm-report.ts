/**
 * `struct xfrm_user_report` (linux/xfrm.h): Mobile IPv6 met a packet without the extension header
 * that it asks for.
 *
 *   0  protocol                    octet, of the header; three octets of nothing follow
 *   4  selector of the packet, 56 octets
 *
 * An XFRMA_COADDR may follow.
 *
 * @module
 */
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { u8 } from '../octets/octets.ts';
import { parseXfrmAttributes } from './xfrm-attributes.ts';
import { XFRMA } from './xfrm-constants.ts';
import { parseXfrmSelector, type XfrmSelector } from './xfrm-selector.ts';

const PROTOCOL = 0;
const SELECTOR = 4;
const LENGTH = 60;

export interface XfrmReport {
  readonly protocol: number;
  readonly selector: XfrmSelector;
  /** 16 octets. */
  readonly careOfAddress: Uint8Array | null;
}

/** Reads the payload of an XFRM_MSG_REPORT. */
export function parseXfrmReport(payload: Uint8Array): Parsed<XfrmReport> {
  if (payload.length < LENGTH) return Malformed.truncated('xfrm report', LENGTH, payload.length);
  const attributes = parseXfrmAttributes(payload.subarray(LENGTH));
  if (attributes instanceof Malformed) return attributes;
  return {
    protocol: u8(payload, PROTOCOL),
    selector: parseXfrmSelector(payload, SELECTOR),
    careOfAddress: attributes.get(XFRMA.COADDR)?.slice() ?? null,
  };
}
