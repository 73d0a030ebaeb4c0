/**
 * `struct xfrm_user_mapping` (linux/xfrm.h): ESP in UDP came from another port or address than the SA
 * has (RFC 3948 §1), since the NAT before the peer began anew.
 *
 *   0  name of the SA, 24 octets
 *  24  reqid, in host order
 *  28  old source, 16 octets
 *  44  new source, 16 octets
 *  60  old source port
 *  62  new source port
 *
 * Ports are in network order.
 *
 * @module
 */
import { hostU32 } from '../octets/host.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { u16 } from '../octets/octets.ts';
import { XFRM_ADDRESS_LENGTH } from './xfrm-address.ts';
import type { XfrmSaId } from './xfrm-sa.ts';
import { parseXfrmSaId } from './xfrm-sa-id.ts';

const REQID = 24;
const OLD_SOURCE = 28;
const NEW_SOURCE = 44;
const OLD_PORT = 60;
const NEW_PORT = 62;
const LENGTH = 64;

/** Where a peer is. */
export interface XfrmPeerPlace {
  /** 16 octets. */
  readonly address: Uint8Array;
  readonly port: number;
}

export interface XfrmMapping {
  readonly id: XfrmSaId;
  readonly reqid: number;
  readonly before: XfrmPeerPlace;
  readonly after: XfrmPeerPlace;
}

/** Reads the payload of an XFRM_MSG_MAPPING. */
export function parseXfrmMapping(payload: Uint8Array): Parsed<XfrmMapping> {
  if (payload.length < LENGTH) return Malformed.truncated('xfrm mapping', LENGTH, payload.length);
  return {
    id: parseXfrmSaId(payload, 0),
    reqid: hostU32(payload, REQID),
    before: {
      address: payload.slice(OLD_SOURCE, OLD_SOURCE + XFRM_ADDRESS_LENGTH),
      port: u16(payload, OLD_PORT),
    },
    after: {
      address: payload.slice(NEW_SOURCE, NEW_SOURCE + XFRM_ADDRESS_LENGTH),
      port: u16(payload, NEW_PORT),
    },
  };
}
