import { describe, expect, test } from 'vitest';
import { NULL_INTEGRITY } from '../../crypto/null.ts';
import type { Change } from '../../ipsec/change.ts';
import { UNLIMITED } from '../../ipsec/lifetime.ts';
import type { Policy } from '../../ipsec/policy.ts';
import type { SaParameters } from '../../ipsec/sa-parameters.ts';
import { formatSelectorAddresses } from '../../ipsec/selector.ts';
import { formatIpAddress, parseIpAddress } from '../../net/ip-address.ts';
import { ANY_PORT } from '../../net/port-range.ts';
import { parseServices } from '../../net/services.ts';
import { toHex } from '../../octets/hex.ts';
import type { SetkeyOptions } from './compile-context.ts';
import type { HostLookup, Names } from './names.ts';
import { readSetkey } from './read.ts';

const KEY_16 = '0x000102030405060708090a0b0c0d0e0f';
const KEY_20 = `${KEY_16}10111213`;
const KEY_32 = `${KEY_16}101112131415161718191a1b1c1d1e1f`;

const address = (text: string) => parseIpAddress(text) ?? expect.unreachable();

const NAMES: Names = {
  hosts: new Map<string, HostLookup>([
    ['alice', { addresses: ['10.9.0.1', '2001:db8::1'].map(address) }],
    ['bob', { addresses: ['10.9.0.2', '2001:db8::2', '2001:db8::3'].map(address) }],
    ['six', { addresses: [address('2001:db8::6')] }],
    ['carol', { failure: 'no such host is known' }],
    ['erin', { addresses: [] }],
  ]),
  services: parseServices(
    'domain 53/tcp\ndomain 53/udp\nhttp 80/tcp\nshell 514/tcp\nsyslog 512/tcp\nsyslog 513/udp\nipsec-nat-t 4500/udp',
  ),
};

function changes(text: string, options?: SetkeyOptions): readonly Change[] {
  const { steps, diagnostics } = readSetkey({ name: 't', text }, options);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return steps.flatMap((step) => (step.kind === 'change' ? step.changes : []));
}

function sa(text: string, options?: SetkeyOptions): SaParameters {
  const [change] = changes(`add ${text};`, options);
  if (change?.kind !== 'add-sa') throw new Error('no SA');
  return change.sa;
}

function policies(text: string, options?: SetkeyOptions): Policy[] {
  return changes(text, options).flatMap((change) =>
    change.kind === 'add-policy' || change.kind === 'update-policy' ? [change.policy] : [],
  );
}

function policy(text: string, options?: SetkeyOptions): Policy {
  const [first] = policies(`spdadd ${text};`, options);
  if (first === undefined) throw new Error('no policy');
  return first;
}

/** Code and message of each error. */
function errors(text: string): string[] {
  const { steps, diagnostics } = readSetkey({ name: 't', text: `${text};` });
  const found = diagnostics.filter(({ severity }) => severity === 'error');
  if (found.length > 0) expect(steps).toEqual([]);
  return found.map(({ code, message }) => `${code}: ${message}`);
}

function warnings(text: string): string[] {
  const { diagnostics } = readSetkey({ name: 't', text: `${text};` });
  return diagnostics.map(({ severity, code }) => `${severity} ${code}`);
}

