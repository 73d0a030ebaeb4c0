/**
 * ESP in UDP over IPv4 as a socket with UDP_GRO gives it (`src/io/esp-in-udp.ts`), without the socket:
 * datagrams of one length, and a last one that may be shorter, come as one message.
 *
 * @module
 */
import type { UnprotectedInterface } from '../../src/dataplane/interfaces.ts';
import type { Following } from '../../src/ipsec/opening-train.ts';
import type { Packet } from '../../src/ipsec/packet.ts';
import { setU16 } from '../../src/octets/octets.ts';
import { IPV4_HEADER_LENGTH, setIpv4TotalLength, updateIpv4Checksum } from '../../src/wire/ipv4.ts';
import { UDP_HEADER_LENGTH } from '../../src/wire/udp.ts';

const HEADERS_LENGTH = IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH;
const UDP_LENGTH = IPV4_HEADER_LENGTH + 4;
/** As Linux has them (UDP_GRO_CNT_MAX). */
const MOST_DATAGRAMS = 64;
const LONGEST_MESSAGE = 0xffff - HEADERS_LENGTH;

/** Octets of memory that a message takes, with the headers of its first packet. */
export const MESSAGE_LENGTH: number = 64 + 0x10000;

/** What was put in, to be received. */
export interface Messages extends Pick<UnprotectedInterface, 'receive' | 'following' | 'passOver'> {
  /** How many packets were passed over so far. */
  readonly passedOver: number;
  /** Puts in a whole IPv4 packet. */
  put(packet: Uint8Array): void;
  /** Has what is put in next come later than what was. */
  endMessage(): void;
}

interface Message {
  readonly headers: Uint8Array;
  readonly at: number;
  /** Of the first datagram; the last may be shorter. */
  readonly size: number;
  length: number;
  datagrams: number;
  isEnded: boolean;
}

/** Gives what was put in, from the first on, when it was {@link rewind}ed. */
export class UdpMessages implements Messages {
  readonly following: Following = { at: 0, stride: 0, length: 0, count: 0, frontLength: 0 };
  /** How many packets were passed over so far. */
  passedOver = 0;
  readonly #octets: Uint8Array;
  readonly #place: number;
  readonly #stored: Uint8Array;
  #end = 0;
  #messages: Message[] = [];
  #given = 0;
  #size = 0;
  #next = 0;
  #left = 0;

  /**
   * Takes up to `capacity` octets, and gives them in `octets`, where {@link MESSAGE_LENGTH} at `place` are its
   * own.
   */
  constructor(octets: Uint8Array, place: number, capacity: number) {
    this.#octets = octets;
    this.#place = place;
    this.#stored = new Uint8Array(capacity);
  }

  /** Whether there is something to receive. */
  get isPending(): boolean {
    return this.#left > 0 || this.#given < this.#messages.length;
  }

  /** Forgets all. */
  clear(): void {
    this.#messages = [];
    this.#end = 0;
    this.#given = 0;
    this.#left = 0;
  }

  /** Puts in a whole IPv4 packet. It joins the message before unless that `isEnded`. */
  put(packet: Uint8Array): void {
    const esp = packet.subarray(HEADERS_LENGTH);
    this.#stored.set(esp, this.#end);
    const message = this.#messageFor(packet, esp.length);
    message.length += esp.length;
    message.datagrams += 1;
    message.isEnded ||= esp.length < message.size || message.datagrams === MOST_DATAGRAMS;
    this.#end += esp.length;
  }

  /** Has what is put in next begin a message. */
  endMessage(): void {
    const last = this.#messages.at(-1);
    if (last !== undefined) last.isEnded = true;
  }

  #messageFor(packet: Uint8Array, size: number): Message {
    const last = this.#messages.at(-1);
    const fits = last && size <= last.size && last.length + size <= LONGEST_MESSAGE;
    if (last && fits && !last.isEnded) return last;
    const headers = packet.slice(0, HEADERS_LENGTH);
    const made = { headers, at: this.#end, size, length: 0, datagrams: 0, isEnded: false };
    this.#messages.push(made);
    return made;
  }

  receive(packet: Packet): boolean {
    if (this.#left === 0 && !this.#receiveMessage()) return false;
    const octets = this.#octets;
    const at = this.#next;
    const length = Math.min(this.#size, this.#left);
    this.#next += length;
    this.#left -= length;
    octets.copyWithin(packet.at, this.#place, this.#place + HEADERS_LENGTH);
    octets.copyWithin(packet.at + HEADERS_LENGTH, at, at + length);
    packet.length = HEADERS_LENGTH + length;
    if (length < this.#size) this.#shorten(packet);
    this.following.at = this.#next;
    this.following.count = Math.floor(this.#left / this.#size);
    return true;
  }

  #receiveMessage(): boolean {
    const message = this.#messages[this.#given];
    if (message === undefined) return false;
    const { at, length, size, headers } = message;
    this.#given += 1;
    this.#next = this.#place + 64;
    this.#left = length;
    this.#size = size;
    this.following.stride = size;
    this.following.length = size;
    this.#octets.set(headers, this.#place);
    this.#octets.set(this.#stored.subarray(at, at + length), this.#next);
    return true;
  }

  #shorten({ at, length }: Packet): void {
    setIpv4TotalLength(this.#octets, at, length);
    updateIpv4Checksum(this.#octets, at);
    setU16(this.#octets, at + UDP_LENGTH, length - IPV4_HEADER_LENGTH);
  }

  passOver(count: number): void {
    this.passedOver += count;
    this.#next += count * this.#size;
    this.#left -= count * this.#size;
  }
}
