/**
 * SAs from what tcpdump takes behind `-E`: one a line, or with commas between.
 *
 *     0x00000201@10.9.0.2 aes128-cbc-hmac96:0x00112233445566778899aabbccddeeff
 *     3des-cbc:0x...                for every SPI and address
 *     file NAME                     more of them
 *
 * `-hmac96` says that an ICV of 96 bits follows; there is no key to check it with. Lines for IKE
 * (`ikev2 ...`) are passed over.
 *
 * @module
 */
import { AES_CBC } from '../../crypto/aes-cbc.ts';
import type { CipherAlgorithm } from '../../crypto/algorithm.ts';
import { CAMELLIA_CBC } from '../../crypto/camellia-cbc.ts';
import { INSECURE_3DES_CBC } from '../../crypto/insecure/3des-cbc.ts';
import { INSECURE_BLOWFISH_CBC } from '../../crypto/insecure/blowfish-cbc.ts';
import { INSECURE_CAST128_CBC } from '../../crypto/insecure/cast128-cbc.ts';
import { INSECURE_DES_CBC } from '../../crypto/insecure/des-cbc.ts';
import { NULL, NULL_INTEGRITY } from '../../crypto/null.ts';
import { Secret } from '../../crypto/secret.ts';
import { UNLIMITED } from '../../ipsec/lifetime.ts';
import { NO_EXTRAS } from '../../ipsec/sa-parameters.ts';
import { anyAddress, type SaPattern, WHOLE_SPI } from '../../ipsec/sa-pattern.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import { hostPrefix, type Prefix } from '../../net/prefix.ts';
import { fromHex } from '../../octets/hex.ts';
import type { Report } from '../diagnostic.ts';
import type { SourceText } from '../source.ts';
import { suggestedFix } from '../suggest.ts';
import { type Line, linesOf, type PlacedWord } from '../words.ts';

/** The SAs that a text tells of, and the files that it says have more. */
export interface TcpdumpSecrets {
  readonly sas: readonly SaPattern[];
  readonly files: readonly PlacedWord[];
}

/** What `source` says; entries with an error are left out. */
export function readTcpdumpSecrets(source: SourceText, report: Report): TcpdumpSecrets {
  const sas: SaPattern[] = [];
  const files: PlacedWord[] = [];
  for (const line of linesOf(source.text)) {
    const [first, second] = line.words;
    if (first?.text === 'file') {
      if (second !== undefined) files.push(second);
      else
        report.error('missing-file', line, 'no file is named', { expected: '"file" and its name' });
    } else if (first?.text !== 'ikev2') {
      sas.push(...readLine(line, source, report));
    } else {
      source.hide(second?.start ?? line.end, line.end);
    }
  }
  return { sas, files };
}

/** The SAs of a line: pairs of words, or single ones, with commas between. */
function readLine(line: Line, source: SourceText, report: Report): SaPattern[] {
  const words = line.words.flatMap(withoutComma);
  for (const { text, start, end } of words) {
    const colon = text.includes('@') ? -1 : text.indexOf(':');
    if (colon >= 0) source.hide(start + colon + 1, end);
  }
  const sas: SaPattern[] = [];
  for (let k = 0; k < words.length; k++) {
    const [word, next] = [words[k], words[k + 1]];
    if (word === undefined) break;
    if (!word.text.includes('@')) {
      sas.push(...sasOf(null, word, report));
    } else if (next === undefined) {
      report.error('missing-secret', word, 'the SA has no algorithm and no key', {
        expected: SECRET,
      });
    } else {
      sas.push(...sasOf(word, next, report));
      k += 1;
    }
  }
  return sas;
}

/** Words between commas. */
function withoutComma({ text, start }: PlacedWord): PlacedWord[] {
  const words: PlacedWord[] = [];
  for (const { 0: part, index } of text.matchAll(/[^,]+/g)) {
    words.push({ text: part, start: start + index, end: start + index + part.length });
  }
  return words;
}

/** Of all SPIs and addresses when `name` is `null`, of both versions. */
function sasOf(name: PlacedWord | null, secret: PlacedWord, report: Report): SaPattern[] {
  const protection = protectionOf(secret, report);
  const place = name === null ? undefined : placeOf(name, report);
  if (protection === undefined || (name !== null && place === undefined)) return [];
  const { spi, destinations } = place ?? {
    spi: null,
    destinations: [anyAddress(4), anyAddress(6)],
  };
  return destinations.map((destination): SaPattern => {
    const source = anyAddress(destination.address.version);
    return {
      sa: {
        source: source.address,
        destination: destination.address,
        protocol: 'esp',
        spi: spi ?? 0,
        mode: 'tunnel',
        reqid: 0,
        replayWindow: 0,
        ...protection,
        ...NO_EXTRAS,
        softLifetime: UNLIMITED,
        hardLifetime: UNLIMITED,
      },
      source,
      destination,
      spiMask: spi === null ? 0 : WHOLE_SPI,
      tellsMode: false,
      sequenceNumber: 0,
    };
  });
}

