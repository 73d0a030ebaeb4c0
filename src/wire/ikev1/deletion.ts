/**
 * Delete payloads (RFC 2408 §3.15): SAs that the sender has no longer.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |              Domain of Interpretation  (DOI)                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Protocol-Id  |   SPI Size    |           # of SPIs           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~               Security Parameter Index(es) (SPI)              ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { setU8, setU16, setU32, u8, u16, u32 } from '../../octets/octets.ts';

const DOI_AT = 0;
const PROTOCOL_ID = 4;
const SPI_SIZE = 5;
const SPI_COUNT = 6;
const SPIS = 8;

export interface Deletion {
  readonly kind: 'deletion';
  /** One of `DOI` of `ipsec-doi.ts`, or another number. */
  readonly doi: number;
  /** One of `PROTOCOL_ID`, or another number. */
  readonly protocolId: number;
  /** All of one length, at most 255 octets; of an ISAKMP SA both cookies. */
  readonly spis: readonly Uint8Array[];
}

/** Reads the body of a D payload; SPIs are views. */
export function parseDeletion(body: Uint8Array): Parsed<Deletion> {
  if (body.length < SPIS) return Malformed.truncated(WHAT, SPIS, body.length);
  const size = u8(body, SPI_SIZE);
  const count = u16(body, SPI_COUNT);
  if (size === 0 && count > 0) return new Malformed(WHAT, `${count} SPIs of no octets`);
  const length = SPIS + count * size;
  if (body.length !== length) {
    return new Malformed(WHAT, `${count} SPIs need ${length} octets, got ${body.length}`);
  }
  const spis = Array.from({ length: count }, (_, k) =>
    body.subarray(SPIS + k * size, SPIS + (k + 1) * size),
  );
  return { kind: 'deletion', doi: u32(body, DOI_AT), protocolId: u8(body, PROTOCOL_ID), spis };
}

/** The body of the D payload. */
export function emitDeletion({ doi, protocolId, spis }: Deletion): Uint8Array {
  const size = spis[0]?.length ?? 0;
  const body = new Uint8Array(SPIS + spis.length * size);
  setU32(body, DOI_AT, doi);
  setU8(body, PROTOCOL_ID, protocolId);
  setU8(body, SPI_SIZE, size);
  setU16(body, SPI_COUNT, spis.length);
  for (const [k, spi] of spis.entries()) body.set(spi, SPIS + k * size);
  return body;
}

const WHAT = 'D payload';
