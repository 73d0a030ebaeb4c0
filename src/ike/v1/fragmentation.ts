/**
 * ISAKMP messages in pieces, each in a message of its own, for paths that lose fragments of IP (the draft
 * that Cisco, Microsoft and racoon speak).
 *
 * @module
 */
import { Malformed, type Parsed } from '../../octets/malformed.ts';
import { concatenate } from '../../octets/octets.ts';
import { IKE_HEADER_LENGTH, IKE_PAYLOAD_HEADER_LENGTH } from '../../wire/ike.ts';
import { emitFragment, type Fragment } from '../../wire/ikev1/fragment.ts';
import {
  emitIsakmpMessage,
  type IsakmpHeader,
  parseIsakmpMessage,
} from '../../wire/ikev1/message.ts';
import { emitPayloadChain } from '../../wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../wire/ikev1/payload-type.ts';

/** Octets of the longest message that goes in one piece: as racoon has it, with room for headers. */
export const LONGEST_UNFRAGMENTED = 552;
/** Octets of a message in pieces; nobody's certificates need more. */
const MOST_OCTETS = 0x10000;
const MOST_PIECES = 64;
const MOST_MESSAGES = 4;
/** Octets of a piece before its data: the fragment's own header, and those around it. */
const PIECE_OVERHEAD = IKE_HEADER_LENGTH + IKE_PAYLOAD_HEADER_LENGTH + 4;

/** `datagram`, an ISAKMP message, in pieces under `id`; itself when it is short enough. */
export function inPieces(datagram: Uint8Array, id: number): readonly Uint8Array[] {
  if (datagram.length <= LONGEST_UNFRAGMENTED) return [datagram];
  const message = parseIsakmpMessage(datagram);
  if (message instanceof Malformed) throw new Error(`Bug: ${message}`);
  const header: IsakmpHeader = {
    ...message.header,
    nextPayload: IKEV1_PAYLOAD.FRAGMENT,
    // The pieces are not enciphered; what they are pieces of is.
    flags: 0,
  };
  const room = LONGEST_UNFRAGMENTED - PIECE_OVERHEAD;
  const count = Math.ceil(datagram.length / room);
  return Array.from({ length: count }, (_, k) => {
    const data = datagram.subarray(k * room, (k + 1) * room);
    const last = k === count - 1;
    const body = emitFragment({ kind: 'fragment', id, number: k + 1, last, data });
    return emitIsakmpMessage({
      header,
      content: emitPayloadChain([{ type: IKEV1_PAYLOAD.FRAGMENT, body }]),
    });
  });
}

/** The pieces that came of messages of one ISAKMP SA. Bounded in number and octets. */
export class FragmentCollector {
  readonly #messages = new Map<number, PartialMessage>();

  /** Keeps a copy of `fragment`; the message when it is whole, `null` while it is not. */
  take({ id, number, last, data }: Fragment): Parsed<Uint8Array | null> {
    if (number > MOST_PIECES) return new Malformed(WHAT, `its number is ${number}`);
    const message = this.#messageOf(id);
    if (message.pieces.has(number)) return null;
    if (message.octets + data.length > MOST_OCTETS) {
      this.#messages.delete(id);
      return new Malformed(WHAT, `the message is of more than ${MOST_OCTETS} octets`);
    }
    message.pieces.set(number, data.slice());
    message.octets += data.length;
    if (last) message.count = number;
    if (message.pieces.size !== message.count) return null;
    this.#messages.delete(id);
    return concatenate(
      Array.from({ length: message.count }, (_, k) => message.pieces.get(k + 1) ?? NOTHING),
    );
  }

  #messageOf(id: number): PartialMessage {
    const known = this.#messages.get(id);
    if (known !== undefined) return known;
    const [oldest] = this.#messages.keys();
    if (this.#messages.size === MOST_MESSAGES && oldest !== undefined) {
      this.#messages.delete(oldest);
    }
    const message: PartialMessage = { pieces: new Map(), octets: 0, count: null };
    this.#messages.set(id, message);
    return message;
  }
}

interface PartialMessage {
  /** By their numbers, from 1. */
  readonly pieces: Map<number, Uint8Array>;
  octets: number;
  /** Known when the last piece is there. */
  count: number | null;
}

const WHAT = 'fragment';
const NOTHING = new Uint8Array(0);
