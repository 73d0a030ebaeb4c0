/**
 * Hosts of a setkey file: from numeric addresses and names to the addresses that they stand for.
 *
 * Every function returns `undefined` when the word is not what it should be, and has reported it.
 *
 * @module
 */
import { formatIpAddress, type IpAddress } from '../../net/ip-address.ts';
import type { Report } from '../diagnostic.ts';
import { looksLikeKey } from '../source.ts';
import type { CompileContext } from './compile-context.ts';
import type { Word } from './syntax.ts';

/** A pair of addresses of one family. */
export interface Ends {
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** Every pair of one family that two hosts stand for; at least one. */
export function readEnds(
  source: Word,
  destination: Word,
  flags: readonly Word[],
  context: CompileContext,
): readonly Ends[] | undefined {
  const from = readHost(source, flags, context);
  const to = readHost(destination, flags, context);
  if (from === undefined || to === undefined) return undefined;
  const pairs = from.flatMap((one) =>
    to.filter((other) => other.version === one.version).map((other) => ends(one, other)),
  );
  if (pairs.length > 0) return pairs;
  return refuseFamilies(from, to, destination, context.report);
}

/** The one pair of addresses that two hosts stand for. */
export function readOneEnds(
  source: Word,
  destination: Word,
  flags: readonly Word[],
  context: CompileContext,
): Ends | undefined {
  const from = readOneHost(source, flags, context);
  const to = readOneHost(destination, flags, context);
  if (from === undefined || to === undefined) return undefined;
  if (from.version === to.version) return ends(from, to);
  return refuseFamilies([from], [to], destination, context.report);
}

/** The one address that a host stands for. `flags` are the `-4`, `-6` and `-n` in front of it. */
export function readOneHost(
  word: Word,
  flags: readonly Word[],
  context: CompileContext,
): IpAddress | undefined {
  const addresses = readHost(word, flags, context);
  if (addresses === undefined || addresses.length === 1) return addresses?.[0];
  const message = `${word.shown} stands for several addresses, and one is needed here`;
  return context.report.error('several-addresses', word.span, message, {
    expected: `one of ${listAddresses(addresses)}`,
    fix: 'write one of the addresses, or -4 or -6 in front if that leaves one',
  });
}

/** The addresses that a host stands for; at least one. */
function readHost(
  word: Word,
  flags: readonly Word[],
  context: CompileContext,
): readonly IpAddress[] | undefined {
  const { report } = context;
  // First, as nearly every word is one; what can be read so is no name.
  const numeric = context.address(word.text);
  if (numeric !== undefined) return ofFamily([numeric], word, flags, report);
  if (!isHostName(word.text)) {
    const address = readAddress(word, context);
    return address && ofFamily([address], word, flags, report);
  }
  if (flags.some((flag) => flag.text.includes('n'))) {
    const message = `${word.shown} is a name, and -n allows none`;
    return report.error('unresolved-name', word.span, message, {
      expected: 'an IPv4 or IPv6 address',
      fix: 'write the address of the host, or leave -n out',
    });
  }
  const lookup = context.host(word.text);
  const addresses = 'addresses' in lookup ? lookup.addresses : [];
  if (addresses.length > 0) return ofFamily(addresses, word, flags, report);
  const reason = 'failure' in lookup ? lookup.failure : 'it has none';
  const message = `cannot find the address of ${word.shown}: ${reason}`;
  return report.error('unresolved-name', word.span, message, {
    fix: 'write the address of the host, or have the name resolved',
  });
}

/** Reads a numeric address, where no name may stand. */
export function readAddress(word: Word, context: CompileContext): IpAddress | undefined {
  const { report } = context;
  const [text, zone] = splitZone(word.text);
  const address = context.address(text);
  if (address === undefined) return refuseAddress(word, report);
  if (zone !== undefined) {
    report.warning('zone-ignored', word.span, `the zone of ${word.shown} plays no part in IPsec`, {
      fix: `write ${text}`,
    });
  }
  return address;
}

/** `fe80::1%lo`; most addresses have no zone. */
function splitZone(text: string): readonly [address: string, zone?: string] {
  const at = text.indexOf('%');
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** Those of `addresses` that the last of `-4` and `-6` asks for; all when neither is there. */
function ofFamily(
  addresses: readonly IpAddress[],
  word: Word,
  flags: readonly Word[],
  report: Report,
): readonly IpAddress[] | undefined {
  if (flags.length === 0) return addresses;
  const flag = flags.findLast(({ text }) => /[46]/.test(text));
  const version = flag?.text.replaceAll(/[^46]/g, '').at(-1);
  if (flag === undefined) return addresses;
  const fitting = addresses.filter((address) => `${address.version}` === version);
  if (fitting.length > 0) return fitting;
  const other = version === '4' ? 6 : 4;
  const what = isHostName(word.text)
    ? `has only IPv${other} addresses`
    : `is an IPv${other} address`;
  const message = `${word.shown} ${what}, and ${flag.text} asks for IPv${version}`;
  return report.error('family-mismatch', word.span, message);
}

/**
 * Whether `text` is the name of a host and nothing else. What ends in a number is the notation of an
 * address, however odd (`10.1`, `0x7f.1`); what looks like a key was meant as one, and must not be
 * told to a name server.
 */
function isHostName(text: string): boolean {
  return HOST_NAME.test(text) && !ENDS_IN_NUMBER.test(text) && !looksLikeKey(text);
}

function ends(source: IpAddress, destination: IpAddress): Ends {
  return { source, destination };
}

function refuseFamilies(
  source: readonly IpAddress[],
  destination: readonly IpAddress[],
  word: Word,
  report: Report,
): undefined {
  const [from, to] = [source[0]?.version, destination[0]?.version];
  const message = `the source is IPv${from} and the destination IPv${to}`;
  return report.error('family-mismatch', word.span, message, {
    expected: `an IPv${from} address`,
  });
}

function refuseAddress(word: Word, report: Report): undefined {
  const { text, span, shown } = word;
  if (text.includes(':')) {
    return report.error('invalid-address', span, `${shown} is not an IPv6 address`, {
      expected: 'groups of hexadecimal digits: 2001:db8::1',
    });
  }
  if (isHostName(text)) {
    return report.error('invalid-address', span, `${shown} is a name, and rules take none`, {
      expected: 'an IPv4 or IPv6 address',
      fix: 'write the address of the host',
    });
  }
  return report.error('invalid-address', span, `${shown} is not an IPv4 address`, {
    expected: 'four numbers from 0 to 255 without leading zeros: 10.9.0.1',
  });
}

function listAddresses(addresses: readonly IpAddress[]): string {
  const shown = addresses.slice(0, MOST_LISTED).map(formatIpAddress);
  const more = addresses.length - shown.length;
  return more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${more} more`;
}

const HOST_NAME = /^(?=.{1,253}$)[\w-]+(?:\.[\w-]+)*\.?$/;
const ENDS_IN_NUMBER = /(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/i;
const MOST_LISTED = 8;
