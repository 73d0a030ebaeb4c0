import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { peerOf } from '../../../test/support/ike-peers.ts';
import { ikeTraces, traced } from '../../../test/support/ike-trace.ts';
import { wellFormed } from '../../../test/support/ikev1-payloads.ts';
import { type IpAddress, parseIpAddress } from '../../net/ip-address.ts';
import { fromHex, toHex } from '../../octets/hex.ts';
import { sameOctets } from '../../octets/octets.ts';
import {
  emitIdentification,
  type Identification,
  parseIdentification,
} from '../../wire/ikev1/identification.ts';
import { parseIsakmpMessage } from '../../wire/ikev1/message.ts';
import { parsePayloadChain } from '../../wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../wire/ikev1/payload-type.ts';
import { CredentialFault } from '../credential-fault.ts';
import type { Identity } from '../identity.ts';
import type { Path } from '../path.ts';
import {
  identificationFault,
  identificationText,
  identityMatches,
  ownIdentification,
  preSharedKeyNames,
} from './identification.ts';

/** The name of the host that began the negotiation with certificates: C=XX, O=Test, CN=host-a. */
const NAME = octets(
  '302d310b3009060355040613025858310d300b060355040a0c0454657374310f300d06035504030c06686f73742d61',
);
const KEY_ID = Uint8Array.of(0, 1, 2, 0xff);
const MISSING = new CredentialFault({
  kind: 'unusable-file',
  file: 'id',
  reason: 'it is not there',
});

/** Knows one name, and one file. */
const CREDENTIALS = {
  ownName: () => NAME,
  keyId: (path: string) => (path === '/etc/id' ? KEY_ID : MISSING),
  nameMatches: (wanted: readonly unknown[], name: Uint8Array) =>
    wanted.length === 3 && sameOctets(name, NAME),
  nameText: (name: Uint8Array) => (sameOctets(name, NAME) ? 'C=XX, CN=a\x1b' : toHex(name)),
};

const PATH: Path = {
  local: { address: address('10.9.0.1'), port: 500 },
  remote: { address: address('10.9.0.2'), port: 500 },
};

function octets(digits: string): Uint8Array {
  const read = fromHex(digits);
  if (read === undefined) throw new TypeError('It is not hexadecimal');
  return read;
}

function address(text: string): IpAddress {
  const read = parseIpAddress(text);
  if (read === undefined) throw new TypeError('It is no address');
  return read;
}

/** An ID payload of `type`, whose data are text or digits. */
function id(type: number, data: string | Uint8Array): Identification {
  return {
    kind: 'identification',
    type,
    protocol: 0,
    port: 0,
    data: typeof data === 'string' ? new TextEncoder().encode(data) : data,
  };
}

/** What we are, as `my_identifier` says it. */
function ours(identifier: string, path: Path = PATH): string {
  const peer = peerOf(
    `remote anonymous { exchange_mode main; my_identifier ${identifier}; proposal { encryption_algorithm aes; hash_algorithm sha256; authentication_method pre_shared_key; dh_group 14; } }`,
  );
  const own = ownIdentification(peer, path, CREDENTIALS);
  return own instanceof CredentialFault ? `${own}` : toHex(emitIdentification(own));
}

describe('ownIdentification()', () => {
  const traces = ikeTraces();
  const trace = (name: string) => {
    const found = traces.find((each) => each.name === name);
    if (found === undefined) throw new TypeError(`There is no trace ${name}`);
    return found;
  };

  test.skipIf(traces.length === 0)('is what racoon tells of an address', () => {
    const message = trace('aggr-aes256-sha512-modp2048').messages[0] ?? new Uint8Array(0);
    const { header, content } = wellFormed(parseIsakmpMessage(message));
    const { payloads } = wellFormed(parsePayloadChain(header.nextPayload, content));
    const theirs = payloads.find(({ type }) => type === IKEV1_PAYLOAD.ID)?.body;
    expect(ours('address')).toBe(toHex(theirs ?? new Uint8Array(0)));
  });

  test.skipIf(traces.length === 0)('is what racoon tells of a distinguished name', () => {
    const [deciphered] = traced(trace('main-rsasig-x509'), 'decrypted payload, but not trimed.');
    const body = wellFormed(
      parseIdentification((deciphered ?? new Uint8Array(0)).subarray(4, 4 + 4 + 47)),
    );
    // It is the responder's, whose name ends in another letter.
    const theirs = toHex(emitIdentification(body)).replace(/62$/, '61');
    expect(ours('asn1dn "C=XX, O=Test, CN=host-a"')).toBe(theirs);
  });

  test.each([
    ['address 192.0.2.7', '011101f4c0000207'],
    ['address 2001:db8::7', '051101f420010db8000000000000000000000007'],
    ['fqdn "gate"', '0200000067617465'],
    ['user_fqdn "a@b"', '03000000614062'],
    ['keyid tag "k"', '0b0000006b'],
    ['keyid "/etc/id"', '0b000000000102ff'],
    ['keyid file "/etc/other"', 'id cannot be used: it is not there'],
  ])('of %s', (identifier, body) => {
    expect(ours(identifier)).toBe(body);
  });

  test('of an IPv6 address that the exchange has', () => {
    const local = { address: address('fe80::1'), port: 4500 };
    expect(ours('address', { ...PATH, local })).toMatch(/^051101f4fe80/);
  });
});

