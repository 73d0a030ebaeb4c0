/**
 * Octets as tcpdump's `-x`, `-X` and `-A` print them: sixteen a line, or as they come.
 *
 *   	0x0000:  4500 0088 0007 0000 4032 0000 0a09 0001  E.......@2......
 *
 * @module
 */
import { hex16 } from '../octets/hex.ts';
import { u8, u16 } from '../octets/octets.ts';
import type { Layer } from './layer.ts';

const OCTETS_PER_LINE = 16;
/** Of the hexadecimal digits of a whole line, each pair of octets after a blank. */
const DIGITS_WIDTH = 40;

/** Lines of digits, with characters beside them if `characters`; each ends with a line end. */
export function hexDump(octets: Uint8Array, from: number, to: number, characters: boolean): string {
  let text = '';
  for (let at = from; at < to; at += OCTETS_PER_LINE) {
    const end = Math.min(at + OCTETS_PER_LINE, to);
    const digits = digitsOf(octets, at, end);
    const shown = characters
      ? `${digits.padEnd(DIGITS_WIDTH)}  ${printable(octets, at, end)}`
      : digits;
    text += `\t0x${hex16(at - from)}: ${shown}\n`;
  }
  return text;
}

/** The octets as characters alone, line ends among them; ends with a line end. */
export function characterDump(octets: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) {
    const octet = u8(octets, at);
    const isEnd = octet === CARRIAGE_RETURN && at + 1 < to && u8(octets, at + 1) === LINE_FEED;
    if (isEnd) continue;
    const kept = isPrintable(octet) || octet === LINE_FEED || octet === TAB;
    text += kept ? String.fromCharCode(octet) : '.';
  }
  return `${text}\n`;
}

/** Where the network layer begins in the octets of `layer`. */
export function networkLayerAt(layer: Layer): number {
  switch (layer.kind) {
    case 'ethernet':
    case 'vlan':
    case 'cooked':
    case 'loopback':
      return networkLayerAt(layer.payload);
    default:
      return layer.at;
  }
}

function digitsOf(octets: Uint8Array, from: number, to: number): string {
  let digits = '';
  for (let at = from; at < to; at += 2) {
    digits += ` ${at + 1 < to ? hex16(u16(octets, at)) : hex16(u8(octets, at)).slice(2)}`;
  }
  return digits;
}

function printable(octets: Uint8Array, from: number, to: number): string {
  let text = '';
  for (let at = from; at < to; at++) {
    const octet = u8(octets, at);
    text += isPrintable(octet) ? String.fromCharCode(octet) : '.';
  }
  return text;
}

/** ASCII, blank excluded as tcpdump has it. */
function isPrintable(octet: number): boolean {
  return octet > 0x20 && octet < 0x7f;
}

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
