import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIpAddress } from '../../net/ip-address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import { toHex } from '../../octets/hex.ts';
import { formatDiagnostic } from '../diagnostic.ts';
import { filesOf, type IfcfgReading, outlineOf, readIfcfg } from './read.ts';
import { IPSEC_VARIABLES } from './variables.ts';

const SPIS = 'SPI_ESP_IN=0x1001\nSPI_ESP_OUT=0x1002\n';
const BEGINNING = `TYPE=IPSEC\nDST=192.0.2.2\n`;
const DIGITS = '0123456789abcdef1123456789abcdef2123456789abcdef';
const KEYS = `KEY_ESP=0x${DIGITS}\nKEY_AESP=${'k'.repeat(20)}\n`;
const PSK = `${BEGINNING}IKE_METHOD=PSK\n`;
const PSK_KEYS = 'IKE_PSK=correcthorse\n';

function read(ifcfg: string, keys = ''): IfcfgReading {
  return readIfcfg('ipsec0', [
    { name: 'ifcfg-ipsec0', text: ifcfg },
    { name: 'keys-ipsec0', text: keys },
  ]);
}

/** `ifcfg-ipsec0:2 unknown-algorithm`, of errors and of warnings. */
function problems({ diagnostics }: IfcfgReading, severity: string): readonly string[] {
  return diagnostics
    .filter((diagnostic) => diagnostic.severity === severity)
    .map(({ file, line, code }) => `${file}:${line} ${code}`);
}

describe('manual keying', () => {
  test('has the SAs of both directions, with the algorithms of the scripts', () => {
    const reading = read(`${BEGINNING}${SPIS}`, KEYS);
    expect(problems(reading, 'error')).toEqual([]);
    expect(problems(reading, 'warning')).toEqual([
      'keys-ipsec0:1 weak-algorithm',
      'keys-ipsec0:2 weak-algorithm',
    ]);
    const { keying, networks, source, destination } = reading.interface ?? expect.unreachable();
    expect(networks).toBeNull();
    expect(source).toBeNull();
    expect(formatIpAddress(destination)).toBe('192.0.2.2');
    if (keying.kind !== 'manual') expect.unreachable();
    const [inbound] = keying.inbound;
    expect(keying.outbound.map(({ spi }) => spi)).toEqual([0x1002]);
    expect(inbound?.spi).toBe(0x1001);
    expect(inbound?.encryption?.algorithm.name).toBe('3des-cbc');
    expect(toHex(inbound?.encryption?.key.expose() ?? new Uint8Array(0))).toBe(DIGITS);
    expect(inbound?.integrity).toMatchObject({ algorithm: { name: 'hmac-sha1' }, icvLength: 12 });
    expect(reading.secretFiles).toEqual(['keys-ipsec0']);
  });

  test('a variable of one direction goes before the one for both', () => {
    const { interface: found } = read(
      `${BEGINNING}${SPIS}ESP_PROTO_OUT=aes-cbc\n`,
      `${KEYS}KEY_ESP_OUT=0x${'00'.repeat(32)}\n`,
    );
    if (found?.keying.kind !== 'manual') expect.unreachable();
    expect(found.keying.inbound[0]?.encryption?.algorithm.name).toBe('3des-cbc');
    expect(found.keying.outbound[0]?.encryption?.algorithm.name).toBe('aes-cbc');
    expect(found.keying.outbound[0]?.encryption?.key.bits).toBe(256);
  });

  test('hmac-sha256 has the ICV of the scripts, or the other that was asked for', () => {
    const files = [
      { name: 'ifcfg', text: `${BEGINNING}SPI_AH_IN=256\nSPI_AH_OUT=257\nAH_PROTO=hmac-sha256\n` },
      { name: 'keys', text: `KEY_AH=${'k'.repeat(32)}\n` },
    ];
    const icvOf = (reading: IfcfgReading) => {
      if (reading.interface?.keying.kind !== 'manual') expect.unreachable();
      return reading.interface.keying.inbound[0]?.integrity?.icvLength;
    };
    expect(icvOf(readIfcfg('ipsec0', files))).toBe(12);
    expect(icvOf(readIfcfg('ipsec0', files, { sha256Icv: 'rfc4868' }))).toBe(16);
  });
});

