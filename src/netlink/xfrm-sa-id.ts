/**
 * `struct xfrm_usersa_id` (linux/xfrm.h): what names an SA.
 *
 *   0  destination, 16 octets
 *  16  SPI, in network order
 *  20  family                      16 bits, in host order
 *  22  protocol                    octet; an octet of nothing follows
 *
 * @module
 */
import { hostU16, setHostU16 } from '../octets/host.ts';
import { setU8, setU32, u8, u32 } from '../octets/octets.ts';
import { XFRM_ADDRESS_LENGTH } from './xfrm-address.ts';
import type { XfrmSaId } from './xfrm-sa.ts';

const DESTINATION = 0;
const SPI = 16;
const FAMILY = 20;
const PROTOCOL = 22;

export const XFRM_SA_ID_LENGTH = 24;

/** Reads the {@link XFRM_SA_ID_LENGTH} octets at `at`, which must be there. */
export function parseXfrmSaId(octets: Uint8Array, at: number): XfrmSaId {
  return {
    destination: octets.slice(at + DESTINATION, at + DESTINATION + XFRM_ADDRESS_LENGTH),
    spi: u32(octets, at + SPI),
    family: hostU16(octets, at + FAMILY),
    protocol: u8(octets, at + PROTOCOL),
  };
}

/** Writes the name of an SA. */
export function emitXfrmSaId(id: XfrmSaId): Uint8Array {
  const octets = new Uint8Array(XFRM_SA_ID_LENGTH);
  octets.set(id.destination, DESTINATION);
  setU32(octets, SPI, id.spi);
  setHostU16(octets, FAMILY, id.family);
  setU8(octets, PROTOCOL, id.protocol);
  return octets;
}