describe('add', () => {
  test('makes an SA of what it says', () => {
    const made = sa(
      `192.0.2.2 192.0.2.1 esp 514 -m tunnel -r 64 -u 16 -lh 3600 -ls 3000 -bh 1000000 -bs 900000 ` +
        `-E aes-cbc ${KEY_16} -A hmac-sha1 ${KEY_20}`,
    );
    expect(made).toMatchObject({
      protocol: 'esp',
      spi: 514,
      mode: 'tunnel',
      reqid: 16,
      replayWindow: 64,
      hardLifetime: { ...UNLIMITED, seconds: 3600, octets: 1000000 },
      softLifetime: { ...UNLIMITED, seconds: 3000, octets: 900000 },
      encryption: { algorithm: { name: 'aes-cbc' } },
      integrity: { algorithm: { name: 'hmac-sha1' }, icvLength: 12 },
    });
    expect(formatIpAddress(made.source)).toBe('192.0.2.2');
    expect(formatIpAddress(made.destination)).toBe('192.0.2.1');
    expect(toHex(made.encryption?.key.expose() ?? new Uint8Array())).toBe(KEY_16.slice(2));
    expect(toHex(made.integrity?.key.expose() ?? new Uint8Array())).toBe(KEY_20.slice(2));
  });

  test('means transport mode, no reqid, no replay check and no lifetime unless told otherwise', () => {
    expect(sa(`::1 ::2 ah 0x100 -A hmac-sha256 ${KEY_32}`)).toMatchObject({
      protocol: 'ah',
      spi: 256,
      mode: 'transport',
      reqid: 0,
      replayWindow: 0,
      encryption: null,
      hardLifetime: UNLIMITED,
      softLifetime: UNLIMITED,
    });
    expect(sa(`::1 ::2 ah 0x100 -m any -A hmac-sha256 ${KEY_32}`).mode).toBe('transport');
  });

  test('takes keys as digits, even an odd number of them, and as texts of several lines', () => {
    const keyOf = (key: string) =>
      toHex(sa(`::1 ::2 ah 256 -A hmac-md5 ${key}`).integrity?.key.expose() ?? new Uint8Array());
    expect(keyOf('0XFF02030405060708090A0B0C0D0E0F10')).toBe('ff02030405060708090a0b0c0d0e0f10');
    expect(keyOf('0x102030405060708090a0b0c0d0e0f10')).toBe('0102030405060708090a0b0c0d0e0f10');
    expect(keyOf('"authentication!!"')).toBe('61757468656e7469636174696f6e2121');
    expect(keyOf('"0123456;\n#89abc\n"')).toBe('303132333435363b0a2338396162630a');
    expect(keyOf('"éééééééé"')).toBe('c3a9'.repeat(8));
  });

  test('knows the aliases of setkey', () => {
    expect(sa(`::1 ::2 esp 256 -E rijndael-cbc ${KEY_16}`).encryption?.algorithm.name).toBe(
      'aes-cbc',
    );
    expect(sa(`::1 ::2 ah 256 -A hmac-sha2-256 ${KEY_32}`).integrity?.algorithm.name).toBe(
      'hmac-sha256',
    );
    expect(sa(`::1 ::2 esp 256 -E simple -A hmac-sha256 ${KEY_32}`)).toMatchObject({
      encryption: { algorithm: { name: 'null' }, key: { length: 0 } },
    });
    expect(sa(`::1 ::2 esp 256 -E aes-cbc ${KEY_32}`).integrity).toBeNull();
    expect(sa(`::1 ::2 esp 256 -E aes-cbc ${KEY_32} -A null`).integrity).toMatchObject({
      algorithm: NULL_INTEGRITY,
      key: { length: 0 },
      icvLength: 0,
    });
  });

  test('truncates HMAC-SHA-256 as the options or the name say, and the name wins', () => {
    const icvLength = (name: string, sha256Icv: 'classic' | 'rfc4868') =>
      sa(`::1 ::2 ah 256 -A ${name} ${KEY_32}`, { sha256Icv }).integrity?.icvLength;
    expect(icvLength('hmac-sha256', 'classic')).toBe(12);
    expect(icvLength('hmac-sha2-256', 'classic')).toBe(12);
    expect(icvLength('hmac-sha256', 'rfc4868')).toBe(16);
    expect(icvLength('hmac-sha256-96', 'rfc4868')).toBe(12);
    expect(icvLength('hmac-sha256-128', 'classic')).toBe(16);
    expect(sa(`::1 ::2 ah 256 -A hmac-sha256 ${KEY_32}`).integrity?.icvLength).toBe(12);
    expect(errors(`add ::1 ::2 ah 256 -A hmac-sha256-64 ${KEY_32}`)).toHaveLength(1);
  });

  for (const [text, error] of [
    [`::1 ::2 esp 0 -E aes-cbc ${KEY_16}`, 'spi-zero: SPI 0 names no SA'],
    [`::1 ::2 esp 0x0 -E aes-cbc ${KEY_16}`, 'spi-zero: SPI 0 names no SA'],
    [`::1 ::2 esp 255 -E aes-cbc ${KEY_16}`, 'spi-reserved: SPI 255 is reserved (RFC 4303 §2.1)'],
    [
      `::1 ::2 esp 0x100000000 -E aes-cbc ${KEY_16}`,
      'out-of-range: "0x100000000" is too large for an SPI',
    ],
    [`::1 ::2 esp 1a2b -E aes-cbc ${KEY_16}`, 'not-a-number: "1a2b" is not an SPI'],
    [
      `::1 10.9.0.2 esp 256 -E aes-cbc ${KEY_16}`,
      'family-mismatch: the source is IPv6 and the destination IPv4',
    ],
    [
      `-4 10.9.0.1 ::2 ah 256 -A hmac-sha256 ${KEY_32}`,
      'family-mismatch: "::2" is an IPv6 address, and -4 asks for IPv4',
    ],
    [`10.1 ::2 esp 256 -E aes-cbc ${KEY_16}`, 'invalid-address: "10.1" is not an IPv4 address'],
    [`0x7f.1 ::2 esp 256 -E aes-cbc ${KEY_16}`, 'invalid-address: "0x7f.1" is not an IPv4 address'],
    [
      `${KEY_16.slice(2)} ::2 esp 256 -E aes-cbc ${KEY_16}`,
      'invalid-address: … is not an IPv4 address',
    ],
    [
      `010.9.0.1 10.9.0.2 esp 256 -E aes-cbc ${KEY_16}`,
      'invalid-address: "010.9.0.1" is not an IPv4 address',
    ],
    [`::1::2 ::2 esp 256 -E aes-cbc ${KEY_16}`, 'invalid-address: "::1::2" is not an IPv6 address'],
    [
      `::1[80] ::2 esp 256 -E aes-cbc ${KEY_16}`,
      'unexpected-port: found a port, and SAs have none',
    ],
    ['::1 ::2 esp-old 256 -E null', 'protocol-gone: no kernel has esp-old any more'],
    ['::1 ::2 ah-old 256 -r 4 -A keyed-md5 "x"', 'protocol-gone: no kernel has ah-old any more'],
    ['::1 ::2 tcp 0x1000 -A tcp-md5 "x"', 'not-on-linux: Linux has no SAs for TCP-MD5 (RFC 2385)'],
    ['::1 ::2 ipcomp 0x10000 -C deflate', 'out-of-range: "0x10000" is too large for a CPI'],
    ['::1 ::2 ipcomp 0 -C deflate', 'spi-zero: CPI 0 names no SA'],
    ['::1 ::2 ipcomp 3 -C lzs', 'algorithm-gone: no kernel offers lzs'],
    ['::1 ::2 ipcomp 3 -C oui', 'algorithm-gone: no kernel offers oui'],
    ['::1 ::2 ipcomp 3 -C defalte', 'unknown-algorithm: "defalte" is not an algorithm for -C'],
    [
      '::1 ::2 ipcomp 3',
      'missing-algorithm: ipcomp needs a compression algorithm, and -C is missing',
    ],
    [
      '::1 ::2 ipcomp 3 -E null -C deflate',
      'unfitting-algorithm: ipcomp has no keys, and -E no place in it',
    ],
    [
      '::1 ::2 esp 256 -E null -C deflate',
      'unfitting-algorithm: esp does not compress, and -C has no place in it',
    ],
    [
      '::1 ::2 esp 256 -esp_frag 500 -E null',
      'unfitting-option: -esp_frag goes with esp-udp, and not with esp',
    ],
    ['::1[65536] ::2 esp-udp 256 -E null', 'out-of-range: "65536" is too large for a port'],
    ['::1 ::2 esp-udp 10.1 256 -E null', 'invalid-address: "10.1" is not an IPv4 address'],
    [
      '::1 ::2 esp 256 -ctx 1 256 "x" -E null',
      'out-of-range: "256" is too large for the number of a security module',
    ],
    ['::1 ::2 esp 256 -ctx 1 1 "" -E null', 'invalid-label: the text is not a security label'],
    ['::1 ::2 esp 256 -ctx 1 1 "x\ny" -E null', 'invalid-label: the text is not a security label'],
    [`::1 ::2 psp 256 -E aes-cbc ${KEY_16}`, 'unknown-protocol: "psp" is not a protocol of IPsec'],
    [`::1 ::2 esp 256 -m tunel -E aes-cbc ${KEY_16}`, 'unknown-mode: "tunel" is not a mode'],
    [
      `::1 ::2 esp 256 -r 4097 -E aes-cbc ${KEY_16}`,
      'out-of-range: "4097" is too large for a replay window',
    ],
    [
      `::1 ::2 esp 256 -u 4294967296 -E aes-cbc ${KEY_16}`,
      'out-of-range: "4294967296" is too large for a reqid',
    ],
    [
      `::1 ::2 esp 256 -f pad -E aes-cbc ${KEY_16}`,
      'unknown-way-of-padding: "pad" is not a way of padding',
    ],
    [
      `::1 ::2 esp 256 -A hmac-sha256 ${KEY_32}`,
      'missing-algorithm: esp needs an encryption algorithm, and -E is missing',
    ],
    ['::1 ::2 ah 256', 'missing-algorithm: ah needs an integrity algorithm, and -A is missing'],
    ['::1 ::2 ah 256 -A null', 'no-protection: ah with -A null protects nothing'],
    [
      `::1 ::2 ah 256 -E null -A hmac-sha256 ${KEY_32}`,
      'unfitting-algorithm: ah does not encrypt, and -E has no place in it',
    ],
    ['::1 ::2 esp 256 -E null "abcd"', 'unexpected-key: null takes no key'],
    ['::1 ::2 esp 256 -E aes-cbc', 'missing-key: aes-cbc needs a key'],
    [
      '::1 ::2 esp 256 -E aes-cbc 00112233445566778899aabbccddeeff',
      'bare-key: found a word in the place of a key',
    ],
    [
      '::1 ::2 esp 256 -E aes-cbc 0x123',
      'key-length: a key of 16 bits (2 octets, 3 hex digits) does not fit aes-cbc',
    ],
    [
      '::1 ::2 esp 256 -E aes-cbc "x"',
      'key-length: a key of 8 bits (1 octet) does not fit aes-cbc',
    ],
    [
      '::1 ::2 esp 256 -E aes-cbc "\ufffd23456789abcd"',
      'key-encoding: the key has octets that are not UTF-8',
    ],
    [
      '::1 ::2 esp 256 -E 3des-cbc "123456781234567812345678"',
      'weak-key: the key repeats one of its thirds, which leaves single DES',
    ],
    [
      '::1 ::2 esp 256 -E aes-gcm-16 0x1234',
      'key-length: a key of 16 bits (2 octets, 4 hex digits) does not fit aes-gcm-16',
    ],
    [
      `::1 ::2 esp 256 -E aes-gcm-16 0x${'12'.repeat(20)} -A hmac-sha1 0x${'12'.repeat(20)}`,
      'unfitting-algorithm: aes-gcm-16 has an ICV of its own, and -A has no place beside it',
    ],
    [
      `::1 ::2 esp 256 -E aes-ctr 0x${'12'.repeat(20)} -A null`,
      'missing-integrity: aes-ctr without -A lets anybody change what it hides, bit by bit',
    ],
    ['::1 ::2 esp 256 -E skipjack 0x1234', 'algorithm-gone: no kernel offers skipjack any more'],
    [
      '::1 ::2 esp 256 -E hmac-sha1 0x1234',
      'unknown-algorithm: "hmac-sha1" is not an algorithm for -E',
    ],
    ['::1 ::2 ah 256 -A keyed-md5 0x1234', 'algorithm-gone: no kernel offers keyed-md5 any more'],
    [
      '::1 ::2 ah 256 -A tcp-md5 0x1234',
      'not-on-linux: tcp-md5 (RFC 2385) signs TCP segments, and on Linux no SA does that',
    ],
    [
      '::1 ::2 ah 256 -A hmac-sha-256 0x1234',
      'unknown-algorithm: "hmac-sha-256" is not an algorithm for -A',
    ],
  ] as const) {
    test(`${text.slice(0, 60)} is refused`, () => {
      expect(errors(`add ${text}`)).toEqual([error]);
    });
  }

  test('tells the lengths that a key may have, and never the key', () => {
    const { diagnostics } = readSetkey({
      name: 't',
      text: 'add ::1 ::2 esp 256 -E 3des-cbc "hunter2 hunter2";',
    });
    expect(diagnostics[0]?.expected).toBe('192 bits (24 octets, 48 hex digits)');
    expect(JSON.stringify(diagnostics)).not.toContain('hunter');
  });

  test('knows digits in quotes for what they are', () => {
    const text = `add ::1 ::2 esp 256 -E aes-cbc "${KEY_16}";`;
    expect(readSetkey({ name: 't', text }).diagnostics[0]?.fix).toMatch(/without quotes/);
  });

  test('warns of what it accepts and does not do', () => {
    const rest = `-E aes-cbc ${KEY_16} -A hmac-sha256 ${KEY_16}${KEY_16.slice(2)}`;
    expect(warnings(`add ::1 ::2 esp 256 -f seq-pad -f nocyclic-seq ${rest}`)).toEqual([]);
    expect(warnings(`add ::1 ::2 esp 256 -f random-pad ${rest}`)).toEqual([
      'warning padding-ignored',
    ]);
    expect(warnings(`add fe80::1%lo ::2 esp 256 ${rest}`)).toEqual(['warning zone-ignored']);
    expect(warnings(`add ::1 ::2 esp 256 -u 1 -u 2 ${rest}`)).toEqual(['warning repeated-option']);
    expect(warnings('get ::1 ::2 esp 256 -m tunnel')).toEqual(['warning extension-ignored']);
    expect(warnings('get ::1 ::2 esp 256 -ctx 1 1 "x"')).toEqual(['warning extension-ignored']);
    expect(warnings('add ::1 ::2 esp 256 -E null')).toEqual(['warning no-protection']);
    expect(warnings('add ::1 ::2 esp 256 -E null -A null')).toEqual(['warning no-protection']);
    expect(warnings('add ::1 ::2 ipcomp 3 -C deflate')).toEqual([]);
    expect(warnings('add ::1 ::2 ipcomp 3 -r 4 -C deflate -R')).toEqual([
      'warning no-effect',
      'warning no-effect',
    ]);
    expect(warnings(`add ::1 ::2 esp-udp 256 -esp_frag 552 ${rest}`)).toEqual([
      'warning no-effect',
    ]);
    expect(warnings(`add ::1 ::2 esp 256 -ctx 1 1 "a" -ctx 1 1 "b" ${rest}`)).toEqual([
      'warning repeated-option',
    ]);
  });
});

