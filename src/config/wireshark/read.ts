/**
 * SAs from Wireshark's table for deciphering ESP, the file `esp_sa` of its profile:
 *
 *     "IPv4","10.9.0.1","10.9.0.2","0x00000201","AES-CBC [RFC3602]","0x00..","HMAC-SHA-1-96 [RFC2404]","0x00.."
 *
 * Addresses may be `*` for any, or networks; in an SPI, `*` stands for any digit and at its end for
 * all that follow. Wireshark 4.2 and later have two fields more: whether sequence numbers are
 * extended, and their high half.
 *
 * @module
 */
import { aeadByLinuxName, cipherByLinuxName } from '../../crypto/foreign-algorithm.ts';
import { Secret } from '../../crypto/secret.ts';
import { UNLIMITED } from '../../ipsec/lifetime.ts';
import { NO_EXTRAS, type SaParameters } from '../../ipsec/sa-parameters.ts';
import { anyAddress, type SaPattern } from '../../ipsec/sa-pattern.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import { addressBits, hostPrefix, type Prefix } from '../../net/prefix.ts';
import { fromHex } from '../../octets/hex.ts';
import type { Report } from '../diagnostic.ts';
import type { SourceText } from '../source.ts';
import { suggestedFix } from '../suggest.ts';
import {
  WIRESHARK_CIPHERS,
  WIRESHARK_FOREIGN_AEADS,
  WIRESHARK_INTEGRITY,
} from './algorithm-names.ts';
import { type Field, type Row, rowsOf } from './fields.ts';

/** The SAs in `source`; those with an error are left out. */
export function readWiresharkSas(source: SourceText, report: Report): readonly SaPattern[] {
  const rows = rowsOf(source, report);
  for (const { fields } of rows) {
    for (const key of [fields[5], fields[7]]) {
      if (key !== undefined && key.text !== '') source.hide(key.start, key.end);
    }
  }
  return rows.flatMap((row) => readRow(row, report) ?? []);
}

function readRow(row: Row, report: Report): SaPattern | undefined {
  const [family, origin, destination, spi, cipher, cipherKey, mac, macKey, sn, high] = row.fields;
  if (
    family === undefined ||
    origin === undefined ||
    destination === undefined ||
    spi === undefined ||
    cipher === undefined ||
    cipherKey === undefined ||
    mac === undefined ||
    macKey === undefined
  ) {
    return report.error('too-few-fields', row, `the line has ${row.fields.length} fields`, {
      expected: 'protocol, source, destination, SPI, cipher, its key, authentication, its key',
    });
  }
  const version = VERSIONS.get(family.text.toLowerCase());
  if (version === undefined) {
    return report.error('unknown-protocol', family, `"${family.text}" is no version of IP`, {
      expected: 'IPv4 or IPv6',
    });
  }
  const from = prefixOf(origin, version, report);
  const to = prefixOf(destination, version, report);
  const pattern = spiPatternOf(spi, report);
  const encryption = encryptionOf(cipher, cipherKey, report);
  const integrity = integrityOf(mac, macKey, report);
  const extended = extendedOf(sn, report);
  if (from === undefined || to === undefined || pattern === undefined) return undefined;
  if (encryption === undefined || integrity === undefined || extended === undefined) {
    return undefined;
  }
  return {
    sa: {
      source: from.address,
      destination: to.address,
      protocol: 'esp',
      spi: pattern.value,
      mode: 'tunnel',
      reqid: 0,
      replayWindow: 0,
      encryption,
      // What an AEAD makes, no other algorithm makes again.
      integrity: encryption?.algorithm.kind === 'aead' ? null : integrity,
      ...NO_EXTRAS,
      extendedSequenceNumbers: extended,
      softLifetime: UNLIMITED,
      hardLifetime: UNLIMITED,
    },
    source: from,
    destination: to,
    spiMask: pattern.mask,
    tellsMode: false,
    sequenceNumber: extended ? (Number(high?.text) || 0) * 2 ** 32 : 0,
  };
}

function prefixOf(field: Field, version: 4 | 6, report: Report): Prefix | undefined {
  const { text } = field;
  if (text === '*' || text === '') return anyAddress(version);
  const [host = '', bits] = text.split('/');
  const address = parseIpAddress(host);
  const length = bits === undefined ? addressBits(version) : Number(bits);
  if (address?.version === version && length >= 0 && length <= addressBits(version)) {
    return bits === undefined ? hostPrefix(address) : { address, length };
  }
  return report.error('not-an-address', field, `"${text}" is no address of IPv${version}`, {
    expected: 'an address, a network such as 10.9.0.0/16, or * for any',
  });
}

