/**
 * Single words of a setkey file and what they stand for: numbers, addresses, protocols.
 *
 * Every function returns `undefined` when the word is not what it should be, and has reported it.
 * setkey 0.8 let numbers wrap: SPI 4294967297 became 1, port 70000 became 4464. Here that is an
 * error.
 *
 * @module
 */
import type { IpsecProtocol } from '../../ipsec/policy.ts';
import { LEAST_SPI } from '../../ipsec/sa-parameters.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { IP_PROTOCOL_NAMES, ipProtocolNumber } from '../../net/ip-protocol.ts';
import { ANY_PORT, onePort, type PortRange } from '../../net/port-range.ts';
import type { Report } from '../diagnostic.ts';
import { suggestedFix } from '../suggest.ts';
import type { CompileContext } from './compile-context.ts';
import type { Word } from './syntax.ts';

/** The numbers that may stand somewhere. */
export interface Bounds {
  /** With its article: `an SPI`. */
  readonly what: string;
  readonly least: number;
  readonly most: number;
  /** Whether `0x` and hexadecimal digits will do as well. */
  readonly hex?: boolean;
}

export function readNumber(word: Word, bounds: Bounds, report: Report): number | undefined {
  const { what, least, most, hex = false } = bounds;
  const isHex = /^0x[\da-f]+$/i.test(word.text);
  const expected = `a number from ${least} to ${most}${hex ? ', or 0x and hexadecimal digits' : ''}`;
  if (!(isHex ? hex : /^\d+$/.test(word.text))) {
    const fix = hex && /^[\da-f]{1,8}$/i.test(word.text) ? `write 0x${word.text}` : null;
    return report.error('not-a-number', word.span, `${word.shown} is not ${what}`, {
      expected,
      fix,
    });
  }
  const value = Number(word.text);
  if (value >= least && value <= most) return value;
  const message = `${word.shown} is too ${value < least ? 'small' : 'large'} for ${what}`;
  return report.error('out-of-range', word.span, message, { expected });
}

/** Reads the SPI of an SA that there is already, whoever made it. */
export function readSpi(word: Word, report: Report): number | undefined {
  if (/^0x0+$|^0+$/i.test(word.text)) {
    return report.error('spi-zero', word.span, 'SPI 0 names no SA', {
      expected: 'a number from 256 to 4294967295, or 0x100 to 0xffffffff',
    });
  }
  return readNumber(word, { what: 'an SPI', least: 1, most: 0xffffffff, hex: true }, report);
}

/** Reads the SPI of an SA to be made: 1 to 255 are IANA's (RFC 4303 §2.1). */
export function readNewSpi(word: Word, report: Report): number | undefined {
  const spi = readSpi(word, report);
  if (spi === undefined || spi >= LEAST_SPI) return spi;
  return report.error('spi-reserved', word.span, `SPI ${spi} is reserved (RFC 4303 §2.1)`, {
    expected: 'a number from 256 to 4294967295, or 0x100 to 0xffffffff',
    fix: 'choose an SPI of 256 or more, the same on both hosts',
  });
}

/** Reads a port in brackets; 0 stands for any, as in a dump. `null` is no port at all. */
export function readPort(word: Word | null, report: Report): PortRange | undefined {
  if (word === null || word.text === 'any') return ANY_PORT;
  if (/^[a-z]/i.test(word.text) && !/^0x/i.test(word.text)) {
    const message = `the service name ${word.shown} is not supported yet`;
    return report.error('not-supported', word.span, message, {
      expected: 'any, or a number from 1 to 65535',
      fix: 'write the number of the port',
    });
  }
  const port = readNumber(word, { what: 'a port', least: 0, most: 0xffff }, report);
  return port === undefined ? undefined : port === 0 ? ANY_PORT : onePort(port);
}

/** Reads a numeric address. `flags` are the `-4` and `-6` in front of it. */
export function readAddress(
  word: Word,
  context: CompileContext,
  flags: readonly Word[] = [],
): IpAddress | undefined {
  const { report } = context;
  const [text, zone] = splitZone(word.text);
  const address = context.address(text);
  if (address === undefined) return refuseAddress(word, report);
  if (zone !== undefined) {
    report.warning('zone-ignored', word.span, `the zone of ${word.shown} plays no part in IPsec`, {
      fix: `write ${text}`,
    });
  }
  const wanted = flags.findLast((flag) => /[46]/.test(flag.text));
  const version = wanted?.text.replaceAll(/[^46]/g, '').at(-1);
  if (wanted === undefined || version === `${address.version}`) return address;
  const message = `${word.shown} is an IPv${address.version} address, and ${wanted.text} asks for IPv${version}`;
  return report.error('family-mismatch', word.span, message);
}

