/**
 * `struct xfrm_selector` (linux/xfrm.h): the packets that a policy, or an SA, is for.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    destination (16 octets)                    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      source (16 octets)                       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |       destination port        |    destination port mask      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          source port          |       source port mask        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |            family             |  dst. prefix  |  src. prefix  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |   protocol    |                    zeros                      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       interface index                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                           user ID                             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * Ports and their masks are in network order, the other integers in host order.
 *
 * @module
 */
import { hostU16, hostU32, setHostU16, setHostU32 } from '../octets/host.ts';
import { setU8, setU16, u8, u16 } from '../octets/octets.ts';
import { XFRM_ADDRESS_LENGTH, XFRM_ANY_ADDRESS } from './xfrm-address.ts';

const DESTINATION = 0;
const SOURCE = 16;
const DESTINATION_PORT = 32;
const DESTINATION_PORT_MASK = 34;
const SOURCE_PORT = 36;
const SOURCE_PORT_MASK = 38;
const FAMILY = 40;
const DESTINATION_PREFIX_LENGTH = 42;
const SOURCE_PREFIX_LENGTH = 43;
const PROTOCOL = 44;
const INTERFACE_INDEX = 48;
const USER = 52;

export const XFRM_SELECTOR_LENGTH = 56;

/** One side of a selector. */
export interface XfrmSelectorEnd {
  /** 16 octets. */
  readonly address: Uint8Array;
  /** In bits. */
  readonly prefixLength: number;
  /** A packet's port matches when it equals this in the bits of `portMask`. */
  readonly port: number;
  readonly portMask: number;
}

export interface XfrmSelector {
  readonly family: number;
  readonly source: XfrmSelectorEnd;
  readonly destination: XfrmSelectorEnd;
  /** An IP protocol number; 0 is any. */
  readonly protocol: number;
  /** 0 is any. */
  readonly interfaceIndex: number;
  readonly user: number;
}

const ANY_END: XfrmSelectorEnd = {
  address: XFRM_ANY_ADDRESS,
  prefixLength: 0,
  port: 0,
  portMask: 0,
};

/** All zeros, as SAs have it that are for whatever policies lead to them. */
export const XFRM_ANY_SELECTOR: XfrmSelector = {
  family: 0,
  source: ANY_END,
  destination: ANY_END,
  protocol: 0,
  interfaceIndex: 0,
  user: 0,
};

/** Reads the {@link XFRM_SELECTOR_LENGTH} octets at `at`, which must be there. */
export function parseXfrmSelector(octets: Uint8Array, at: number): XfrmSelector {
  return {
    family: hostU16(octets, at + FAMILY),
    source: {
      address: octets.slice(at + SOURCE, at + SOURCE + XFRM_ADDRESS_LENGTH),
      prefixLength: u8(octets, at + SOURCE_PREFIX_LENGTH),
      port: u16(octets, at + SOURCE_PORT),
      portMask: u16(octets, at + SOURCE_PORT_MASK),
    },
    destination: {
      address: octets.slice(at + DESTINATION, at + DESTINATION + XFRM_ADDRESS_LENGTH),
      prefixLength: u8(octets, at + DESTINATION_PREFIX_LENGTH),
      port: u16(octets, at + DESTINATION_PORT),
      portMask: u16(octets, at + DESTINATION_PORT_MASK),
    },
    protocol: u8(octets, at + PROTOCOL),
    interfaceIndex: hostU32(octets, at + INTERFACE_INDEX),
    user: hostU32(octets, at + USER),
  };
}

/** Writes `selector` to the {@link XFRM_SELECTOR_LENGTH} octets at `at`, which must be zeros. */
export function emitXfrmSelector(selector: XfrmSelector, octets: Uint8Array, at: number): void {
  const { source, destination } = selector;
  octets.set(destination.address, at + DESTINATION);
  octets.set(source.address, at + SOURCE);
  setU16(octets, at + DESTINATION_PORT, destination.port);
  setU16(octets, at + DESTINATION_PORT_MASK, destination.portMask);
  setU16(octets, at + SOURCE_PORT, source.port);
  setU16(octets, at + SOURCE_PORT_MASK, source.portMask);
  setHostU16(octets, at + FAMILY, selector.family);
  setU8(octets, at + DESTINATION_PREFIX_LENGTH, destination.prefixLength);
  setU8(octets, at + SOURCE_PREFIX_LENGTH, source.prefixLength);
  setU8(octets, at + PROTOCOL, selector.protocol);
  setHostU32(octets, at + INTERFACE_INDEX, selector.interfaceIndex);
  setHostU32(octets, at + USER, selector.user);
}