describe('add of more than ESP and AH', () => {
  test('compresses, in packets without sequence numbers', () => {
    expect(sa('::1 ::2 ipcomp 0x12 -m tunnel -u 7 -r 32 -C deflate -R')).toMatchObject({
      protocol: 'ipcomp',
      spi: 18,
      mode: 'tunnel',
      reqid: 7,
      replayWindow: 0,
      encryption: null,
      integrity: null,
      compression: { name: 'deflate' },
    });
  });

  test('puts ESP in UDP, from and to port 4500 unless told otherwise', () => {
    const encapsulation = (text: string) =>
      sa(`${text} 256 -E aes-cbc ${KEY_16}`, { names: NAMES }).encapsulation;
    const standard = { sourcePort: 4500, destinationPort: 4500, originalAddress: null };
    expect(encapsulation('::1 ::2 esp')).toBeNull();
    expect(encapsulation('::1 ::2 esp-udp')).toEqual(standard);
    expect(encapsulation('::1[any] ::2[0] esp-udp')).toEqual(standard);
    expect(encapsulation('::1[ipsec-nat-t] ::2[1025] esp-udp')).toEqual({
      ...standard,
      destinationPort: 1025,
    });
    const original = encapsulation('::1 ::2 esp-udp 192.0.2.7')?.originalAddress;
    expect(original && formatIpAddress(original)).toBe('192.0.2.7');
    expect(sa(`::1 ::2 esp-udp 256 -E aes-cbc ${KEY_16}`).protocol).toBe('esp');
  });

  test('labels SAs', () => {
    expect(
      sa('::1 ::2 esp 256 -ctx 1 1 "system_u:object_r:ipsec_t:s0" -E null').securityContext,
    ).toEqual({ doi: 1, algorithm: 1, label: 'system_u:object_r:ipsec_t:s0' });
  });
});

