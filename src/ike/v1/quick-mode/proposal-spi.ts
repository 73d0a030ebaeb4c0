/**
 * SPIs as proposals have them: of four octets, and CPIs of two (RFC 2407 §4.6.1, RFC 3173 §4.1).
 *
 * @module
 */
import type { IpsecProtocol } from '../../../ipsec/policy.ts';
import { LARGEST_CPI, LEAST_SPI } from '../../../ipsec/sa-parameters.ts';
import { setU16, setU32, u16, u32 } from '../../../octets/octets.ts';

const SPI_LENGTH = 4;
const CPI_LENGTH = 2;

/** How long an SPI is that we propose first. */
export function spiLength(protocol: IpsecProtocol): number {
  return protocol === 'ipcomp' ? CPI_LENGTH : SPI_LENGTH;
}

/** The SPI that a peer proposes for `protocol`; `null` when it is none that packets can have. */
export function readSpi(protocol: IpsecProtocol, octets: Uint8Array): number | null {
  if (octets.length === SPI_LENGTH) {
    const spi = u32(octets, 0);
    // RFC 3173 §4.1: a CPI may come in four octets.
    const fits = protocol === 'ipcomp' ? spi >= 1 && spi <= LARGEST_CPI : spi >= LEAST_SPI;
    return fits ? spi : null;
  }
  if (protocol !== 'ipcomp' || octets.length !== CPI_LENGTH) return null;
  const cpi = u16(octets, 0);
  return cpi === 0 ? null : cpi;
}

/** `spi` in `length` octets, 2 or 4. */
export function spiOctets(spi: number, length: number): Uint8Array {
  const octets = new Uint8Array(length);
  if (length === CPI_LENGTH) setU16(octets, 0, spi);
  else setU32(octets, 0, spi);
  return octets;
}
