/**
 * Informational exchanges (RFC 2409 §5.7): one message each, with notifications and deletions.
 *
 * @module
 */
import { concatenate, setU32 } from '../../octets/octets.ts';
import { emitDeletion } from '../../wire/ikev1/deletion.ts';
import { DOI, PROTOCOL_ID } from '../../wire/ikev1/ipsec-doi.ts';
import { emitNotification, NOTIFY } from '../../wire/ikev1/notification.ts';
import type { PayloadBody } from '../../wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../wire/ikev1/payload-type.ts';
import type { Cookies } from './key-material.ts';

/** A notification about phase 1 itself; `data` is what its type has. */
export function isakmpNotification(
  type: number,
  { CKY_I, CKY_R }: Cookies,
  data: Uint8Array,
): PayloadBody {
  const body = emitNotification({
    kind: 'notification',
    doi: DOI.IPSEC,
    protocolId: PROTOCOL_ID.ISAKMP,
    spi: concatenate([CKY_I, CKY_R]),
    type,
    data,
  });
  return { type: IKEV1_PAYLOAD.N, body };
}

/** R-U-THERE, or R-U-THERE-ACK, with its sequence number (RFC 3706 §5.3, §5.4). */
export function livenessNotification(
  type: typeof NOTIFY.R_U_THERE | typeof NOTIFY.R_U_THERE_ACK,
  cookies: Cookies,
  sequence: number,
): PayloadBody {
  const data = new Uint8Array(4);
  setU32(data, 0, sequence);
  return isakmpNotification(type, cookies, data);
}

/** Says that this phase 1 is no more (RFC 2408 §3.15). */
export function isakmpDeletion({ CKY_I, CKY_R }: Cookies): PayloadBody {
  const spis = [concatenate([CKY_I, CKY_R])];
  const body = emitDeletion({
    kind: 'deletion',
    doi: DOI.IPSEC,
    protocolId: PROTOCOL_ID.ISAKMP,
    spis,
  });
  return { type: IKEV1_PAYLOAD.D, body };
}

/** Says that inbound SAs of ours are no more; their SPIs are all of one length. */
export function ipsecDeletion(protocolId: number, spis: readonly Uint8Array[]): PayloadBody {
  const body = emitDeletion({ kind: 'deletion', doi: DOI.IPSEC, protocolId, spis });
  return { type: IKEV1_PAYLOAD.D, body };
}

/** The name of a notification: `NO-PROPOSAL-CHOSEN`. */
export function notificationName(type: number): string {
  const known = Object.entries(NOTIFY).find(([, number]) => number === type);
  return known === undefined ? `notification ${type}` : known[0].replaceAll('_', '-');
}

/** Types up to here are errors (RFC 2408 §3.14.1). */
export const LARGEST_ERROR = 8191;