function placeOf(
  word: PlacedWord,
  report: Report,
): { readonly spi: number; readonly destinations: readonly Prefix[] } | undefined {
  const at = word.text.indexOf('@');
  const [spi, address] = [word.text.slice(0, at), parseIpAddress(word.text.slice(at + 1))];
  if (!/^(0x[\da-f]{1,8}|\d{1,10})$/i.test(spi) || Number(spi) > WHOLE_SPI) {
    return report.error('not-an-spi', word, `"${spi}" is no SPI`, { expected: NAME });
  }
  if (address === undefined) {
    return report.error('not-an-address', word, `no address stands behind the "@"`, {
      expected: NAME,
    });
  }
  return { spi: Number(spi), destinations: [hostPrefix(address)] };
}

function protectionOf(word: PlacedWord, report: Report) {
  const colon = word.text.indexOf(':');
  if (colon < 0) {
    return report.error('missing-key', word, 'there is no ":" and no key', { expected: SECRET });
  }
  const name = word.text.slice(0, colon);
  const hasIcv = name.endsWith(ICV_SUFFIX);
  const bare = hasIcv ? name.slice(0, -ICV_SUFFIX.length) : name;
  const algorithm = algorithmCalled(bare.toLowerCase());
  const nameSpan = { start: word.start, end: word.start + name.length };
  if (algorithm === undefined) {
    return report.error('unknown-algorithm', nameSpan, `"${name}" is no cipher known here`, {
      expected: `${[...NAMES.keys()].join(', ')}, each with -hmac96 or without`,
      fix: suggestedFix(bare, [...NAMES.keys()]),
    });
  }
  const secret = word.text.slice(colon + 1);
  const octets = /^0x/i.test(secret) ? fromHex(secret.slice(2)) : new TextEncoder().encode(secret);
  if (octets === undefined) {
    return report.error('bad-key', { start: word.start + colon + 1, end: word.end }, BAD_DIGITS, {
      expected: '0x and hexadecimal digits, or a text',
    });
  }
  const key = new Secret(algorithm === NULL ? new Uint8Array(0) : octets);
  if (algorithm !== NULL && !algorithm.keyBits.includes(key.bits)) {
    const message = `a key of ${key.bits} bits does not fit ${bare}`;
    return report.error('key-length', { start: word.start + colon + 1, end: word.end }, message, {
      expected: `${algorithm.keyBits.join(' or ')} bits`,
    });
  }
  const icv = { algorithm: NULL_INTEGRITY, key: new Secret(new Uint8Array(0)), icvLength: 12 };
  return { encryption: { algorithm, key }, integrity: hasIcv ? icv : null };
}

/** OpenSSL's names of ciphers, of which tcpdump makes use: `aes128-cbc`, not `aes-128-cbc`, which is taken here too. */
function algorithmCalled(name: string): CipherAlgorithm | undefined {
  if (/^aes-?(128|192|256)-cbc$/.test(name)) return AES_CBC;
  if (/^camellia-?(128|192|256)-cbc$/.test(name)) return CAMELLIA_CBC;
  return NAMES.get(name);
}

const NAMES: ReadonlyMap<string, CipherAlgorithm> = new Map([
  ['aes128-cbc', AES_CBC],
  ['aes192-cbc', AES_CBC],
  ['aes256-cbc', AES_CBC],
  ['camellia128-cbc', CAMELLIA_CBC],
  ['3des-cbc', INSECURE_3DES_CBC],
  ['des-ede3-cbc', INSECURE_3DES_CBC],
  ['des-cbc', INSECURE_DES_CBC],
  ['blowfish-cbc', INSECURE_BLOWFISH_CBC],
  ['bf-cbc', INSECURE_BLOWFISH_CBC],
  ['cast128-cbc', INSECURE_CAST128_CBC],
  ['cast5-cbc', INSECURE_CAST128_CBC],
  ['none', NULL],
]);
const ICV_SUFFIX = '-hmac96';
const NAME = 'SPI@ADDRESS, such as 0x201@10.9.0.2';
const SECRET = 'ALGORITHM:KEY, such as aes128-cbc-hmac96:0x and 32 hexadecimal digits';
const BAD_DIGITS = 'the key is not made of hexadecimal digits';
