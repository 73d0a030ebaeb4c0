/**
 * Asking for an SPI before there are keys: what names the larval SA that keeps it (RFC 2367 §3.1.1).
 *
 * @module
 */
import type { SaOutline } from './events.ts';
import { UNLIMITED } from './lifetime.ts';
import {
  formatSpi,
  LARGEST_CPI,
  LEAST_SPI,
  NO_EXTRAS,
  type SaParameters,
} from './sa-parameters.ts';

/** An SPI from `least` to `most`, both included, for an SA to be. */
export interface SpiRequest extends Omit<SaOutline, 'spi'> {
  readonly least: number;
  readonly most: number;
}

/** An SPI has 32 bits. */
export const LARGEST_SPI = 0xffffffff;

/** How long a larval SA waits for its keys, as on Linux (net.core.xfrm_acq_expires). */
export const LARVAL_SECONDS = 30;

/** Why no SPI can be looked for, as a clause; `null` when one can. */
export function whyInvalidSpiRequest(request: SpiRequest): string | null {
  const { protocol, source, destination, least, most } = request;
  if (source.version !== destination.version) return 'the addresses are of different IP versions';
  const largest = protocol === 'ipcomp' ? LARGEST_CPI : LARGEST_SPI;
  const lowest = protocol === 'ipcomp' ? 1 : LEAST_SPI;
  if (Number.isInteger(least) && Number.isInteger(most) && least >= lowest) {
    if (least <= most && most <= largest) return null;
  }
  return `${formatSpi(least)} to ${formatSpi(most)} is no range within ${lowest} to ${largest}`;
}

/** The larval SA for `request` under `spi`: without keys, and with little time. */
export function larvalParameters(request: SpiRequest, spi: number): SaParameters {
  const { source, destination, protocol, mode, reqid } = request;
  return {
    source,
    destination,
    protocol,
    spi,
    mode,
    reqid,
    replayWindow: 0,
    encryption: null,
    integrity: null,
    ...NO_EXTRAS,
    softLifetime: UNLIMITED,
    hardLifetime: { ...UNLIMITED, seconds: LARVAL_SECONDS },
  };
}

/** In the words of a refusal: the range of `request` has no SPI left. */
export function whyNoSpi({ least, most }: SpiRequest): string {
  return `no SPI from ${formatSpi(least)} to ${formatSpi(most)} is free`;
}
