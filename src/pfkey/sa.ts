/**
 * What PF_KEY says of an SA itself: `struct sadb_sa` (RFC 2367 §2.3.1) and KAME's addition to it,
 * `struct sadb_x_sa2`. Each is 16 octets, the first four of them the extension header.
 *
 *      sadb_sa                            sadb_x_sa2
 *   4  SPI, in network order           4  mode              octet; three octets of nothing follow
 *   8  replay window     octet         8  sequence number
 *   9  state             octet        12  reqid
 *  10  integrity         octet
 *  11  encryption        octet
 *  12  flags
 *
 * @module
 */
import { hostU32, setHostU32 } from '../octets/host.ts';
import { setU8, setU32, u8, u32 } from '../octets/octets.ts';

const SPI = 4;
const REPLAY = 8;
const STATE = 9;
const INTEGRITY = 10;
const ENCRYPTION = 11;
const FLAGS = 12;

const MODE = 4;
const SEQUENCE = 8;
const REQID = 12;

/** Octets of either, extension header included. */
export const SADB_SA_LENGTH = 16;

export interface SadbSa {
  readonly kind: 'SA';
  readonly spi: number;
  readonly replayWindow: number;
  /** One of SADB_SASTATE. */
  readonly state: number;
  /** PF_KEY's number of the integrity algorithm; 0 is none, or one it has no number for. */
  readonly integrity: number;
  /** The same of the cipher, or of the compression of IPComp. */
  readonly encryption: number;
  readonly flags: number;
}

export interface SadbSa2 {
  readonly kind: 'X_SA2';
  /** One of IPSEC_MODE. */
  readonly mode: number;
  readonly sequenceNumber: number;
  readonly reqid: number;
}

/** Reads {@link SADB_SA_LENGTH} octets. */
export function parseSadbSa(octets: Uint8Array): SadbSa {
  return {
    kind: 'SA',
    spi: u32(octets, SPI),
    replayWindow: u8(octets, REPLAY),
    state: u8(octets, STATE),
    integrity: u8(octets, INTEGRITY),
    encryption: u8(octets, ENCRYPTION),
    flags: hostU32(octets, FLAGS),
  };
}

/** Writes {@link SADB_SA_LENGTH} octets, which are zero, but for the extension header. */
export function emitSadbSa(sa: SadbSa, octets: Uint8Array): void {
  setU32(octets, SPI, sa.spi);
  setU8(octets, REPLAY, sa.replayWindow);
  setU8(octets, STATE, sa.state);
  setU8(octets, INTEGRITY, sa.integrity);
  setU8(octets, ENCRYPTION, sa.encryption);
  setHostU32(octets, FLAGS, sa.flags);
}

/** Reads {@link SADB_SA_LENGTH} octets. */
export function parseSadbSa2(octets: Uint8Array): SadbSa2 {
  return {
    kind: 'X_SA2',
    mode: u8(octets, MODE),
    sequenceNumber: hostU32(octets, SEQUENCE),
    reqid: hostU32(octets, REQID),
  };
}

/** Writes {@link SADB_SA_LENGTH} octets, which are zero, but for the extension header. */
export function emitSadbSa2({ mode, sequenceNumber, reqid }: SadbSa2, octets: Uint8Array): void {
  setU8(octets, MODE, mode);
  setHostU32(octets, SEQUENCE, sequenceNumber);
  setHostU32(octets, REQID, reqid);
}
