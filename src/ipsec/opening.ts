/**
 * A packet on its way through the crypto provider: what inbound processing knows of it meanwhile.
 *
 * @module
 */
import { type IpHeader, newIpHeader } from '../wire/ip.ts';
import type { Sa } from './sa.ts';

/** A packet that is being opened, from `Inbound.begin` to `Inbound.finish`. */
export interface Opening {
  readonly header: IpHeader;
  /** The one whose packet had the same headers, up to ESP; itself where it is like no other. */
  leader: Opening | null;
  sa: Sa | null;
  /** The ESP packet. */
  at: number;
  length: number;
  sequenceNumber: number;
  /** Whether the SA has accepted that number already. */
  isAccepted: boolean;
  /** To ask the crypto provider by. */
  number: number;
}

/** An {@link Opening} to be used for packet after packet. */
export function newOpening(): Opening {
  return {
    header: newIpHeader(),
    leader: null,
    sa: null,
    at: 0,
    length: 0,
    sequenceNumber: 0,
    isAccepted: false,
    number: 0,
  };
}
