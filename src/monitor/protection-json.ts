/**
 * Layers of protection as `ipseal watch --json` prints them. No key is among it.
 *
 * @module
 */
import { formatSpi } from '../ipsec/sa-parameters.ts';
import type { IcvCheck } from './icv-check.ts';
import type { Obstacle, Protection } from './protection.ts';
import type { Arrival } from './sequence-track.ts';

export interface ProtectionJson {
  readonly protocol: Protection['protocol'];
  /** `0x00000201`; `null` in a fragment that does not show it. */
  readonly spi: string | null;
  /** With its high half, where sequence numbers are extended and it is known. */
  readonly sequenceNumber: number;
  readonly mode: Protection['mode'];
  readonly icv: IcvCheck;
  /** Why it was not opened or not checked; `null` when it was. */
  readonly obstacle: Obstacle | null;
  /** How the packet stands to those of the SA that came before; `null` of a forged one. */
  readonly arrival: Arrival | null;
  /** Names as setkey has them; `null` where the SA is not known. */
  readonly encryption: string | null;
  readonly integrity: string | null;
}

export function protectionToJson(protection: Protection): ProtectionJson {
  const { protocol, sa, sequenceNumber, mode, icv, obstacle, arrival } = protection;
  const known = sa?.keyed?.pattern.sa;
  return {
    protocol,
    spi: sa && formatSpi(sa.id.spi),
    sequenceNumber,
    mode,
    icv,
    obstacle,
    arrival,
    encryption: known?.encryption?.algorithm.name ?? null,
    integrity: known?.integrity?.algorithm.name ?? null,
  };
}
