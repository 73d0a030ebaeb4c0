/**
 * `struct xfrm_userpolicy_default` (linux/xfrm.h): what happens to packets for which there is no
 * policy. Three octets: inbound, forwarded, outbound.
 *
 * @module
 */
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { u8 } from '../octets/octets.ts';
import { type NetlinkRequest, NLM_F, netlinkRequest } from './nlmsg.ts';
import { XFRM_MSG } from './xfrm-constants.ts';

const IN = 0;
const FWD = 1;
const OUT = 2;
const LENGTH = 3;

/** What is done with them; UNSPEC leaves it as it is. */
export const XFRM_USERPOLICY = { UNSPEC: 0, BLOCK: 1, ACCEPT: 2 } as const;

/** Each of {@link XFRM_USERPOLICY}. */
export interface XfrmDefaultActions {
  readonly inbound: number;
  readonly forward: number;
  readonly outbound: number;
}

/** Asks for them; the kernel answers with an XFRM_MSG_GETDEFAULT. */
export function queryXfrmDefaultActions(): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.GETDEFAULT, 0, [new Uint8Array(LENGTH)]);
}

/** Sets them. */
export function setXfrmDefaultActions(actions: XfrmDefaultActions): NetlinkRequest {
  const { inbound, forward, outbound } = actions;
  const octets = Uint8Array.of(inbound, forward, outbound);
  return netlinkRequest(XFRM_MSG.SETDEFAULT, NLM_F.ACK, [octets]);
}

/** Reads the payload of an XFRM_MSG_GETDEFAULT. */
export function parseXfrmDefaultActions(payload: Uint8Array): Parsed<XfrmDefaultActions> {
  if (payload.length < LENGTH) {
    return Malformed.truncated('xfrm default actions', LENGTH, payload.length);
  }
  return { inbound: u8(payload, IN), forward: u8(payload, FWD), outbound: u8(payload, OUT) };
}
