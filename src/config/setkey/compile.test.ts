import { describe, expect, test } from 'vitest';
import type { Change } from '../../ipsec/change.ts';
import type { Policy } from '../../ipsec/policy.ts';
import type { SaParameters } from '../../ipsec/sa-parameters.ts';
import { formatSelectorAddresses } from '../../ipsec/selector.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { toHex } from '../../octets/hex.ts';
import type { SetkeyOptions } from './compile-context.ts';
import { readSetkey } from './read.ts';

const KEY_16 = '0x000102030405060708090a0b0c0d0e0f';
const KEY_20 = `${KEY_16}10111213`;
const KEY_32 = `${KEY_16}101112131415161718191a1b1c1d1e1f`;

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

function policy(text: string): Policy {
  const [first] = policies(`spdadd ${text};`);
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
      hardLifetime: { seconds: 3600, octets: 1000000 },
      softLifetime: { seconds: 3000, octets: 900000 },
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
      hardLifetime: { seconds: 0, octets: 0 },
      softLifetime: { seconds: 0, octets: 0 },
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
    expect(sa(`::1 ::2 esp 256 -E aes-cbc ${KEY_32} -A null`).integrity).toBeNull();
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
    [
      `alice ::2 esp 256 -E aes-cbc ${KEY_16}`,
      'not-supported: the host name "alice" is not supported yet',
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
    [`::1 ::2 esp-udp 256 -E aes-cbc ${KEY_16}`, 'not-supported: esp-udp is not supported yet'],
    [`::1 ::2 esp-udp ::3 256 -E aes-cbc ${KEY_16}`, 'not-supported: esp-udp is not supported yet'],
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
    ['::1 ::2 esp 256 -E null', 'no-protection: -E null without -A protects nothing'],
    ['::1 ::2 esp 256 -E null -A null', 'no-protection: -E null without -A protects nothing'],
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
    ['::1 ::2 ah 256 -A keyed-md5 0x1234', 'not-supported: keyed-md5 is not supported yet'],
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
      { kind: 'get-sa', id: { protocol: 'ah', spi: 768 } },
    ]);
  });

  test('that this version lacks are errors that say so', () => {
    expect(errors('flush ipcomp')).toEqual(['not-supported: ipcomp is not supported yet']);
    expect(errors('dump esp-udp')).toEqual(['not-supported: esp-udp is not supported yet']);
    expect(errors('delete ::1 ::2 tcp 0x1000')).toEqual([
      'not-supported: tcp is not supported yet',
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

  test('gives an inbound policy its forward twin, reqids included, unless told not to', () => {
    const text =
      'spdadd ::1 ::2 any -P in ipsec esp/tunnel/1::1-2::2/unique:5 ah/transport//unique;';
    const [inbound, forward, ...more] = policies(text);
    expect(more).toEqual([]);
    expect(inbound?.direction).toBe('inbound');
    expect(forward).toEqual({ ...inbound, direction: 'forward' });
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
      'not-supported: the service name "http" is not supported yet',
    ],
    ['::1[80] ::2 esp -P out none', 'unexpected-port: packets of esp have no ports'],
    [
      '::1[3] ::2[1] icmp -P out none',
      'not-supported: the ICMP type and code in the place of a port is not supported yet',
    ],
    [
      '::1 ::2 icmp6 128,0 -P out none',
      'not-supported: the ICMPv6 type and code "128,0" is not supported yet',
    ],
    [
      '::1 ::2 icmp 8 -P out none',
      'not-supported: the ICMP type and code "8" is not supported yet',
    ],
    [
      '::1 ::2 gre 0.0.4.210 -P out none',
      'not-supported: the GRE key "0.0.4.210" is not supported yet',
    ],
    ['::1 ::2 udp foo -P out none', 'unexpected-token: found "foo" in the place of -P'],
    ['::1 ::2 256 -P out none', 'out-of-range: "256" is too large for an IP protocol'],
    ['::1 ::2 nosuchproto -P out none', 'unknown-protocol: "nosuchproto" is not an IP protocol'],
    ['::1 ::2 any -P sideways none', 'unknown-direction: "sideways" is not a direction'],
    ['::1 ::2 any -P out', 'missing-action: the policy has no action'],
    ['::1 ::2 any -P out allow', 'unknown-action: "allow" is not an action'],
    [
      '::1 ::2 any -P out bypass',
      'not-supported: "bypass", an action of policies of sockets, is not supported yet',
    ],
    [
      '::1 ::2 any -P out entrust',
      'not-supported: "entrust", an action of policies of sockets, is not supported yet',
    ],
    ['::1 ::2 any -P out ipsec', 'no-rules: ipsec without a rule protects nothing'],
    [
      '::1 ::2 any -P out prio high + 1073741825 none',
      'out-of-range: "1073741825" is too large for a priority',
    ],
    ['::1 ::2 any -P out prio mid none', 'unknown-priority: "mid" is not a priority'],
    [
      '::1 ::2 any -P out ipsec ipcomp/transport//use',
      'not-supported: ipcomp is not supported yet',
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
      '::1 ::2 any -P out ipsec esp/tunnel/alice-1::1/use',
      'not-supported: the host name "alice" is not supported yet',
    ],
    [
      '::1 ::2 any -P out ipsec esp/tunnel/1::1[4500]-1::2[4500]/use',
      'not-supported: a port at the end of a tunnel (UDP encapsulation) is not supported yet',
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
