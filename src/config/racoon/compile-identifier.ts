/**
 * Identities: `asn1dn`, `fqdn "gate.example.net"`, `keyid tag "staff"`, `address`.
 *
 * @module
 */
import type { DistinguishedName, Identity, NamePart } from '../../ike/identity.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import { fromHex } from '../../octets/hex.ts';
import type { Choice } from '../read-word.ts';
import { quote, type Token } from '../token.ts';
import { type Arguments, NOTHING } from './arguments.ts';

/** Reads a type of identity and what it needs. */
export function readIdentity(words: Arguments): Identity {
  const type = words.peek();
  switch (words.choice(IDENTIFIER_TYPE)) {
    case 'address':
      return readAddress(words);
    case 'fqdn':
      return { kind: 'fqdn', name: readName(words, type) };
    case 'user_fqdn':
      return { kind: 'user-fqdn', name: readName(words, type) };
    case 'keyid': {
      const isTag = words.takes('tag');
      if (!isTag) words.takes('file');
      const text = readName(words, type);
      return isTag ? { kind: 'key-id', name: text } : { kind: 'key-id-file', path: text };
    }
    case 'asn1dn':
      return readDistinguishedName(words);
    case 'subnet':
      words.fail('unknown-identifier-type', type, 'a subnet is nobody to speak with', {
        expected: 'address, fqdn, user_fqdn, keyid or asn1dn',
      });
      return { kind: 'address', address: null };
  }
}

/** Reads the text of an identity, which may stand without quotes where it looks like an address. */
function readName(words: Arguments, type: Token): string {
  const start = words.peek();
  const isBare = start !== NOTHING && parseIpAddress(start.text) !== undefined;
  const name = isBare ? words.word('a name').text : words.quoted(`the ${type.text}`);
  if (name === '' && start !== NOTHING) {
    words.fail('empty-identifier', start, `this ${type.text} is empty`);
  }
  return name;
}

function readAddress(words: Arguments): Identity {
  if (!words.hasMore) return { kind: 'address', address: null };
  if (!words.seesQuoted) return { kind: 'address', address: words.address('an address') };
  const token = words.quotedToken('an address');
  const address = parseIpAddress(token.text.slice(1, -1));
  if (address === undefined) {
    words.fail('not-an-address', token, `${token.shown} is not an address`, {
      expected: 'an address in numbers',
    });
  }
  return { kind: 'address', address: address ?? null };
}

function readDistinguishedName(words: Arguments): Identity {
  if (!words.hasMore) return { kind: 'distinguished-name', name: null };
  const token = words.quotedToken('a distinguished name');
  const text = token.text.slice(1, -1);
  if (token === NOTHING) return { kind: 'distinguished-name', name: null };
  if (text.startsWith('~')) {
    const octets = fromHex(text.slice(1));
    if (octets !== undefined && octets.length > 0)
      return { kind: 'distinguished-name-der', octets };
    words.fail('not-hexadecimal', token, 'this is no name in hexadecimal digits', {
      expected: '"~" and an even number of hexadecimal digits',
    });
    return { kind: 'distinguished-name', name: [] };
  }
  const name = parseName(text);
  if (typeof name !== 'string') return { kind: 'distinguished-name', name };
  words.fail('not-a-name', token, `${quote(name)} is no part of a distinguished name`, {
    expected: 'an attribute, "=" and a value: "C=DE, O=Gazette, CN=alice"',
  });
  return { kind: 'distinguished-name', name: [] };
}

/** The parts of a name, between commas or slashes; or the text of the first that is none. */
function parseName(text: string): DistinguishedName | string {
  const parts: NamePart[] = [];
  for (const part of text.replace(/^\s*\//, '').split(/[,/]/)) {
    const equals = part.indexOf('=');
    const attribute = part.slice(0, Math.max(0, equals)).trim();
    const value = part.slice(equals + 1).trim();
    if (attribute === '' || value === '') return part.trim();
    parts.push({ attribute, value: value === '*' ? null : value });
  }
  return parts;
}

const IDENTIFIER_TYPE: Choice<'address' | 'fqdn' | 'user_fqdn' | 'keyid' | 'asn1dn' | 'subnet'> = {
  noun: 'identifier type',
  words: ['address', 'fqdn', 'user_fqdn', 'keyid', 'asn1dn', 'subnet'],
};
