/**
 * What may follow the name of a protocol in a selector: `icmp 8,0`, `gre 1234`.
 *
 * Linux keeps both where the ports are: the type, or the upper half of a GRE key, as the source port,
 * the code, or the lower half, as the destination port. So the language has both forms, and 0 stands
 * for any, as with ports.
 *
 * @module
 */
import type { MessageSelector, Selector } from '../../ipsec/selector.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import { hasMessages, IP_PROTOCOL, ipProtocolName } from '../../net/ip-protocol.ts';
import { u32 } from '../../octets/octets.ts';
import type { Report } from '../diagnostic.ts';
import { type Bounds, readNumber } from '../read-word.ts';
import { quote } from '../token.ts';
import type { SelectorText, Word } from './syntax.ts';

type Detail = Pick<Selector, 'message' | 'greKey'>;

/** Whether packets of `protocol` have no ports, and types of messages or keys instead. */
export function hasDetail(protocol: number | 'any'): protocol is number {
  return hasMessages(protocol) || protocol === IP_PROTOCOL.gre;
}

/** Compiles what a selector says of messages or keys; `undefined` when it was wrong and reported. */
export function compileDetail(
  text: SelectorText,
  protocol: number,
  report: Report,
): Detail | undefined {
  const { misc, source, destination } = text;
  const ports = [source.port, destination.port].map((port) => (isAny(port) ? null : port));
  const [first = null, second = null] = ports;
  const port = first ?? second;
  if (misc !== null && port !== null) {
    const message = `found a port beside ${misc.shown}, which says the same`;
    return report.error('unexpected-port', port.span, message, { fix: 'leave the port out' });
  }
  if (protocol === IP_PROTOCOL.gre) {
    const greKey = misc === null ? readHalves(first, second, report) : readKey(misc, report);
    return greKey === undefined ? undefined : { message: null, greKey: greKey || null };
  }
  const [type, code] = misc === null ? [first, second] : splitMessage(misc);
  const message = readMessage(type, code, protocol, report);
  return message === undefined ? undefined : { message, greKey: null };
}

function isAny(port: Word | null): boolean {
  return port === null || port.text === 'any';
}

/** `8,0` or `8`, each part with its own place. */
function splitMessage(misc: Word): [Word, Word | null] {
  const comma = misc.text.indexOf(',');
  if (comma === -1) return [misc, null];
  const { start, end } = misc.span;
  return [
    part(misc.text.slice(0, comma), { start, end: start + comma }),
    part(misc.text.slice(comma + 1), { start: start + comma + 1, end }),
  ];
}

function part(text: string, span: Word['span']): Word {
  return { text, shown: quote(text), span };
}

/** `null` when every message is meant. */
function readMessage(
  type: Word | null,
  code: Word | null,
  protocol: number,
  report: Report,
): MessageSelector | null | undefined {
  const name = ipProtocolName(protocol);
  const types: Bounds = { what: `a type of ${name}`, least: 0, most: 0xff };
  // RFC 6275 §6.1.1: a mobility header has a type alone
  const mostCode = protocol === IP_PROTOCOL['mobility-header'] ? 0 : 0xff;
  const codes: Bounds = { what: `a code of ${name}`, least: 0, most: mostCode };
  const typeNumber = type === null ? 0 : readNumber(type, types, report);
  const codeNumber = code === null ? 0 : readNumber(code, codes, report);
  if (typeNumber === undefined || codeNumber === undefined) return undefined;
  if (type !== null && typeNumber === 0 && protocol === IP_PROTOCOL.icmp) {
    const message = 'type 0 stands for every type, and not for echo replies';
    report.warning('zero-is-any', type.span, message, { fix: 'leave it out to mean all of icmp' });
  }
  if (typeNumber === 0 && codeNumber === 0) return null;
  return { type: typeNumber || null, code: codeNumber || null };
}

/** A GRE key: a number, or four octets with dots, which is all that setkey took. */
function readKey(word: Word, report: Report): number | undefined {
  const quad = parseIpAddress(word.text);
  if (quad?.version === 4) return u32(quad.octets, 0);
  return readNumber(word, GRE_KEY, report);
}

function readHalves(first: Word | null, second: Word | null, report: Report): number | undefined {
  const upper = first === null ? 0 : readNumber(first, HALF_KEY, report);
  const lower = second === null ? 0 : readNumber(second, HALF_KEY, report);
  return upper === undefined || lower === undefined ? undefined : upper * 2 ** 16 + lower;
}

const GRE_KEY: Bounds = { what: 'a GRE key', least: 0, most: 0xffffffff, hex: true };
const HALF_KEY: Bounds = { what: 'a half of a GRE key', least: 0, most: 0xffff };
