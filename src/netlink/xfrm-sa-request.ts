/**
 * What is asked of the kernel about SAs (linux/xfrm.h).
 *
 * `struct xfrm_usersa_id` names one:
 *
 *   0  destination, 16 octets
 *  16  SPI, in network order
 *  20  family                      16 bits
 *  22  protocol                    octet; an octet of nothing follows
 *
 * `struct xfrm_usersa_flush` is one octet, the protocol.
 *
 * @module
 */
import { setHostU16 } from '../octets/host.ts';
import { setU8, setU32 } from '../octets/octets.ts';
import { octetsAttribute } from './attribute.ts';
import { type NetlinkRequest, NLM_F, netlinkRequest } from './nlmsg.ts';
import { XFRM_MSG, XFRMA } from './xfrm-constants.ts';
import {
  emitXfrmSa,
  emitXfrmSaToRefuse,
  revivedXfrmSa,
  type XfrmNewSa,
  type XfrmSaId,
} from './xfrm-sa.ts';

const DESTINATION = 0;
const SPI = 16;
const FAMILY = 20;
const PROTOCOL = 22;
const ID_LENGTH = 24;

const ADD = NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL;

/** Adds `sa`; refused when there is one of the same name. The payload holds keys. */
export function newXfrmSa(sa: XfrmNewSa): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.NEWSA, ADD, [emitXfrmSa(sa)]);
}

/** Has the kernel look at `sa` and refuse it as EINVAL, if for nothing else then for its window. */
export function rehearseXfrmSa(sa: XfrmNewSa): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.NEWSA, ADD, [emitXfrmSaToRefuse(sa)]);
}

/** Adds again what an XFRM_MSG_NEWSA of the kernel told of in `payload`, as it was then. */
export function reviveXfrmSa(payload: Uint8Array): NetlinkRequest {
  return { type: XFRM_MSG.NEWSA, flags: ADD, payload: revivedXfrmSa(payload) };
}

/** Deletes the SA of that name; one with a mark is found only by that. */
export function deleteXfrmSa(id: XfrmSaId, mark: Uint8Array | null = null): NetlinkRequest {
  const marks = mark === null ? [] : [octetsAttribute(XFRMA.MARK, mark)];
  return netlinkRequest(XFRM_MSG.DELSA, NLM_F.ACK, [emitId(id), ...marks]);
}

/** Asks for the SA of that name. */
export function queryXfrmSa(id: XfrmSaId): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.GETSA, 0, [emitId(id)]);
}

/** Asks for every SA. */
export function dumpXfrmSas(): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.GETSA, NLM_F.DUMP, []);
}

/** Deletes every SA of a protocol, or of all with IPSEC_PROTO_ANY. */
export function flushXfrmSas(protocol: number): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.FLUSHSA, NLM_F.ACK, [Uint8Array.of(protocol)]);
}

function emitId(id: XfrmSaId): Uint8Array {
  const octets = new Uint8Array(ID_LENGTH);
  octets.set(id.destination, DESTINATION);
  setU32(octets, SPI, id.spi);
  setHostU16(octets, FAMILY, id.family);
  setU8(octets, PROTOCOL, id.protocol);
  return octets;
}
