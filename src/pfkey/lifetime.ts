/**
 * `struct sadb_lifetime` (RFC 2367 §2.3.2): what an SA or policy has used up, or when it ends.
 *
 *   4  allocations     32 bits; on Linux, packets
 *   8  octets          64 bits
 *  16  add time        64 bits; seconds since the epoch, or after it was added
 *  24  use time        64 bits; the same of its use
 *
 * All in host order.
 *
 * @module
 */
import { hostU32, hostU64, setHostU32, setHostU64 } from '../octets/host.ts';

const ALLOCATIONS = 4;
const OCTETS = 8;
const ADD_TIME = 16;
const USE_TIME = 24;

/** In octets, extension header included. */
export const SADB_LIFETIME_LENGTH = 32;

/** Which of the three it is. */
export type SadbLifetimeKind = 'LIFETIME_CURRENT' | 'LIFETIME_HARD' | 'LIFETIME_SOFT';

export interface SadbLifetime {
  readonly kind: SadbLifetimeKind;
  /** In packets; 0 for no limit. */
  readonly allocations: number;
  /** 0 for no limit, as with the times. */
  readonly octets: number;
  /** A time for `LIFETIME_CURRENT`, a duration for the others; in seconds. */
  readonly addTime: number;
  readonly useTime: number;
}

/** Reads {@link SADB_LIFETIME_LENGTH} octets. */
export function parseSadbLifetime(octets: Uint8Array, kind: SadbLifetimeKind): SadbLifetime {
  return {
    kind,
    allocations: hostU32(octets, ALLOCATIONS),
    octets: hostU64(octets, OCTETS),
    addTime: hostU64(octets, ADD_TIME),
    useTime: hostU64(octets, USE_TIME),
  };
}

/** Writes {@link SADB_LIFETIME_LENGTH} octets but for the extension header. */
export function emitSadbLifetime(lifetime: SadbLifetime, octets: Uint8Array): void {
  setHostU32(octets, ALLOCATIONS, lifetime.allocations);
  setHostU64(octets, OCTETS, lifetime.octets);
  setHostU64(octets, ADD_TIME, lifetime.addTime);
  setHostU64(octets, USE_TIME, lifetime.useTime);
}
