/**
 * One layer of protection that a packet has: AH, ESP or IPComp, and what came of looking into it.
 *
 * @module
 */
import type { IpsecProtocol, Mode } from '../ipsec/policy.ts';
import type { IcvCheck } from './icv-check.ts';
import type { SeenSa } from './seen-sa.ts';
import type { Arrival } from './sequence-track.ts';

/** Why a layer was not opened, or not checked. */
export type Obstacle =
  /** Nobody told of the SA. */
  | 'no-sa'
  /** The keys are not told, or this machine lacks the algorithm. */
  | 'no-keys'
  /** The capture ends before the packet does. */
  | 'truncated'
  /** A part of a packet. */
  | 'fragment'
  /** The octets make no such packet. */
  | 'malformed'
  /** The ICV is another. */
  | 'wrong-icv'
  /** Without an ICV to check: what came out is padded as no packet is, so the key is another. */
  | 'wrong-padding';

/** One object serves for packet after packet. */
export interface Protection {
  protocol: IpsecProtocol;
  /** `null` where a fragment does not show it. */
  sa: SeenSa | null;
  /** As far as known, with its high half. */
  sequenceNumber: number;
  /** `unchecked` for IPComp always. */
  icv: IcvCheck;
  obstacle: Obstacle | null;
  /** `null` where the number says nothing: of a packet that is forged, or has none. */
  arrival: Arrival | null;
  /** `null` as long as nobody can tell. */
  mode: Mode | null;
  /** What it held, in the memory of the one who opened it; valid if {@link opened}. */
  opened: boolean;
  payloadAt: number;
  payloadLength: number;
  /** IP protocol number of the payload. */
  nextHeader: number;
}

/** A {@link Protection} to be filled. */
export function newProtection(): Protection {
  return {
    protocol: 'esp',
    sa: null,
    sequenceNumber: 0,
    icv: 'unchecked',
    obstacle: null,
    arrival: null,
    mode: null,
    opened: false,
    payloadAt: 0,
    payloadLength: 0,
    nextHeader: 0,
  };
}
