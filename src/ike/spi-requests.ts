/**
 * The SPIs that a negotiation needs: one for each layer that comes in.
 *
 * @module
 */
import { LEAST_SPI } from '../ipsec/sa-parameters.ts';
import { LARGEST_SPI, type SpiRequest } from '../ipsec/spi-request.ts';
import type { Bundle } from './bundle.ts';

/** An SPI of ours for each layer of `bundle`, in their order. */
export function spiRequests(bundle: Bundle): readonly SpiRequest[] {
  return bundle.map(({ protocol, mode, local, remote, inboundReqid }) => ({
    protocol,
    mode,
    source: remote,
    destination: local,
    reqid: inboundReqid,
    least: LEAST_SPI,
    most: protocol === 'ipcomp' ? LARGEST_NEGOTIATED_CPI : LARGEST_SPI,
  }));
}

/** Those beyond are for private use (RFC 3173 §3.3). */
const LARGEST_NEGOTIATED_CPI = 61439;
