/**
 * Extensions of a few fields: `struct sadb_spirange` (RFC 2367 §2.3.9), `struct sadb_x_nat_t_type`
 * and `struct sadb_x_nat_t_port`, `struct sadb_x_filter`.
 *
 *      sadb_spirange       sadb_x_nat_t_type   sadb_x_nat_t_port      sadb_x_filter
 *   4  least SPI           type, octet         port, 16 bits          source, 16 octets
 *   8  most SPI
 *  12  nothing
 *  20                                                                 destination, 16 octets
 *  36                                                                 family, 16 bits
 *  38                                                                 source prefix, octet
 *  39                                                                 destination prefix, octet
 *
 * Ports are in network order, the other integers in host order.
 *
 * @module
 */
import { hostU16, hostU32, setHostU16, setHostU32 } from '../octets/host.ts';
import { setU8, setU16, u8, u16 } from '../octets/octets.ts';

const LEAST_SPI = 4;
const MOST_SPI = 8;
const NAT_T_TYPE = 4;
const NAT_T_PORT = 4;
const FILTER_SOURCE = 4;
const FILTER_DESTINATION = 20;
const FILTER_FAMILY = 36;
const FILTER_SOURCE_PREFIX = 38;
const FILTER_DESTINATION_PREFIX = 39;
const FILTER_ADDRESS_LENGTH = 16;

/** Lengths in octets, extension header included. */
export const SADB_SPIRANGE_LENGTH = 16;
export const SADB_X_NAT_T_LENGTH = 8;
export const SADB_X_FILTER_LENGTH = 40;

/** Out of which SPIs a GETSPI wants one. */
export interface SadbSpiRange {
  readonly kind: 'SPIRANGE';
  readonly least: number;
  readonly most: number;
}

/** How ESP is carried. */
export interface SadbNatTType {
  readonly kind: 'X_NAT_T_TYPE';
  /** {@link UDP_ENCAP_ESPINUDP} or another of linux/udp.h. */
  readonly type: number;
}

export interface SadbNatTPort {
  readonly kind: 'X_NAT_T_SPORT' | 'X_NAT_T_DPORT';
  readonly port: number;
}

/** Which SAs a DUMP shall tell of. */
export interface SadbFilter {
  readonly kind: 'X_FILTER';
  /** 16 octets, of which IPv4 uses four. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly family: number;
  /** In bits. */
  readonly sourcePrefix: number;
  readonly destinationPrefix: number;
}

export function parseSadbSpiRange(octets: Uint8Array): SadbSpiRange {
  return { kind: 'SPIRANGE', least: hostU32(octets, LEAST_SPI), most: hostU32(octets, MOST_SPI) };
}

export function emitSadbSpiRange({ least, most }: SadbSpiRange, octets: Uint8Array): void {
  setHostU32(octets, LEAST_SPI, least);
  setHostU32(octets, MOST_SPI, most);
}

export function parseSadbNatTType(octets: Uint8Array): SadbNatTType {
  return { kind: 'X_NAT_T_TYPE', type: u8(octets, NAT_T_TYPE) };
}

export function emitSadbNatTType({ type }: SadbNatTType, octets: Uint8Array): void {
  setU8(octets, NAT_T_TYPE, type);
}

export function parseSadbNatTPort(octets: Uint8Array, kind: SadbNatTPort['kind']): SadbNatTPort {
  return { kind, port: u16(octets, NAT_T_PORT) };
}

export function emitSadbNatTPort({ port }: SadbNatTPort, octets: Uint8Array): void {
  setU16(octets, NAT_T_PORT, port);
}

export function parseSadbFilter(octets: Uint8Array): SadbFilter {
  return {
    kind: 'X_FILTER',
    source: octets.slice(FILTER_SOURCE, FILTER_SOURCE + FILTER_ADDRESS_LENGTH),
    destination: octets.slice(FILTER_DESTINATION, FILTER_DESTINATION + FILTER_ADDRESS_LENGTH),
    family: hostU16(octets, FILTER_FAMILY),
    sourcePrefix: u8(octets, FILTER_SOURCE_PREFIX),
    destinationPrefix: u8(octets, FILTER_DESTINATION_PREFIX),
  };
}

export function emitSadbFilter(filter: SadbFilter, octets: Uint8Array): void {
  octets.set(filter.source, FILTER_SOURCE);
  octets.set(filter.destination, FILTER_DESTINATION);
  setHostU16(octets, FILTER_FAMILY, filter.family);
  setU8(octets, FILTER_SOURCE_PREFIX, filter.sourcePrefix);
  setU8(octets, FILTER_DESTINATION_PREFIX, filter.destinationPrefix);
}