describe('names of hosts', () => {
  const ends = (text: string) =>
    changes(text, { names: NAMES }).map((change) => {
      if (change.kind === 'add-policy') {
        return formatSelectorAddresses(change.policy.selector, 'outbound');
      }
      const pair =
        change.kind === 'add-sa' ? change.sa : change.kind === 'delete-sas-between' && change.pair;
      return pair && `${formatIpAddress(pair.source)} ${formatIpAddress(pair.destination)}`;
    });
  const add = 'esp 256 -E null;';

  test('stand for every pair of one family in add, deleteall and get', () => {
    const pairs = ['10.9.0.1 10.9.0.2', '2001:db8::1 2001:db8::2', '2001:db8::1 2001:db8::3'];
    expect(ends(`add alice bob ${add}`)).toEqual(pairs);
    expect(ends('deleteall alice bob;')).toEqual(pairs);
    expect(ends(`add -4 alice bob ${add}`)).toEqual(pairs.slice(0, 1));
    expect(ends(`add -6 alice bob ${add}`)).toEqual(pairs.slice(1));
    expect(ends(`add alice 10.9.0.9 ${add}`)).toEqual(['10.9.0.1 10.9.0.9']);
    const { steps } = readSetkey({ name: 't', text: 'get alice bob ah 256;' }, { names: NAMES });
    expect(steps[0]).toMatchObject({ kind: 'get-sas' });
    const ids = steps[0]?.kind === 'get-sas' ? steps[0].ids : [];
    expect(ids.map(({ destination }) => formatIpAddress(destination))).toEqual([
      '10.9.0.2',
      '2001:db8::2',
      '2001:db8::3',
    ]);
  });

  test('give each SA keys of its own', () => {
    const [first, second] = changes(`add -6 alice bob esp 256 -E aes-cbc ${KEY_16};`, {
      names: NAMES,
    });
    if (first?.kind !== 'add-sa' || second?.kind !== 'add-sa') throw new Error('no SAs');
    expect(second.sa.encryption?.key).not.toBe(first.sa.encryption?.key);
    first.sa.encryption?.key.zeroise();
    expect(toHex(second.sa.encryption?.key.expose() ?? new Uint8Array())).toBe(KEY_16.slice(2));
  });

  test('stand for one address in policies and in delete', () => {
    expect(ends('spdadd -4 alice/24 bob[80] tcp -P out none;')).toEqual([
      '10.9.0.1/24[any] 10.9.0.2[80]',
    ]);
    for (const text of ['spdadd alice bob any -P out none', 'delete alice bob esp 256']) {
      const { diagnostics } = readSetkey({ name: 't', text: `${text};` }, { names: NAMES });
      expect(diagnostics.map(({ code, expected }) => `${code} ${expected}`)).toEqual([
        'several-addresses one of 10.9.0.1, 2001:db8::1',
        'several-addresses one of 10.9.0.2, 2001:db8::2, 2001:db8::3',
      ]);
    }
  });

  for (const [text, error] of [
    [
      `add carol bob ${add}`,
      'unresolved-name: cannot find the address of "carol": no such host is known',
    ],
    [
      `add dave bob ${add}`,
      'unresolved-name: cannot find the address of "dave": nobody has looked it up',
    ],
    [`add erin bob ${add}`, 'unresolved-name: cannot find the address of "erin": it has none'],
    [`add -n alice 10.9.0.2 ${add}`, 'unresolved-name: "alice" is a name, and -n allows none'],
    [`add -4n alice 10.9.0.2 ${add}`, 'unresolved-name: "alice" is a name, and -n allows none'],
    [
      `add -4 six alice ${add}`,
      'family-mismatch: "six" has only IPv6 addresses, and -4 asks for IPv4',
    ],
    [`add six 10.9.0.2 ${add}`, 'family-mismatch: the source is IPv6 and the destination IPv4'],
    [
      'spdadd ::1 ::2 any -P out ipsec esp/tunnel/alice-1::1/use;',
      'invalid-address: "alice" is a name, and rules take none',
    ],
  ] as const) {
    test(`${text} is refused`, () => {
      const { diagnostics, steps } = readSetkey({ name: 't', text }, { names: NAMES });
      expect(steps).toEqual([]);
      const found = diagnostics.filter(({ severity }) => severity === 'error');
      expect(found.map(({ code, message }) => `${code}: ${message}`)).toEqual([error]);
    });
  }

  test('are asked for once each, and only where they may stand', () => {
    const text = `add alice bob ${add} add -6 bob alice ${add} add -n carol ::1 ${add}
      add 10.1 ${KEY_16.slice(2)} ${add} add ::1[http] ::2 esp-udp dave 256 -E null;`;
    const wanted = (options?: SetkeyOptions) =>
      readSetkey({ name: 't', text }, options).wantedNames;
    expect(wanted()).toEqual({ hosts: ['alice', 'bob', 'dave'], services: true });
    expect(wanted({ names: NAMES })).toEqual({ hosts: ['dave'], services: false });
  });
});