/** `0x00000201`, `513`, `*`, or `0x1234*`. */
function spiPatternOf(field: Field, report: Report): { value: number; mask: number } | undefined {
  const { text } = field;
  if (text === '*' || text === '') return { value: 0, mask: 0 };
  if (/^\d+$/.test(text) && Number(text) <= 0xffffffff)
    return { value: Number(text), mask: 0xffffffff };
  const digits = /^0x([\da-f*]{1,8})$/i.exec(text)?.[1];
  if (digits === undefined) {
    return report.error('not-an-spi', field, `"${text}" is no SPI`, {
      expected: '0x and up to 8 hexadecimal digits, with * for any, or a decimal number',
    });
  }
  // A * at the end stands for all digits that are missing.
  const all = digits.endsWith('*') ? digits.padEnd(8, '*') : digits.padStart(8, '0');
  const value = Number.parseInt(all.replaceAll('*', '0'), 16);
  const mask = Number.parseInt(all.replaceAll(/[^*]/g, 'f').replaceAll('*', '0'), 16);
  return { value, mask };
}

function encryptionOf(
  field: Field,
  keyField: Field,
  report: Report,
): SaParameters['encryption'] | undefined {
  const key = keyOf(keyField, report);
  if (key === undefined) return undefined;
  const icvLength = WIRESHARK_FOREIGN_AEADS.get(field.text);
  if (icvLength !== undefined) {
    return { algorithm: aeadByLinuxName(field.text, key.bits, icvLength * 8), key };
  }
  const algorithm = WIRESHARK_CIPHERS.get(field.text);
  if (algorithm === undefined) {
    report.warning('unknown-algorithm', field, `"${field.text}" is no cipher that is known here`, {
      expected: [...WIRESHARK_CIPHERS.keys()].join(', '),
      fix: suggestedFix(field.text, [...WIRESHARK_CIPHERS.keys()]),
    });
    return { algorithm: cipherByLinuxName(field.text, key.bits), key };
  }
  const lengths = algorithm.keyBits.length === 0 ? [0] : algorithm.keyBits;
  return lengths.includes(key.bits) ? { algorithm, key } : unfit(keyField, field, lengths, report);
}

function integrityOf(
  field: Field,
  keyField: Field,
  report: Report,
): NonNullable<SaParameters['integrity']> | undefined {
  const key = keyOf(keyField, report);
  const integrity = WIRESHARK_INTEGRITY.get(field.text);
  if (integrity === undefined) {
    return report.error(
      'unknown-algorithm',
      field,
      `"${field.text}" is no authentication that is known here`,
      {
        // Without its length, where the ciphertext ends is not known either.
        expected: [...WIRESHARK_INTEGRITY.keys()].join(', '),
        fix: suggestedFix(field.text, [...WIRESHARK_INTEGRITY.keys()]),
      },
    );
  }
  return key && { ...integrity, key };
}

/** `0x` and digits, or a text whose characters are the octets. */
function keyOf(field: Field, report: Report): Secret | undefined {
  const { text } = field;
  const octets = /^0x/i.test(text) ? fromHex(text.slice(2)) : new TextEncoder().encode(text);
  if (octets !== undefined) return new Secret(octets);
  return report.error('bad-key', field, 'the key is not made of hexadecimal digits', {
    expected: '0x and hexadecimal digits, or a text',
  });
}

function unfit(key: Field, name: Field, lengths: readonly number[], report: Report): undefined {
  return report.error('key-length', key, `the key does not fit ${name.text}`, {
    expected: `${lengths.join(' or ')} bits`,
  });
}

/** `32-bit` or `64-bit`, in tables that have the field. */
function extendedOf(field: Field | undefined, report: Report): boolean | undefined {
  if (field === undefined || field.text === '' || /^32/.test(field.text)) return false;
  if (/^64|^esn/i.test(field.text)) return true;
  return report.error('bad-sequence-numbers', field, `"${field.text}" says nothing of numbers`, {
    expected: '32-bit or 64-bit',
  });
}

const VERSIONS: ReadonlyMap<string, 4 | 6> = new Map([
  ['ipv4', 4],
  ['ipv6', 6],
]);