/** `fe80::1%lo`; most addresses have no zone. */
function splitZone(text: string): readonly [address: string, zone?: string] {
  const at = text.indexOf('%');
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** Reads an upper-layer protocol by name or number. 0 and 255 are other words for any. */
export function readUpper(word: Word, report: Report): number | 'any' | undefined {
  if (word.text === 'any') return 'any';
  const isNumeric = /^\d/.test(word.text);
  const number = isNumeric
    ? readNumber(word, { what: 'an IP protocol', least: 0, most: 255 }, report)
    : ipProtocolNumber(word.text.toLowerCase());
  if (number !== undefined) return number === 0 || number === ANY_UPPER ? 'any' : number;
  if (isNumeric) return undefined;
  return report.error('unknown-protocol', word.span, `${word.shown} is not an IP protocol`, {
    expected: 'any, or the name or number of a protocol: tcp, udp, icmp, 47',
    fix: suggestedFix(word.text, ['any', ...IP_PROTOCOL_NAMES]),
  });
}

/** Reads the protocol of an SA or of a rule. */
export function readIpsecProtocol(word: Word, report: Report): IpsecProtocol | undefined {
  const { text, span } = word;
  if (text === 'esp' || text === 'ah') return text;
  const fix = LATER_PROTOCOLS.get(text);
  if (fix !== undefined) {
    return report.error('not-supported', span, `${text} is not supported yet`, { fix });
  }
  return report.error('unknown-protocol', span, `${word.shown} is not a protocol of IPsec`, {
    expected: 'esp or ah',
    fix: suggestedFix(text, ['esp', 'ah']),
  });
}

/** A list of words of which one must stand somewhere. */
export interface Choice<T extends string> {
  /** Without its article: `mode`. */
  readonly noun: string;
  readonly words: readonly T[];
  /** What to say of words outside of the list, where more can be said than that. */
  readonly others?: ReadonlyMap<string, string>;
}

export function readChoice<T extends string>(
  word: Word,
  choice: Choice<T>,
  report: Report,
): T | undefined {
  const { noun, words, others } = choice;
  const found = words.find((candidate) => candidate === word.text);
  if (found !== undefined) return found;
  const message = `${word.shown} is not ${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
  return report.error(`unknown-${noun.replaceAll(' ', '-')}`, word.span, message, {
    expected: words.join(', '),
    fix: others?.get(word.text) ?? suggestedFix(word.text, words),
  });
}

/** Reports that source and destination, the latter written as `word`, are of two families. */
export function refuseFamily(
  source: IpAddress,
  destination: IpAddress,
  word: Word,
  report: Report,
): undefined {
  const message = `the source is IPv${source.version} and the destination IPv${destination.version}`;
  return report.error('family-mismatch', word.span, message, {
    expected: `an IPv${source.version} address`,
  });
}

function refuseAddress(word: Word, report: Report): undefined {
  const { text, span, shown } = word;
  if (text.includes(':')) {
    return report.error('invalid-address', span, `${shown} is not an IPv6 address`, {
      expected: 'groups of hexadecimal digits: 2001:db8::1',
    });
  }
  if (/^[\d.]+$/.test(text)) {
    return report.error('invalid-address', span, `${shown} is not an IPv4 address`, {
      expected: 'four numbers from 0 to 255 without leading zeros: 10.9.0.1',
    });
  }
  return report.error('not-supported', span, `the host name ${shown} is not supported yet`, {
    expected: 'an IPv4 or IPv6 address',
    fix: 'write the address of the host',
  });
}

/** IPSEC_ULPROTO_ANY of KAME, and what `setkey -DP` prints for any. */
const ANY_UPPER = 255;

/** Protocols of the full language that this version lacks, and what to do instead. */
const LATER_PROTOCOLS: ReadonlyMap<string, string | null> = new Map([
  ['ipcomp', null],
  ['esp-udp', null],
  ['tcp', null],
  ['esp-old', 'write esp'],
  ['ah-old', 'write ah'],
]);