describe('other statements', () => {
  test('become changes and requests in their order', () => {
    const text =
      'flush; flush ah; dump; dump esp; spdflush; spddump; deleteall ::1 ::2; deleteall ::1 ::2 ah;' +
      'delete ::1 ::2 esp 200; get ::1 ::2 ah 0x300;';
    const { steps, diagnostics } = readSetkey({ name: 't', text });
    expect(diagnostics).toEqual([]);
    expect(
      steps.map((step) => (step.kind === 'change' ? step.changes[0] : { ...step, at: null })),
    ).toMatchObject([
      { kind: 'flush-sas', protocol: null },
      { kind: 'flush-sas', protocol: 'ah' },
      { kind: 'dump-sas', protocol: null },
      { kind: 'dump-sas', protocol: 'esp' },
      { kind: 'flush-policies' },
      { kind: 'dump-policies' },
      { kind: 'delete-sas-between', pair: { protocol: null } },
      { kind: 'delete-sas-between', pair: { protocol: 'ah' } },
      { kind: 'delete-sa', id: { protocol: 'esp', spi: 200 } },
      { kind: 'get-sas', ids: [{ protocol: 'ah', spi: 768 }] },
    ]);
  });

  test('take ESP in UDP for ESP, and know IPComp', () => {
    const text =
      'flush esp-udp; flush ipcomp; deleteall ::1 ::2 esp-udp; delete ::1[4500] ::2[4500] esp-udp 300; delete ::1 ::2 ipcomp 3;';
    expect(changes(text)).toMatchObject([
      { kind: 'flush-sas', protocol: 'esp' },
      { kind: 'flush-sas', protocol: 'ipcomp' },
      { kind: 'delete-sas-between', pair: { protocol: 'esp' } },
      { kind: 'delete-sa', id: { protocol: 'esp', spi: 300 } },
      { kind: 'delete-sa', id: { protocol: 'ipcomp', spi: 3 } },
    ]);
  });

  test('that nothing carries out are errors that say so', () => {
    expect(errors('flush esp-old')).toEqual(['protocol-gone: no kernel has esp-old any more']);
    expect(errors('delete ::1 ::2 tcp 0x1000')).toEqual([
      'not-on-linux: Linux has no SAs for TCP-MD5 (RFC 2385)',
    ]);
  });
});

