/**
 * Single words of a setkey file and what they stand for: numbers, ports, protocols.
 *
 * Every function returns `undefined` when the word is not what it should be, and has reported it.
 * setkey 0.8 let numbers wrap: SPI 4294967297 became 1, port 70000 became 4464. Here that is an
 * error.
 *
 * @module
 */
import { IPSEC_PROTOCOLS, type IpsecProtocol } from '../../ipsec/policy.ts';
import { LARGEST_CPI, LEAST_SPI } from '../../ipsec/sa-parameters.ts';
import { IP_PROTOCOL_NAMES, ipProtocolName, ipProtocolNumber } from '../../net/ip-protocol.ts';
import { portOfService } from '../../net/services.ts';
import type { Report } from '../diagnostic.ts';
import { type Bounds, readNumber } from '../read-word.ts';
import { suggestedFix } from '../suggest.ts';
import type { CompileContext } from './compile-context.ts';
import type { Word } from './syntax.ts';

/** Reads the SPI or the CPI of an SA that there is already, whoever made it. */
export function readSpi(word: Word, protocol: IpsecProtocol, report: Report): number | undefined {
  const isCpi = protocol === 'ipcomp';
  if (isZero(word)) {
    return report.error('spi-zero', word.span, `${isCpi ? 'CPI' : 'SPI'} 0 names no SA`, {
      expected: isCpi ? CPIS : SPIS,
    });
  }
  return readNumber(word, isCpi ? CPI : SPI, report);
}

/** Whether `word` is the number 0. */
export function isZero({ text }: Word): boolean {
  return /^0x0+$|^0+$/i.test(text);
}

/** Reads the SPI of an SA to be made: 1 to 255 are IANA's (RFC 4303 §2.1), but for IPComp. */
export function readNewSpi(
  word: Word,
  protocol: IpsecProtocol,
  report: Report,
): number | undefined {
  const spi = readSpi(word, protocol, report);
  if (spi === undefined || spi >= LEAST_SPI || protocol === 'ipcomp') return spi;
  return report.error('spi-reserved', word.span, `SPI ${spi} is reserved (RFC 4303 §2.1)`, {
    expected: SPIS,
    fix: 'choose an SPI of 256 or more, the same on both hosts',
  });
}

/**
 * Reads a port in brackets: a number, or the name of a service of `protocol`, else of UDP or TCP. 0
 * stands for any, as in a dump; `null` is no port at all.
 */
export function readPort(
  word: Word | null,
  protocol: number | 'any',
  context: CompileContext,
): number | undefined {
  const { report } = context;
  if (word === null || word.text === 'any') return 0;
  if (!/^[a-z]/i.test(word.text)) {
    return readNumber(word, { what: 'a port', least: 0, most: 0xffff }, report);
  }
  const services = context.services();
  const protocols = protocol === 'any' ? [] : [ipProtocolName(protocol)];
  const port = services && portOfService(services, word.text, [...protocols, 'udp', 'tcp']);
  if (port !== undefined && port !== null) return port;
  const message =
    services === null
      ? `cannot find the port of ${word.shown}: there is no /etc/services`
      : `${word.shown} is not a service of /etc/services`;
  return report.error('unknown-service', word.span, message, {
    expected: 'any, a number from 1 to 65535, or the name of a service',
    fix: 'write the number of the port',
  });
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

/** Reads the protocol of an SA or of a rule. `esp-udp`, ESP in UDP, is ESP and goes with SAs. */
export function readIpsecProtocol(
  word: Word,
  report: Report,
  others: readonly string[] = ['esp-udp'],
): IpsecProtocol | undefined {
  const { text, span } = word;
  const known = IPSEC_PROTOCOLS.find((protocol) => protocol === text);
  if (known !== undefined) return known;
  if (others.includes(text)) return 'esp';
  const fix = GONE_PROTOCOLS.get(text);
  if (fix !== undefined) {
    return report.error('protocol-gone', span, `no kernel has ${text} any more`, { fix });
  }
  if (text === 'tcp') {
    return report.error('not-on-linux', span, 'Linux has no SAs for TCP-MD5 (RFC 2385)', {
      expected: 'esp, ah or ipcomp',
      fix: 'set the key in the program that opens the connection (TCP_MD5SIG)',
    });
  }
  const protocols = [...IPSEC_PROTOCOLS, ...others];
  return report.error('unknown-protocol', span, `${word.shown} is not a protocol of IPsec`, {
    expected: protocols.join(', '),
    fix: suggestedFix(text, protocols),
  });
}

const SPI: Bounds = { what: 'an SPI', least: 1, most: 0xffffffff, hex: true };
const SPIS = 'a number from 256 to 4294967295, or 0x100 to 0xffffffff';
/** RFC 3173 §3.3 */
const CPI: Bounds = { what: 'a CPI', least: 1, most: LARGEST_CPI, hex: true };
const CPIS = 'a number from 1 to 65535, or 0x1 to 0xffff';

/** IPSEC_ULPROTO_ANY of KAME, and what `setkey -DP` prints for any. */
const ANY_UPPER = 255;

/** RFC 1827 and RFC 1826: Linux made plain ESP and AH of them, which no old peer understands. */
const GONE_PROTOCOLS: ReadonlyMap<string, string> = new Map([
  ['esp-old', 'write esp, on both hosts'],
  ['ah-old', 'write ah, on both hosts'],
]);
