/**
 * What a pcapng file says of an interface: what its packets begin with, and what its clock counts
 * (draft-ietf-opsawg-pcapng §4.2).
 *
 * @module
 */
import { u8 } from '../octets/octets.ts';
import { fileU16, fileU32 } from './file-order.ts';

/** The resolution of timestamps, one octet. */
export const TSRESOL_OPTION = 9;
/** Seconds to add to timestamps, 8 octets. */
const TSOFFSET_OPTION = 14;
const END_OF_OPTIONS = 0;

export interface PcapngInterface {
  readonly linkType: number;
  /** The most octets that were kept of a packet; 0 says nothing. */
  readonly snapLength: number;
  /** The time that a timestamp, in two halves, stands for. */
  readonly clock: (high: number, low: number) => Time;
}

/** Since 1970-01-01 00:00 UTC. */
interface Time {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** The interface of an interface description block with `options`; unknown ones mean nothing. */
export function parsePcapngInterface(
  fixed: Pick<PcapngInterface, 'linkType' | 'snapLength'>,
  options: Uint8Array,
  little: boolean,
): PcapngInterface {
  let resolution = MICROSECONDS;
  let offset = 0;
  for (let at = 0; at + 4 <= options.length; ) {
    const code = fileU16(options, at, little);
    const length = fileU16(options, at + 2, little);
    const value = at + 4;
    if (code === END_OF_OPTIONS || value + length > options.length) break;
    if (code === TSRESOL_OPTION && length === 1) resolution = u8(options, value);
    if (code === TSOFFSET_OPTION && length === 8) offset = seconds64(options, value, little);
    at = value + ((length + 3) & ~3);
  }
  return { ...fixed, clock: clockOf(resolution, offset) };
}

/** A negative power of ten, or of two if the top bit is set. */
function clockOf(resolution: number, offset: number): PcapngInterface['clock'] {
  if (resolution === MICROSECONDS) {
    return (high, low) => {
      // Below 2^53 for some 285 years.
      const microseconds = high * 2 ** 32 + low;
      const seconds = Math.floor(microseconds / 1_000_000);
      const nanoseconds = (microseconds - seconds * 1_000_000) * 1000;
      return { seconds: seconds + offset, nanoseconds };
    };
  }
  const exponent = BigInt(resolution & 0x7f);
  const perSecond = resolution & 0x80 ? 2n ** exponent : 10n ** exponent;
  return (high, low) => {
    const ticks = (BigInt(high) << 32n) | BigInt(low);
    const seconds = ticks / perSecond;
    const nanoseconds = ((ticks - seconds * perSecond) * 1_000_000_000n) / perSecond;
    return { seconds: Number(seconds) + offset, nanoseconds: Number(nanoseconds) };
  };
}

/** Signed. */
function seconds64(octets: Uint8Array, at: number, little: boolean): number {
  const [high, low] = little ? [at + 4, at] : [at, at + 4];
  return (fileU32(octets, high, little) | 0) * 2 ** 32 + fileU32(octets, low, little);
}

const MICROSECONDS = 6;