describe('automatic keying', () => {
  test('is what a PSK asks for, with the proposal of the scripts', () => {
    const reading = read(BEGINNING, PSK_KEYS);
    expect(reading.diagnostics).toEqual([]);
    expect(reading.interface?.keying).toMatchObject({
      kind: 'automatic',
      protocols: ['esp', 'ah'],
      peer: {
        authentication: { method: 'PSK', identifier: null },
        exchangeModes: ['main', 'aggressive'],
        dpdDelay: null,
        natTraversal: null,
        encryption: '3des',
        hash: 'sha1',
        dhGroup: '2',
      },
    });
  });

  test('has what newer releases know of the peer', () => {
    const reading = read(
      `${PSK}IKE_MODE=aggressive\nDPD_DELAY=30\nNAT_TRAVERSAL=on\nMYID_TYPE=user_fqdn\n` +
        'MYID_VALUE="me@example.org"\nIKE_ENC="aes 256"\nIKE_AUTH=sha256\nIKE_DHGROUP=14\nAH_PROTO=none\n',
      PSK_KEYS,
    );
    expect(reading.diagnostics).toEqual([]);
    expect(reading.interface?.keying).toMatchObject({
      protocols: ['esp'],
      peer: {
        authentication: { identifier: { type: 'user_fqdn', value: 'me@example.org' } },
        exchangeModes: ['aggressive'],
        dpdDelay: 30,
        natTraversal: 'on',
        encryption: 'aes 256',
        hash: 'sha256',
        dhGroup: '14',
      },
    });
  });

  test('KEYING=automatic alone leaves racoon to somebody else', () => {
    expect(read(`${BEGINNING}KEYING=automatic\n`).interface?.keying).toEqual({
      kind: 'automatic',
      protocols: ['esp', 'ah'],
      peer: null,
    });
  });
});

describe('networks', () => {
  test('make a tunnel of it, each with a default of its own', () => {
    const { interface: found } = read(`${PSK}SRCNET=10.1.0.0/16\nDSTGW=10.2.0.1\n`, PSK_KEYS);
    expect(found?.networks?.source && formatPrefix(found.networks.source)).toBe('10.1.0.0/16');
    expect(found?.networks?.destination).toBeNull();
  });
});

