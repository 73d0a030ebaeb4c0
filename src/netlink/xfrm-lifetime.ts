/**
 * `struct xfrm_lifetime_cfg` and `struct xfrm_lifetime_cur` (linux/xfrm.h): how long an SA or a policy
 * may live, and how much of that is behind it. Integers of 64 bits in host order:
 *
 *      limits                         usage
 *   0  soft octets                    octets
 *   8  hard octets                    packets
 *  16  soft packets                   when added
 *  24  hard packets                   when first used
 *  32  soft seconds since added
 *  40  hard seconds since added
 *  48  soft seconds since first used
 *  56  hard seconds since first used
 *
 * @module
 */
import { hostU32, LITTLE_ENDIAN, setHostU64 } from '../octets/host.ts';

export const XFRM_LIMITS_LENGTH = 64;
export const XFRM_USAGE_LENGTH = 32;

/** No limit to octets or packets; all 64 bits set. Limits of seconds have 0 for it. */
export const XFRM_INF: number = Number.POSITIVE_INFINITY;

/** What may be reached: a soft limit warns, a hard one ends. */
export interface XfrmLimits {
  readonly softOctets: number;
  readonly hardOctets: number;
  readonly softPackets: number;
  readonly hardPackets: number;
  readonly softAddSeconds: number;
  readonly hardAddSeconds: number;
  readonly softUseSeconds: number;
  readonly hardUseSeconds: number;
}

/** What has been reached. */
export interface XfrmUsage {
  readonly octets: number;
  readonly packets: number;
  /** Seconds since the epoch. */
  readonly addTime: number;
  /** Seconds since the epoch; 0 for never. An SA has its first use here, a policy its last. */
  readonly useTime: number;
}

/** No limit at all. */
export const XFRM_UNLIMITED: XfrmLimits = {
  softOctets: XFRM_INF,
  hardOctets: XFRM_INF,
  softPackets: XFRM_INF,
  hardPackets: XFRM_INF,
  softAddSeconds: 0,
  hardAddSeconds: 0,
  softUseSeconds: 0,
  hardUseSeconds: 0,
};

/** Reads the {@link XFRM_LIMITS_LENGTH} octets at `at`, which must be there. */
export function parseXfrmLimits(octets: Uint8Array, at: number): XfrmLimits {
  return {
    softOctets: count(octets, at),
    hardOctets: count(octets, at + 8),
    softPackets: count(octets, at + 16),
    hardPackets: count(octets, at + 24),
    softAddSeconds: count(octets, at + 32),
    hardAddSeconds: count(octets, at + 40),
    softUseSeconds: count(octets, at + 48),
    hardUseSeconds: count(octets, at + 56),
  };
}

/** Writes `limits` to the {@link XFRM_LIMITS_LENGTH} octets at `at`. */
export function emitXfrmLimits(limits: XfrmLimits, octets: Uint8Array, at: number): void {
  setCount(octets, at, limits.softOctets);
  setCount(octets, at + 8, limits.hardOctets);
  setCount(octets, at + 16, limits.softPackets);
  setCount(octets, at + 24, limits.hardPackets);
  setCount(octets, at + 32, limits.softAddSeconds);
  setCount(octets, at + 40, limits.hardAddSeconds);
  setCount(octets, at + 48, limits.softUseSeconds);
  setCount(octets, at + 56, limits.hardUseSeconds);
}

/** Reads the {@link XFRM_USAGE_LENGTH} octets at `at`, which must be there. */
export function parseXfrmUsage(octets: Uint8Array, at: number): XfrmUsage {
  return {
    octets: count(octets, at),
    packets: count(octets, at + 8),
    addTime: count(octets, at + 16),
    useTime: count(octets, at + 24),
  };
}

/** Writes `usage` by itself. */
export function emitXfrmUsage(usage: XfrmUsage): Uint8Array {
  const octets = new Uint8Array(XFRM_USAGE_LENGTH);
  setCount(octets, 0, usage.octets);
  setCount(octets, 8, usage.packets);
  setCount(octets, 16, usage.addTime);
  setCount(octets, 24, usage.useTime);
  return octets;
}

/** Reads 64 bits; exact up to 2^53, as octets and seconds are. */
export function count(octets: Uint8Array, at: number): number {
  const [low, high] = LITTLE_ENDIAN ? [at, at + 4] : [at + 4, at];
  const value = hostU32(octets, high) * 2 ** 32 + hostU32(octets, low);
  return value >= 2 ** 64 ? XFRM_INF : value;
}

function setCount(octets: Uint8Array, at: number, value: number): void {
  if (value === XFRM_INF) octets.fill(0xff, at, at + 8);
  else setHostU64(octets, at, value);
}
