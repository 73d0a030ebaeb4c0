/**
 * Fragment payloads: a piece of a whole ISAKMP message, header and all, alone in a message of its own
 * (the draft that Cisco, Microsoft and racoon speak).
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |          Fragment ID          |    Number     |     Flags     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ~                             data                              ~
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { setU8, setU16, u8, u16 } from '../../octets/octets.ts';

const ID = 0;
const NUMBER = 2;
const FLAGS = 3;
const DATA = 4;
const LAST = 0x01;

export interface Fragment {
  readonly kind: 'fragment';
  /** The same for all pieces of one message. */
  readonly id: number;
  /** 1 to 255, in the order of the pieces. */
  readonly number: number;
  /** Whether no piece follows. */
  readonly last: boolean;
  readonly data: Uint8Array;
}

/** Reads the body of a fragment payload; the data is a view. */
export function parseFragment(body: Uint8Array): Parsed<Fragment> {
  if (body.length <= DATA) return Malformed.truncated('fragment', DATA + 1, body.length);
  const number = u8(body, NUMBER);
  if (number === 0) return NUMBER_IS_ZERO;
  const last = (u8(body, FLAGS) & LAST) !== 0;
  return { kind: 'fragment', id: u16(body, ID), number, last, data: body.subarray(DATA) };
}

/** The body of the fragment payload. */
export function emitFragment({ id, number, last, data }: Fragment): Uint8Array {
  const body = new Uint8Array(DATA + data.length);
  setU16(body, ID, id);
  setU8(body, NUMBER, number);
  setU8(body, FLAGS, last ? LAST : 0);
  body.set(data, DATA);
  return body;
}

const NUMBER_IS_ZERO = new Malformed('fragment', 'its number is zero');