describe('what is wrong', () => {
  test.each([
    ['DST=192.0.2.2\n', '', 'ifcfg-ipsec0:1 not-ipsec'],
    ['TYPE=Ethernet\nDST=192.0.2.2\n', '', 'ifcfg-ipsec0:1 not-ipsec'],
    [`TYPE=IPSEC\n${SPIS}`, KEYS, 'ifcfg-ipsec0:1 missing-dst'],
    [`TYPE=IPSEC\nDST=bob.example.org\n`, PSK_KEYS, 'ifcfg-ipsec0:2 invalid-address'],
    [`${PSK}SRC=2001:db8::1\n`, PSK_KEYS, 'ifcfg-ipsec0:2 family-mismatch'],
    [`${PSK}SRCNET=10.1.0.0/33\n`, PSK_KEYS, 'ifcfg-ipsec0:4 invalid-network'],
    [`${PSK}SRCNET=10.1.0/16\n`, PSK_KEYS, 'ifcfg-ipsec0:4 invalid-network'],
    [`${PSK}SRCNET=10.1.0.0/16\nDSTNET=fd00::/8\n`, PSK_KEYS, 'ifcfg-ipsec0:5 family-mismatch'],
    [BEGINNING, '', 'ifcfg-ipsec0:2 no-keying'],
    [`${BEGINNING}${SPIS}`, '', 'ifcfg-ipsec0:3 missing-key'],
    [BEGINNING, KEYS, 'keys-ipsec0:1 missing-spi'],
    [`${BEGINNING}SPI_ESP_IN=256\n`, 'KEY_ESP_IN=x\n', 'keys-ipsec0:1 key-length'],
    [`${BEGINNING}SPI_ESP_IN=256\nSPI_ESP_OUT=x\n`, KEYS, 'ifcfg-ipsec0:4 not-a-number'],
    [`${BEGINNING}SPI_ESP_IN=256\nSPI_ESP_OUT=255\n`, KEYS, 'ifcfg-ipsec0:4 spi-reserved'],
    [`${BEGINNING}SPI_ESP_IN=256\nSPI_ESP_OUT=0\n`, KEYS, 'ifcfg-ipsec0:4 spi-zero'],
    [`${BEGINNING}${SPIS}ESP_PROTO=3des\n`, KEYS, 'ifcfg-ipsec0:5 unknown-algorithm'],
    [`${BEGINNING}${SPIS}ESP_PROTO=null\n`, KEYS, 'ifcfg-ipsec0:5 unfitting-algorithm'],
    [`${BEGINNING}${SPIS}AESP_PROTO=sha1\n`, KEYS, 'ifcfg-ipsec0:5 unknown-algorithm'],
    [`${BEGINNING}${SPIS}AESP_PROTO=keyed-md5\n`, KEYS, 'ifcfg-ipsec0:5 algorithm-gone'],
    [`${BEGINNING}${SPIS}AESP_PROTO=hmac-sha1\n`, 'KEY_ESP=x', 'ifcfg-ipsec0:5 missing-key'],
    [`${BEGINNING}${SPIS}ESP_PROTO=aes-cbc\n`, 'KEY_ESP=0x12\n', 'keys-ipsec0:1 key-length'],
    [`${BEGINNING}${SPIS}`, 'KEY_ESP=0x123\n', 'keys-ipsec0:1 odd-digits'],
    [`${BEGINNING}${SPIS}`, 'KEY_ESP=0x12g4\n', 'keys-ipsec0:1 not-hexadecimal'],
    [`${BEGINNING}${SPIS}`, `KEY_ESP=${'0f'.repeat(24)}\n`, 'keys-ipsec0:1 key-length'],
    [`${BEGINNING}${SPIS}`, `KEY_ESP=${'b'.repeat(24)}\n`, 'keys-ipsec0:1 weak-key'],
    [
      `${BEGINNING}${SPIS}ESP_PROTO=aes-ctr\n`,
      `KEY_ESP=${'k'.repeat(20)}\n`,
      'ifcfg-ipsec0:5 missing-integrity',
    ],
    [
      `${BEGINNING}${SPIS}ESP_PROTO=aes-gcm-16\n`,
      `${KEYS}KEY_ESP=${'k'.repeat(20)}\n`,
      'ifcfg-ipsec0:5 unfitting-algorithm',
    ],
    [`${BEGINNING}IKE_METHOD=psk\n`, PSK_KEYS, 'ifcfg-ipsec0:3 unknown-method-of-IKE'],
    [`${BEGINNING}KEYING=auto\n`, '', 'ifcfg-ipsec0:3 unknown-kind-of-keying'],
    [`${PSK}AH_PROTO=none\nESP_PROTO=none\n`, PSK_KEYS, 'ifcfg-ipsec0:4 no-keying'],
    [`${PSK}AH_PROTO=hmac-sha1\n`, PSK_KEYS, 'ifcfg-ipsec0:4 unknown-algorithm'],
    [`${PSK}IKE_ENC="aes 64"\n`, PSK_KEYS, 'ifcfg-ipsec0:4 unknown-algorithm'],
    [`${PSK}IKE_DHGROUP=3\n`, PSK_KEYS, 'ifcfg-ipsec0:4 unknown-group'],
    [`${PSK}IKE_MODE=quick\n`, PSK_KEYS, 'ifcfg-ipsec0:4 unknown-exchange-mode'],
    [`${PSK}DPD_DELAY=soon\n`, PSK_KEYS, 'ifcfg-ipsec0:4 not-a-number'],
    [`${PSK}MYID_TYPE=fqdn\n`, PSK_KEYS, 'ifcfg-ipsec0:4 missing-identifier'],
    [`${PSK}MYID_TYPE=fqdn MYID_VALUE='a"b'\n`, PSK_KEYS, 'ifcfg-ipsec0:4 unwritable'],
    [PSK, "IKE_PSK='a\nb'\n", 'keys-ipsec0:1 unwritable'],
    [PSK, 'IKE_PSK=correct horse\n', 'keys-ipsec0:1 unquoted-blank'],
    [`${PSK}SRC=$(hostname -i)\n`, PSK_KEYS, 'ifcfg-ipsec0:4 not-executed'],
  ])('%j and %j', (ifcfg, keys, problem) => {
    const reading = read(ifcfg, keys);
    expect(problems(reading, 'error')).toContain(problem);
    expect(reading.interface).toBeNull();
    const told = reading.diagnostics.map(formatDiagnostic);
    expect(told).toEqual([...new Set(told)]);
  });

  test('one mistake is told once, also where both directions share it', () => {
    const reading = read(`${BEGINNING}${SPIS}ESP_PROTO=aes256\n`, KEYS);
    expect(reading.diagnostics.map(formatDiagnostic)).toEqual([
      [
        'ifcfg-ipsec0:5:11: error: "aes256" is not a cipher [unknown-algorithm]',
        '    ESP_PROTO=aes256',
        '              ^^^^^^',
        '  expected: aes-cbc, camellia-cbc, twofish-cbc, aes-ctr, 3des-cbc, cast128-cbc, blowfish-cbc, des-cbc, aes-gcm-16, chacha20-poly1305, aes-ccm-16, aes-gmac',
        '  fix: write aes-cbc',
      ].join('\n'),
    ]);
  });

  test('a mistake of the shell does not make others', () => {
    const reading = read('TYPE=IPSEC\nDST=$(cat peer)\n', PSK_KEYS);
    expect(problems(reading, 'error')).toEqual(['ifcfg-ipsec0:2 not-executed']);
  });
});