describe('getspi', () => {
  const ends = {
    source: parseIpAddress('10.9.0.1'),
    destination: parseIpAddress('10.9.0.2'),
  };

  /** What the one statement of `text` asks for. */
  function request(text: string) {
    const [step, ...more] = readSetkey({ name: 'a.conf', text }).steps;
    expect(more).toEqual([]);
    return step?.kind === 'allocate-spi' ? step.request : expect.unreachable();
  }

  test('of 0 takes any SPI that Linux would take', () => {
    expect(request('getspi 10.9.0.1 10.9.0.2 esp 0;')).toEqual({
      ...ends,
      protocol: 'esp',
      mode: 'transport',
      reqid: 0,
      least: 0x100,
      most: 0x0fffffff,
    });
    expect(request('getspi 10.9.0.1 10.9.0.2 ipcomp 0x0;')).toMatchObject({
      least: 0x100,
      most: 0xffff,
    });
  });

  test('of another number takes that one, for a mode and a reqid', () => {
    expect(request('getspi 10.9.0.1 10.9.0.2 ah 0x1234 -m tunnel -u 7;')).toEqual({
      ...ends,
      protocol: 'ah',
      mode: 'tunnel',
      reqid: 7,
      least: 0x1234,
      most: 0x1234,
    });
  });

  test('of a reserved SPI is refused', () => {
    expect(errors('getspi ::1 ::2 esp 255')).toEqual([
      'spi-reserved: SPI 255 is reserved (RFC 4303 §2.1)',
    ]);
  });

  test('has no use for what belongs to the add', () => {
    const text = 'getspi ::1 ::2 esp 0 -r 4 -u 5 -lh 30 -ctx 1 1 "a:b";';
    const { diagnostics } = readSetkey({ name: 'a.conf', text });
    expect(diagnostics.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      'warning: -r plays no part in getspi',
      'warning: -lh plays no part in getspi',
      'warning: -ctx plays no part in getspi',
    ]);
    expect(errors('getspi ::1[500] ::2 esp 0')).toEqual([
      'unexpected-port: found a port, and SAs have none',
    ]);
  });
});

