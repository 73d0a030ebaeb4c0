/**
 * What is asked of the kernel about SAs (linux/xfrm.h).
 *
 * `struct xfrm_usersa_flush` is one octet, the protocol.
 *
 * `struct xfrm_userspi_info` is an SA that has all but an SPI, limits and keys, with a range for the
 * SPI before its attributes:
 *
 *   0  an SA, 224 octets
 * 224  lowest SPI
 * 228  highest SPI
 *
 * The range is in host order.
 *
 * @module
 */

import { setHostU32 } from '../octets/host.ts';
import { concatenate } from '../octets/octets.ts';
import { octetsAttribute } from './attribute.ts';
import { type NetlinkRequest, NLM_F, netlinkRequest } from './nlmsg.ts';
import { XFRM_MSG, XFRMA } from './xfrm-constants.ts';
import { XFRM_UNLIMITED } from './xfrm-lifetime.ts';
import {
  emitXfrmSa,
  emitXfrmSaToRefuse,
  revivedXfrmSa,
  XFRM_PLAIN_SA,
  XFRM_SA_LENGTH,
  type XfrmNewSa,
  type XfrmSaId,
} from './xfrm-sa.ts';
import { emitXfrmSaId } from './xfrm-sa-id.ts';
import { XFRM_ANY_SELECTOR } from './xfrm-selector.ts';

const ADD = NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL;

/** Adds `sa`; refused when there is one of the same name. The payload holds keys. */
export function newXfrmSa(sa: XfrmNewSa): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.NEWSA, ADD, [emitXfrmSa(sa)]);
}

/**
 * Puts `sa` in the place of the one of the same name: all of it while the kernel still waits for
 * its keys, afterwards little more than its limits and its peer's port.
 */
export function updateXfrmSa(sa: XfrmNewSa): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.UPDSA, NLM_F.ACK, [emitXfrmSa(sa)]);
}

/** What a larval SA is known by before it has an SPI. */
export type XfrmLarvalSa = Pick<
  XfrmNewSa,
  'source' | 'destination' | 'family' | 'protocol' | 'mode' | 'reqid' | 'acquireNumber' | 'options'
>;

/**
 * Has the kernel choose an SPI from `lowest` to `highest` and keep it for `sa`. It answers with an
 * XFRM_MSG_NEWSA, and waits some seconds for an {@link updateXfrmSa}.
 */
export function allocateXfrmSpi(sa: XfrmLarvalSa, lowest: number, highest: number): NetlinkRequest {
  const larval = emitXfrmSa({
    ...XFRM_PLAIN_SA,
    selector: XFRM_ANY_SELECTOR,
    limits: XFRM_UNLIMITED,
    spi: 0,
    flags: 0,
    replayWindow: 0,
    encryption: null,
    integrity: null,
    aead: null,
    ...sa,
  });
  const range = new Uint8Array(8);
  setHostU32(range, 0, lowest);
  setHostU32(range, 4, highest);
  const attributes = larval.subarray(XFRM_SA_LENGTH);
  const payload = concatenate([larval.subarray(0, XFRM_SA_LENGTH), range, attributes]);
  return { type: XFRM_MSG.ALLOCSPI, flags: 0, payload };
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
  return netlinkRequest(XFRM_MSG.DELSA, NLM_F.ACK, nameOf(id, mark));
}

/** Asks for the SA of that name; one with a mark is found only by that. */
export function queryXfrmSa(id: XfrmSaId, mark: Uint8Array | null = null): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.GETSA, 0, nameOf(id, mark));
}

/** Asks for every SA. */
export function dumpXfrmSas(): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.GETSA, NLM_F.DUMP, []);
}

/** Deletes every SA of a protocol, or of all with IPSEC_PROTO_ANY. */
export function flushXfrmSas(protocol: number): NetlinkRequest {
  return netlinkRequest(XFRM_MSG.FLUSHSA, NLM_F.ACK, [Uint8Array.of(protocol)]);
}

function nameOf(id: XfrmSaId, mark: Uint8Array | null): Uint8Array[] {
  return [emitXfrmSaId(id), ...(mark === null ? [] : [octetsAttribute(XFRMA.MARK, mark)])];
}