describe('what is odd', () => {
  test.each([
    [`${PSK}DTS=192.0.2.2\n`, PSK_KEYS, 'ifcfg-ipsec0:4 unknown-variable'],
    [`${PSK}DST=192.0.2.2\n`, PSK_KEYS, 'ifcfg-ipsec0:4 duplicate-variable'],
    [`${PSK}${SPIS}`, PSK_KEYS, 'ifcfg-ipsec0:4 no-effect'],
    [`${PSK}SRCGW=10.1.0.1\n`, PSK_KEYS, 'ifcfg-ipsec0:4 no-effect'],
    [`${PSK}MYID_VALUE=me\n`, PSK_KEYS, 'ifcfg-ipsec0:4 no-effect'],
    [PSK, '', 'ifcfg-ipsec0:3 missing-psk'],
    [`${BEGINNING}${SPIS}IKE_DHGROUP=5\n`, KEYS, 'ifcfg-ipsec0:5 no-effect'],
    [`${BEGINNING}${SPIS}`, `KEY_ESP=0x${DIGITS}`, 'keys-ipsec0:1 esp-without-integrity'],
    [
      `${BEGINNING}${SPIS}ESP_PROTO=aes-gcm-16`,
      `KEY_ESP=${'k'.repeat(20)}`,
      'ifcfg-ipsec0:5 counter-mode-with-static-key',
    ],
  ])('%j and %j', (ifcfg, keys, problem) => {
    const reading = read(ifcfg, keys);
    expect(problems(reading, 'error')).toEqual([]);
    expect(problems(reading, 'warning')).toContain(problem);
    expect(reading.interface).not.toBeNull();
  });

  test('a misspelt name is told with the right one', () => {
    const { diagnostics } = read(`${PSK}DTSNET=10.2.0.0/16\n`, PSK_KEYS);
    expect(diagnostics.map(({ fix }) => fix)).toEqual(['write DSTNET']);
  });

  test('a variable that only others use is no mistake', () => {
    expect(read(`${PSK}SITE=10.1\nSRCNET=$SITE.0.0/16\n`, PSK_KEYS).diagnostics).toEqual([]);
  });
});

describe('parents', () => {
  test('are read first, and only for names with a hyphen', () => {
    expect(filesOf('ipsec0')).toEqual(['ifcfg-ipsec0', 'keys-ipsec0']);
    expect(filesOf('site-a')).toEqual(['ifcfg-site', 'keys-site', 'ifcfg-site-a', 'keys-site-a']);
    expect(filesOf('-a')).toEqual(['ifcfg--a', 'keys--a']);
  });

  test('give what the interface does not say itself', () => {
    const { interface: found, diagnostics } = readIfcfg('site-a', [
      { name: 'ifcfg-site', text: `${PSK}SRC=192.0.2.1\n` },
      { name: 'keys-site', text: PSK_KEYS },
      { name: 'ifcfg-site-a', text: 'DST=192.0.2.9\n' },
    ]);
    expect(diagnostics).toEqual([]);
    expect(found && formatIpAddress(found.destination)).toBe('192.0.2.9');
    expect(found?.source && formatIpAddress(found.source)).toBe('192.0.2.1');
  });
});

describe('an outline', () => {
  test.each([
    ['TYPE=IPSEC\n', true, true],
    ['TYPE=IPsec\nONBOOT=yes\n', true, true],
    ['TYPE=IPSEC\nONBOOT=no\n', true, false],
    ['TYPE=Ethernet\nONBOOT="NO"\n', false, false],
    ['if true; then\nTYPE=IPSEC\nfi\n', true, true],
  ])('of %j', (text, isIpsec, onBoot) => {
    expect(outlineOf([{ name: 'ifcfg-x', text }])).toEqual({ isIpsec, onBoot });
  });
});

test('no value of any variable makes it throw, and no key is shown', () => {
  const value = fc.oneof(
    fc.constantFrom(
      'IPSEC',
      '192.0.2.2',
      '10.0.0.0/8',
      'none',
      'PSK',
      '0x1000',
      'aes-cbc',
      'automatic',
    ),
    fc.string(),
  );
  const assignment = fc
    .tuple(fc.constantFrom(...IPSEC_VARIABLES), value)
    .map(([name, text]) => ({ name, text }));
  fc.assert(
    fc.property(fc.array(assignment, { maxLength: 30 }), (assignments) => {
      const quoted = assignments.map(({ name, text }) => `${name}='${text.replaceAll("'", '')}'\n`);
      const keys = `${quoted.join('')}KEY_AH='hunter hunter'\nIKE_PSK='hunter`;
      const { diagnostics } = read(BEGINNING, keys);
      expect(diagnostics.map(formatDiagnostic).join('')).not.toContain('hunter');
    }),
  );
});
