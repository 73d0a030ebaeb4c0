/**
 * `struct sadb_supported` (RFC 2367 §2.3.8): the algorithms of one kind that the kernel offers. Four
 * octets of nothing behind the extension header, then for each:
 *
 *   0  number          octet
 *   1  IV length       octet, in octets
 *   2  least key       16 bits in host order, in bits
 *   4  longest key     16 bits in host order, in bits; two octets of nothing follow
 *
 * @module
 */
import { hostU16, setHostU16 } from '../octets/host.ts';
import { setU8, u8 } from '../octets/octets.ts';

const ALGORITHMS = 8;
const ALGORITHM_LENGTH = 8;

const NUMBER = 0;
const IV_LENGTH = 1;
const LEAST_BITS = 2;
const MOST_BITS = 4;

export type SadbSupportedKind = 'SUPPORTED_AUTH' | 'SUPPORTED_ENCRYPT';

export interface SadbAlgorithm {
  readonly number: number;
  /** In octets. */
  readonly ivLength: number;
  readonly leastBits: number;
  readonly mostBits: number;
}

export interface SadbSupported {
  readonly kind: SadbSupportedKind;
  readonly algorithms: readonly SadbAlgorithm[];
}

/** In octets. */
export function sadbSupportedLength({ algorithms }: SadbSupported): number {
  return ALGORITHMS + algorithms.length * ALGORITHM_LENGTH;
}

/** Reads a multiple of 8 octets. */
export function parseSadbSupported(octets: Uint8Array, kind: SadbSupportedKind): SadbSupported {
  const algorithms: SadbAlgorithm[] = [];
  for (let at = ALGORITHMS; at < octets.length; at += ALGORITHM_LENGTH) {
    algorithms.push({
      number: u8(octets, at + NUMBER),
      ivLength: u8(octets, at + IV_LENGTH),
      leastBits: hostU16(octets, at + LEAST_BITS),
      mostBits: hostU16(octets, at + MOST_BITS),
    });
  }
  return { kind, algorithms };
}

/** Writes to `octets`, which are zero, all but the extension header. */
export function emitSadbSupported({ algorithms }: SadbSupported, octets: Uint8Array): void {
  for (const [place, algorithm] of algorithms.entries()) {
    const at = ALGORITHMS + place * ALGORITHM_LENGTH;
    setU8(octets, at + NUMBER, algorithm.number);
    setU8(octets, at + IV_LENGTH, algorithm.ivLength);
    setHostU16(octets, at + LEAST_BITS, algorithm.leastBits);
    setHostU16(octets, at + MOST_BITS, algorithm.mostBits);
  }
}
