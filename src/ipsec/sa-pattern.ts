/**
 * SAs as those who watch are told of them: by a dump, with all there is to know, or by a table for
 * deciphering, which may have wildcards in the place of addresses and SPIs.
 *
 * @module
 */
import { addressBits, hostPrefix, type Prefix } from '../net/prefix.ts';
import type { SaParameters } from './sa-parameters.ts';

export interface SaPattern {
  /** The SA. Of an address or SPI that is a wildcard, only the bits that count mean something. */
  readonly sa: SaParameters;
  readonly source: Prefix;
  readonly destination: Prefix;
  /** The bits of the SPI that count. */
  readonly spiMask: number;
  /** Whether mode and reqid of `sa` are told; tables for deciphering have neither. */
  readonly tellsMode: boolean;
  /** The highest sequence number known, whole: where extended ones are, it tells the high half. */
  readonly sequenceNumber: number;
}

/** Every bit of an SPI counts. */
export const WHOLE_SPI = 0xffffffff;

/** The pattern that meets `sa` and no other. */
export function exactPattern(sa: SaParameters, sequenceNumber = 0): SaPattern {
  return {
    sa,
    source: hostPrefix(sa.source),
    destination: hostPrefix(sa.destination),
    spiMask: WHOLE_SPI,
    tellsMode: true,
    sequenceNumber,
  };
}

/** Every address of `version`. */
export function anyAddress(version: 4 | 6): Prefix {
  return { address: { version, octets: new Uint8Array(addressBits(version) / 8) }, length: 0 };
}