describe('spdadd', () => {
  test('sees the source as local to outbound packets and the destination to others', () => {
    const text = '10.0.0.0/8[80] 10.9.0.2[any] tcp -P';
    const out = policy(`${text} out none`);
    expect(out.direction).toBe('outbound');
    expect(out.selector).toMatchObject({
      localAddress: { length: 8 },
      localPort: { first: 80, last: 80 },
      remoteAddress: { length: 32 },
      remotePort: { first: 0, last: 65535 },
      nextLayerProtocol: 6,
    });
    for (const [word, direction] of [
      ['in', 'inbound'],
      ['fwd', 'forward'],
    ] as const) {
      const other = policy(`${text} ${word} none`);
      expect(other.direction).toBe(direction);
      expect(other.selector.remotePort).toEqual({ first: 80, last: 80 });
      expect(formatSelectorAddresses(other.selector, direction)).toBe(
        '10.0.0.0/8[80] 10.9.0.2[any]',
      );
    }
  });

  test('gives an inbound policy the forward twin of setkey 0.8, unless told not to', () => {
    const text =
      'spdadd ::1 ::2 any -P in ipsec esp/tunnel/1::1-2::2/unique:5 ah/transport//unique:6 ah/transport//unique;';
    const [inbound, forward, ...more] = policies(text);
    expect(more).toEqual([]);
    expect(inbound?.direction).toBe('inbound');
    expect(forward).toMatchObject({ direction: 'forward', selector: inbound?.selector });
    const reqids = ({ action }: Policy) =>
      action.kind === 'protect' ? action.templates.map(({ reqid }) => reqid) : [];
    expect([inbound, forward].map((each) => each && reqids(each))).toEqual([
      [5, 6, 16384],
      [0, 6, 16385],
    ]);
    expect(policies(text, { fwdTwins: false })).toEqual([inbound]);
    expect(changes('spddelete ::1 ::2 any -P in;').map(({ kind }) => kind)).toEqual([
      'delete-policy',
      'delete-policy',
    ]);
    expect(
      policies('spdadd ::1 ::2 any -P out none; spdadd ::1 ::2 any -P fwd none;'),
    ).toHaveLength(2);
  });

  test('orders rules from the inside out and ends from source to destination', () => {
    const { action } = policy('::1 ::2 any -P in ipsec esp/tunnel/1::1-2::2/use ah/transport');
    expect(action).toMatchObject({
      kind: 'protect',
      templates: [
        { protocol: 'esp', mode: 'tunnel', level: 'use', reqid: 0 },
        { protocol: 'ah', mode: 'transport', endpoints: null, level: 'require', reqid: 0 },
      ],
    });
    const ends = action.kind === 'protect' ? action.templates[0]?.endpoints : null;
    expect(ends && [formatIpAddress(ends.local), formatIpAddress(ends.remote)]).toEqual([
      '2::2',
      '1::1',
    ]);
  });

  test('forgets the addresses of transport rules', () => {
    for (const ends of ['10.9.0.1-10.9.0.2', 'me-any']) {
      const { action } = policy(`::1 ::2 any -P out ipsec esp/transport/${ends}/require`);
      expect(action).toMatchObject({ templates: [{ endpoints: null }] });
    }
  });

  test('numbers bare unique from 16384 on', () => {
    const reqids = policies(
      [
        'spdadd ::1 ::2 any -P out ipsec esp/transport//unique ah/transport//unique;',
        'spdadd ::1 ::3 any -P out ipsec esp/transport//unique:16383;',
        'spdadd ::1 ::4 any -P out ipsec esp/transport//unique;',
      ].join('\n'),
    ).flatMap(({ action }) => (action.kind === 'protect' ? action.templates : []));
    expect(reqids.map(({ reqid }) => reqid)).toEqual([16384, 16385, 16383, 16386]);
    expect(reqids.every(({ level }) => level === 'require')).toBe(true);
  });

  for (const [text, priority] of [
    ['', 0x80000000],
    ['prio 0', 0x80000000],
    ['prio 100', 0x80000000 - 100],
    ['priority -100', 0x80000000 + 100],
    ['prio 2147483648', 0],
    ['prio -2147483647', 0xffffffff],
    ['prio high', 0x40000000],
    ['prio def + 10', 0x80000000 - 10],
    ['prio low - 5', 0xc0000005],
    ['prio low -5', 0xc0000005],
    ['prio high+1', 0x3fffffff],
    ['prio high + 1073741824', 0],
    ['prio low - 1073741823', 0xffffffff],
  ] as const) {
    test(`"${text}" is priority ${priority}`, () => {
      expect(policy(`::1 ::2 any -P out ${text} discard`).priority).toBe(priority);
    });
  }

  for (const [text, upper] of [
    ['any', 'any'],
    ['0', 'any'],
    ['255', 'any'],
    ['ip', 'any'],
    ['tcp', 6],
    ['UDP', 17],
    ['ip4', 4],
    ['icmp6', 58],
    ['47', 47],
    ['gre', 47],
  ] as const) {
    test(`the protocol "${text}" is ${upper}`, () => {
      expect(policy(`::1 ::2 ${text} -P out none`).selector.nextLayerProtocol).toBe(upper);
    });
  }

  test('takes port 0 for any', () => {
    expect(policy('::1[0] ::2[any] tcp -P out none').selector.localPort).toEqual({
      first: 0,
      last: 65535,
    });
  });

  for (const [text, error] of [
    [
      '10.0.0.0/33 10.9.0.2 any -P out none',
      'out-of-range: "33" is too large for an IPv4 prefix length',
    ],
    ['::/129 ::1 any -P out none', 'out-of-range: "129" is too large for an IPv6 prefix length'],
    [
      '::/0 10.9.0.2 any -P out none',
      'family-mismatch: the source is IPv6 and the destination IPv4',
    ],
    ['::1[70000] ::2 tcp -P out none', 'out-of-range: "70000" is too large for a port'],
    [
      '::1[http] ::2 tcp -P out none',
      'unknown-service: cannot find the port of "http": there is no /etc/services',
    ],
    ['::1[80] ::2 esp -P out none', 'unexpected-port: packets of esp have no ports'],
    ['::1[300] ::2[1] icmp -P out none', 'out-of-range: "300" is too large for a type of icmp'],
    [
      '::1 ::2 icmp6 128,256 -P out none',
      'out-of-range: "256" is too large for a code of ipv6-icmp',
    ],
    ['::1 ::2 icmp 8, -P out none', 'not-a-number: "" is not a code of icmp'],
    ['::1 ::2 icmp any,0 -P out none', 'not-a-number: "any" is not a type of icmp'],
    [
      '::1[3] ::2 icmp 8 -P out none',
      'unexpected-port: found a port beside "8", which says the same',
    ],
    ['::1 ::2 mh 5,1 -P out none', 'out-of-range: "1" is too large for a code of mobility-header'],
    ['::1 ::2 gre 1.2.3 -P out none', 'not-a-number: "1.2.3" is not a GRE key'],
    ['::1 ::2 gre 4294967296 -P out none', 'out-of-range: "4294967296" is too large for a GRE key'],
    ['::1 ::2 udp foo -P out none', 'unexpected-token: found "foo" in the place of -P'],
    ['::1 ::2 256 -P out none', 'out-of-range: "256" is too large for an IP protocol'],
    ['::1 ::2 nosuchproto -P out none', 'unknown-protocol: "nosuchproto" is not an IP protocol'],
    ['::1 ::2 any -P sideways none', 'unknown-direction: "sideways" is not a direction'],
    ['::1 ::2 any -P out', 'missing-action: the policy has no action'],
    ['::1 ::2 any -P out allow', 'unknown-action: "allow" is not an action'],
    [
      '::1 ::2 any -P out bypass',
      'not-on-linux: "bypass" is for policies of sockets, and not for those of the SPD',
    ],
    [
      '::1 ::2 any -P out entrust',
      'not-on-linux: "entrust" is for policies of sockets, and not for those of the SPD',
    ],
    ['::1 ::2 any -P out ipsec', 'no-rules: ipsec without a rule protects nothing'],
    [
      '::1 ::2 any -P out prio high + 1073741825 none',
      'out-of-range: "1073741825" is too large for a priority',
    ],
    ['::1 ::2 any -P out prio mid none', 'unknown-priority: "mid" is not a priority'],
    [
      '::1 ::2 any -P out ipsec esp-udp/transport//use',
      'incomplete-rule: "esp" alone is not a rule',
    ],
    [
      '::1 ::2 any -P out ipsec esp/tunnel//use',
      'missing-endpoints: a tunnel needs the addresses of its ends',
    ],
    [
      '::1 ::2 any -P out ipsec esp/tunnel/me-any/use',
      'missing-endpoints: a tunnel needs the addresses of its ends',
    ],
    [
      '::1 ::2 any -P in ipsec esp/transport/me-any/use',
      'unfitting-endpoints: me-any has no place in a policy of direction in',
    ],
    [
      '::1 ::2 any -P out ipsec esp/tunnel/1::1-10.9.0.1/use',
      'family-mismatch: one end is IPv6 and the other IPv4',
    ],
    [
      '::1 ::2 any -P out ipsec esp/tunnel/1::1[4500]-1::2/use',
      'unfitting-endpoints: one end has a port, and the other has none',
    ],
    ['::1 ::2 any -P out ipsec esp/transport//requrie', 'unknown-level: "requrie" is not a level'],
    [
      '::1 ::2 any -P out ipsec esp/transport//unique:0',
      'out-of-range: "unique:0" is too small for unique:N',
    ],
    [
      '::1 ::2 any -P out ipsec esp/transport//unique:16384',
      'out-of-range: "unique:16384" is too large for unique:N',
    ],
    [
      `::1 ::2 any -P out ipsec ${'ah/transport '.repeat(7)}`,
      'too-many-rules: the policy has too many rules',
    ],
  ] as const) {
    test(`${text.slice(0, 60)} is refused`, () => {
      expect(errors(`spdadd ${text}`)).toEqual([error]);
    });
  }

  for (const [text, message] of [
    ['icmp', null],
    ['icmp 8,0', { type: 8, code: null }],
    ['icmp 8', { type: 8, code: null }],
    ['icmp 3,1', { type: 3, code: 1 }],
    ['icmp 0,0', null],
    ['icmp 0,3', { type: null, code: 3 }],
    ['icmp6 128,0', { type: 128, code: null }],
    ['ipv6-icmp 129,0', { type: 129, code: null }],
    ['58 1,4', { type: 1, code: 4 }],
    ['mh 5,0', { type: 5, code: null }],
    ['mobility-header 5', { type: 5, code: null }],
  ] as const) {
    test(`"${text}" picks ${JSON.stringify(message)}`, () => {
      const { selector } = policy(`::1 ::2 ${text} -P out none`);
      expect(selector).toMatchObject({ message, greKey: null, localPort: ANY_PORT });
    });
  }

  test('takes types and codes, and halves of a GRE key, in the place of ports', () => {
    const { selector } = policy('::1[3] ::2[1] icmp -P in none');
    expect(selector).toEqual(policy('::1 ::2 icmp 3,1 -P in none').selector);
    expect(policy('::1[any] ::2[1] icmp -P in none').selector.message).toEqual({
      type: null,
      code: 1,
    });
    expect(policy('::1[2] ::2[3] gre -P out none').selector.greKey).toBe(0x20003);
    expect(warnings('spdadd ::1 ::2 icmp 0,0 -P out none')).toEqual(['warning zero-is-any']);
  });

  for (const [text, greKey] of [
    ['', null],
    ['0.0.4.210', 1234],
    ['1234', 1234],
    ['0x4d2', 1234],
    ['255.255.255.255', 0xffffffff],
    ['0', null],
  ] as const) {
    test(`"gre ${text}" is key ${greKey}`, () => {
      expect(policy(`::1 ::2 gre ${text} -P out none`).selector.greKey).toBe(greKey);
    });
  }

  test('finds the ports of services, those of the protocol first', () => {
    const portOf = (text: string) => policy(`${text} -P out none`, { names: NAMES }).selector;
    expect(portOf('::1[http] ::2[domain] tcp')).toMatchObject({
      localPort: { first: 80, last: 80 },
      remotePort: { first: 53, last: 53 },
    });
    expect(portOf('::1[shell] ::2 tcp').localPort).toEqual({ first: 514, last: 514 });
    expect(portOf('::1[shell] ::2 udp').localPort).toEqual({ first: 514, last: 514 });
    expect(portOf('::1[syslog] ::2 any').localPort).toEqual({ first: 513, last: 513 });
    const { diagnostics } = readSetkey(
      { name: 't', text: 'spdadd ::1[gopherd] ::2 tcp -P out none;' },
      { names: NAMES },
    );
    expect(diagnostics.map(({ code }) => code)).toEqual(['unknown-service']);
  });

  test('labels policies', () => {
    expect(policy('::1 ::2 any -ctx 1 1 "a:b" -P out none').selector.securityContext).toEqual({
      doi: 1,
      algorithm: 1,
      label: 'a:b',
    });
  });

  test('asks for compression as it does for ESP', () => {
    expect(policy('::1 ::2 any -P out ipsec ipcomp/transport//use').action).toMatchObject({
      templates: [{ protocol: 'ipcomp', level: 'use' }],
    });
  });

  test('warns of ports at both ends of a tunnel, which Linux forgets', () => {
    expect(
      warnings('spdadd ::1 ::2 any -P fwd ipsec esp/tunnel/1::1[4500]-1::2[4500]/require'),
    ).toEqual(['warning no-effect']);
  });

  test('warns of rules behind an action that has none', () => {
    expect(warnings('spdadd ::1 ::2 any -P out none esp/transport//use')).toEqual([
      'warning rules-ignored',
    ]);
  });

  test('spddelete takes a direction alone, or a whole policy, which must be right', () => {
    expect(changes('spddelete ::1 ::2 any -P out;')).toMatchObject([
      { kind: 'delete-policy', policy: { direction: 'outbound' } },
    ]);
    expect(changes('spddelete ::1 ::2 any -P out prio 3 ipsec esp/transport//use;')).toHaveLength(
      1,
    );
    expect(errors('spddelete ::1 ::2 any -P out ipsec esp/transport//must')).toHaveLength(1);
  });
});
