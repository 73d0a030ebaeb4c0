/**
 * `struct xfrm_encap_tmpl` (linux/xfrm.h): the ports that ESP hides behind (RFC 3948).
 *
 *   0  type                        16 bits, in host order
 *   2  source port
 *   4  destination port            two octets of nothing follow
 *   8  original address, 16 octets
 *
 * Ports are in network order.
 *
 * @module
 */
import { hostU16, setHostU16 } from '../octets/host.ts';
import { setU16, u16 } from '../octets/octets.ts';
import { XFRM_ADDRESS_LENGTH } from './xfrm-address.ts';

const TYPE = 0;
const SOURCE_PORT = 2;
const DESTINATION_PORT = 4;
const ORIGINAL_ADDRESS = 8;
const LENGTH = 24;

/** Types (linux/udp.h, linux/tcp.h). The first is of a draft, with a marker of 8 octets. */
export const XFRM_ENCAP = { ESPINUDP_NON_IKE: 1, ESPINUDP: 2, ESPINTCP: 7 } as const;

export interface XfrmEncapsulation {
  /** Of {@link XFRM_ENCAP}. */
  readonly type: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** 16 octets: what the peer calls itself behind its NAT; Linux keeps it and makes no use of it. */
  readonly originalAddress: Uint8Array;
}

/** Reads the value of an XFRMA_ENCAP, which must be whole. */
export function parseXfrmEncapsulation(octets: Uint8Array): XfrmEncapsulation {
  return {
    type: hostU16(octets, TYPE),
    sourcePort: u16(octets, SOURCE_PORT),
    destinationPort: u16(octets, DESTINATION_PORT),
    originalAddress: octets.slice(ORIGINAL_ADDRESS, ORIGINAL_ADDRESS + XFRM_ADDRESS_LENGTH),
  };
}

/** Writes the value of an XFRMA_ENCAP. */
export function emitXfrmEncapsulation(encapsulation: XfrmEncapsulation): Uint8Array {
  const octets = new Uint8Array(LENGTH);
  setHostU16(octets, TYPE, encapsulation.type);
  setU16(octets, SOURCE_PORT, encapsulation.sourcePort);
  setU16(octets, DESTINATION_PORT, encapsulation.destinationPort);
  octets.set(encapsulation.originalAddress, ORIGINAL_ADDRESS);
  return octets;
}
