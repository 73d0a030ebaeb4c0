/**
 * Single values of an ifcfg file: addresses, networks, words of a list.
 *
 * Every function returns `undefined` when the value is not what it should be, and has reported it.
 *
 * @module
 */
import { type IpAddress, parseIpAddress } from '../../net/ip-address.ts';
import { addressBits, hostPrefix, type Prefix } from '../../net/prefix.ts';
import { suggestedFix } from '../suggest.ts';
import type { Variable } from './environment.ts';

/** Reads an address. Names are none: racoon takes none in its files either. */
export function readAddress(variable: Variable): IpAddress | undefined {
  const { name, value, shown } = variable;
  if (value === null) return undefined;
  const address = parseIpAddress(value);
  if (address !== undefined) return address;
  return variable.error('invalid-address', `${shown} is not an IPv4 or IPv6 address`, {
    expected: 'an address: 192.0.2.2 or 2001:db8::2',
    fix: value.includes('/') && !name.endsWith('NET') ? 'leave the prefix length out' : null,
  });
}

/** Reads `10.1.0.0/16`; an address alone is a network of one. */
export function readNetwork(variable: Variable): Prefix | undefined {
  const { value, shown } = variable;
  if (value === null) return undefined;
  const [host = '', bits, ...rest] = value.split('/');
  const address = parseIpAddress(host);
  if (address !== undefined && rest.length === 0) {
    if (bits === undefined) return hostPrefix(address);
    const most = addressBits(address.version);
    if (/^\d{1,3}$/.test(bits) && Number(bits) <= most) return { address, length: Number(bits) };
    const message = `"${bits}" is not an IPv${address.version} prefix length`;
    return variable.error('invalid-network', message, { expected: `a number from 0 to ${most}` });
  }
  return variable.error('invalid-network', `${shown} is not a network`, {
    expected: 'an address and a prefix length: 10.1.0.0/16',
  });
}

/** Reads one of `words`, called a `noun`. */
export function readWord<T extends string>(
  variable: Variable,
  noun: string,
  words: readonly T[],
): T | undefined {
  const { value, shown } = variable;
  if (value === null) return undefined;
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  const article = /^[aeiou]/.test(noun) ? 'an' : 'a';
  return variable.error(
    `unknown-${noun.replaceAll(' ', '-')}`,
    `${shown} is not ${article} ${noun}`,
    {
      expected: words.join(', '),
      fix: suggestedFix(value, words),
    },
  );
}

/** Reads a text that is put in quotes in a file of racoon's, which knows no way to quote a quote. */
export function readQuotable(variable: Variable): string | undefined {
  const { value } = variable;
  if (value === null) return undefined;
  if (!/["\p{Cc}]/u.test(value)) return value;
  return variable.error('unwritable', `${variable.shown} cannot be written to a file of racoon's`, {
    expected: 'a text without quotes and control characters',
  });
}
