/**
 * `struct xfrm_user_offload` (linux/xfrm.h): the device that does the work of an SA or a policy.
 *
 *   0  interface index             in host order
 *   4  flags                       octet; three octets of nothing follow
 *
 * @module
 */
import { hostU32, setHostU32 } from '../octets/host.ts';
import { setU8, u8 } from '../octets/octets.ts';

const INTERFACE_INDEX = 0;
const FLAGS = 4;
const LENGTH = 8;

/** Flags. */
export const XFRM_OFFLOAD = {
  /** The SA is inbound. */
  INBOUND: 2,
  /** The device does all that is to be done to a packet, and not its cryptography alone. */
  PACKET: 4,
} as const;

export interface XfrmOffload {
  readonly interfaceIndex: number;
  /** Of {@link XFRM_OFFLOAD}. */
  readonly flags: number;
}

/** Reads the value of an XFRMA_OFFLOAD_DEV, which must be whole. */
export function parseXfrmOffload(octets: Uint8Array): XfrmOffload {
  return { interfaceIndex: hostU32(octets, INTERFACE_INDEX), flags: u8(octets, FLAGS) };
}

/** Writes the value of an XFRMA_OFFLOAD_DEV. */
export function emitXfrmOffload({ interfaceIndex, flags }: XfrmOffload): Uint8Array {
  const octets = new Uint8Array(LENGTH);
  setHostU32(octets, INTERFACE_INDEX, interfaceIndex);
  setU8(octets, FLAGS, flags);
  return octets;
}