describe('identityMatches()', () => {
  const matches = (identity: Identity, shown: Identification) =>
    identityMatches([identity], shown, PATH, CREDENTIALS);

  test.each<[Identity, Identification, boolean]>([
    [{ kind: 'address', address: null }, id(1, Uint8Array.of(10, 9, 0, 2)), true],
    [{ kind: 'address', address: null }, id(1, Uint8Array.of(10, 9, 0, 3)), false],
    [{ kind: 'address', address: address('192.0.2.1') }, id(1, Uint8Array.of(192, 0, 2, 1)), true],
    [{ kind: 'address', address: null }, id(4, Uint8Array.of(10, 9, 0, 2, 0, 0, 0, 0)), false],
    [{ kind: 'address', address: null }, id(2, '10.9.0.2'), false],
    [{ kind: 'fqdn', name: 'gw' }, id(2, 'gw'), true],
    [{ kind: 'fqdn', name: 'GW.example' }, id(2, 'gw.EXAMPLE'), true],
    [{ kind: 'fqdn', name: 'gw' }, id(2, 'gw.evil'), false],
    [{ kind: 'fqdn', name: 'gw' }, id(2, 'g'), false],
    [{ kind: 'fqdn', name: 'gw' }, id(2, 'gw\0'), false],
    [{ kind: 'fqdn', name: 'gw' }, id(3, 'gw'), false],
    [{ kind: 'user-fqdn', name: 'a@b' }, id(3, 'a@b'), true],
    [{ kind: 'user-fqdn', name: 'a@b' }, id(3, 'A@b'), false],
    [{ kind: 'user-fqdn', name: 'a@b' }, id(3, 'a@b.c'), false],
    [{ kind: 'key-id', name: 'staff' }, id(11, 'staff'), true],
    [{ kind: 'key-id', name: 'staff' }, id(11, 'staffs'), false],
    [{ kind: 'key-id-file', path: '/etc/id' }, id(11, KEY_ID), true],
    [{ kind: 'key-id-file', path: '/etc/id' }, id(2, KEY_ID), false],
    [{ kind: 'key-id-file', path: '/etc/other' }, id(11, KEY_ID), false],
    [{ kind: 'distinguished-name', name: null }, id(9, 'junk'), true],
    [{ kind: 'distinguished-name', name: null }, id(2, 'junk'), false],
    [{ kind: 'distinguished-name', name: name(3) }, id(9, NAME), true],
    [{ kind: 'distinguished-name', name: name(2) }, id(9, NAME), false],
    [{ kind: 'distinguished-name', name: name(3) }, id(10, NAME), false],
    [{ kind: 'distinguished-name-der', octets: NAME }, id(9, NAME), true],
    [{ kind: 'distinguished-name-der', octets: NAME }, id(9, NAME.subarray(1)), false],
  ])('%o and %o: %s', (wanted, shown, expected) => {
    expect(matches(wanted, shown)).toBe(expected);
  });

  test('none is everybody, and any of several will do', () => {
    expect(identityMatches([], id(200, 'x'), PATH, CREDENTIALS)).toBe(true);
    const wanted: Identity[] = [
      { kind: 'fqdn', name: 'a' },
      { kind: 'fqdn', name: 'b' },
    ];
    expect(identityMatches(wanted, id(2, 'b'), PATH, CREDENTIALS)).toBe(true);
    expect(identityMatches(wanted, id(2, 'c'), PATH, CREDENTIALS)).toBe(false);
  });
});

function name(parts: number) {
  return Array.from({ length: parts }, () => ({ attribute: 'CN', value: null }));
}

test('identificationFault() knows the ports of IKE, and no port', () => {
  const fault = (protocol: number, port: number) =>
    identificationFault({ ...id(1, 'abcd'), protocol, port });
  for (const [protocol, port] of [
    [0, 0],
    [17, 0],
    [17, 500],
    [17, 4500],
  ] as const) {
    expect(fault(protocol, port)).toBeNull();
  }
  expect(fault(6, 500)).toBe('its ID payload is for protocol 6 and port 500');
  expect(fault(0, 500)).not.toBeNull();
  expect(fault(17, 53)).not.toBeNull();
});

test.each([
  [id(1, Uint8Array.of(10, 9, 0, 2)), '10.9.0.2'],
  [id(4, Uint8Array.of(10, 9, 0, 0, 255, 255, 0, 0)), '10.9.0.0/255.255.0.0'],
  [id(7, Uint8Array.of(10, 9, 0, 1, 10, 9, 0, 9)), '10.9.0.1-10.9.0.9'],
  [id(2, 'gate\nINFO: all is well'), 'gate\\u{a}INFO: all is well'],
  [id(9, NAME), 'C=XX, CN=a\\u{1b}'],
  [id(9, Uint8Array.of(1)), '01'],
  [id(77, Uint8Array.of(1, 2)), 'ID of type 77: 0x0102'],
])('identificationText() of %o is %s', (shown, text) => {
  expect(identificationText(shown, CREDENTIALS)).toBe(text);
});

test('identificationText() is one bounded line, whatever comes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 600 }), (body) => {
      const read = parseIdentification(body);
      if (!('kind' in read)) return;
      const text = identificationText(read, CREDENTIALS);
      expect(text.length).toBeLessThan(2200);
      expect(text).not.toMatch(/\p{Cc}/u);
    }),
  );
});

test('preSharedKeyNames() are whom the peer claims to be, and its address', () => {
  expect(preSharedKeyNames(null, PATH)).toEqual(['10.9.0.2']);
  expect(preSharedKeyNames(id(2, 'gate'), PATH)).toEqual(['gate', '10.9.0.2']);
  expect(preSharedKeyNames(id(1, Uint8Array.of(10, 9, 0, 2)), PATH)).toEqual(['10.9.0.2']);
  expect(preSharedKeyNames(id(9, NAME), PATH)).toEqual(['10.9.0.2']);
});
