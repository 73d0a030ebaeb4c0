/**
 * SAs from what `ip xfrm state` prints (iproute2), with `-s` or without.
 *
 *     src 10.9.0.1 dst 10.9.0.2
 *     	proto esp spi 0x00000201 reqid 0 mode tunnel
 *     	replay-window 32 flag esn
 *     	auth-trunc hmac(sha256) 0x0001... 128
 *     	enc cbc(aes) 0x0011...
 *     	encap type espinudp sport 4500 dport 4500 addr 0.0.0.0
 *     	anti-replay esn context:
 *     	 seq-hi 0x0, seq 0x0, oseq-hi 0x0, oseq 0x12
 *
 * Algorithms that the registry does not know are kept under the kernel's name. Lines that say
 * nothing about how packets look are passed over.
 *
 * @module
 */
import {
  aeadByLinuxName,
  cipherByLinuxName,
  integrityByLinuxName,
} from '../../crypto/foreign-algorithm.ts';
import { NULL } from '../../crypto/null.ts';
import { Secret } from '../../crypto/secret.ts';
import { compressionByLinuxName } from '../../ipsec/compression.ts';
import { UNLIMITED } from '../../ipsec/lifetime.ts';
import type { IpsecProtocol, Mode } from '../../ipsec/policy.ts';
import type { SaParameters, UdpEncapsulation } from '../../ipsec/sa-parameters.ts';
import { exactPattern, type SaPattern } from '../../ipsec/sa-pattern.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import { fromHex } from '../../octets/hex.ts';
import type { Report } from '../diagnostic.ts';
import type { SourceText } from '../source.ts';
import { type Line, type PlacedWord, wordAfter } from '../words.ts';
import { addressAfter, lineOf, misread, numberAfter, numberOf, stanzasOf } from './stanza.ts';

/** The SAs of AH, ESP and IPComp in `source`; those with an error are left out. */
export function readIprouteSas(source: SourceText, report: Report): readonly SaPattern[] {
  const stanzas = stanzasOf(source.text, report);
  for (const { body } of stanzas) for (const line of body) hideKeys(line, source);
  return stanzas.flatMap(({ head, body }) => readSa(head, body, report) ?? []);
}

function readSa(head: Line, body: readonly Line[], report: Report): SaPattern | undefined {
  const origin = addressAfter(head, 'src', report);
  const destination = addressAfter(head, 'dst', report);
  if (origin === undefined || destination === undefined) return undefined;
  const name = lineOf(body, 'proto');
  const protocolName = name?.words[1]?.text;
  if (name === undefined || protocolName === undefined) {
    return misread(report, head, 'which SA this is', '"proto PROTOCOL spi SPI reqid N mode MODE"');
  }
  const protocol = PROTOCOLS.get(protocolName);
  // Tunnels without IPsec have entries in the kernel's SAD, too.
  if (protocol === undefined) return undefined;
  const spi = numberAfter(name, 'spi', -1);
  const mode = MODES.get(wordAfter(name.words, 'mode')?.text ?? '');
  if (spi < 0) return misread(report, name, 'the SPI', '"spi 0x00000201"');
  if (mode === undefined)
    return misread(report, name, 'the mode', '"mode transport" or "mode tunnel"');
  const algorithms = readAlgorithms(body, protocol, report);
  if (algorithms === undefined) return undefined;
  const sa: SaParameters = {
    source: origin,
    destination,
    protocol,
    spi,
    mode,
    reqid: numberAfter(name, 'reqid', 0),
    replayWindow: replayWindowOf(body),
    ...algorithms,
    encapsulation: encapsulationOf(lineOf(body, 'encap')),
    extendedSequenceNumbers: isExtended(body),
    securityContext: null,
    softLifetime: UNLIMITED,
    hardLifetime: UNLIMITED,
  };
  return exactPattern(sa, sequenceNumberOf(body));
}

type Algorithms = Pick<SaParameters, 'encryption' | 'integrity' | 'compression'>;

function readAlgorithms(
  body: readonly Line[],
  protocol: IpsecProtocol,
  report: Report,
): Algorithms | undefined {
  const [aead, cipher, mac] = [
    readAlgorithm(lineOf(body, 'aead'), report),
    readAlgorithm(lineOf(body, 'enc'), report),
    readAlgorithm(lineOf(body, 'auth-trunc') ?? lineOf(body, 'auth'), report),
  ];
  if (aead === undefined || cipher === undefined || mac === undefined) return undefined;
  const compression = lineOf(body, 'comp')?.words[1]?.text;
  return {
    encryption: protocol === 'esp' ? encryptionOf(aead, cipher) : null,
    integrity: mac && integrityOf(mac),
    compression: compression === undefined ? null : compressionByLinuxName(compression),
  };
}

function encryptionOf(aead: Named | null, cipher: Named | null): SaParameters['encryption'] {
  if (aead !== null) {
    const { name, key, icvBits } = aead;
    return { algorithm: aeadByLinuxName(name, key.bits, icvBits ?? 0), key };
  }
  if (cipher === null) return { algorithm: NULL, key: new Secret(new Uint8Array(0)) };
  return { algorithm: cipherByLinuxName(cipher.name, cipher.key.bits), key: cipher.key };
}

function integrityOf({ name, key, icvBits }: Named): SaParameters['integrity'] {
  // `auth` without `-trunc` is of kernels before 2.6.33, which cut to 96 bits what they cut at all.
  const bits = icvBits ?? 96;
  return { algorithm: integrityByLinuxName(name, key.bits, bits), key, icvLength: bits / 8 };
}

/** An algorithm as it is printed. */
interface Named {
  readonly name: string;
  /** Empty where iproute2 was told not to show it: what needs it cannot be checked. */
  readonly key: Secret;
  readonly icvBits: number | null;
}

/** `null` where there is no such line. */
function readAlgorithm(line: Line | undefined, report: Report): Named | null | undefined {
  if (line === undefined) return null;
  const [, name, ...rest] = line.words;
  if (name === undefined) {
    return misread(report, line, 'the algorithm', 'its name, "0x" and the key');
  }
  const keyWord = rest.find(isKey);
  const octets = keyWord === undefined ? new Uint8Array(0) : fromHex(keyWord.text.slice(2));
  if (octets === undefined) {
    return misread(report, keyWord ?? line, 'the key', '"0x" and hexadecimal digits');
  }
  const last = rest.at(-1);
  const icvBits = last === undefined || isKey(last) ? undefined : numberOf(last);
  return { name: name.text, key: new Secret(octets), icvBits: icvBits ?? null };
}

function isKey({ text }: PlacedWord): boolean {
  return text.startsWith('0x');
}

function hideKeys({ words }: Line, source: SourceText): void {
  if (!ALGORITHM_LINES.has(words[0]?.text ?? '')) return;
  for (const word of words) if (isKey(word)) source.hide(word.start, word.end);
}

function replayWindowOf(body: readonly Line[]): number {
  // The context of extended numbers has a window of its own.
  const own = body.find(({ words }) => words[0]?.text === 'replay_window');
  return own
    ? numberAfter(own, 'replay_window', 0)
    : numberAfter(lineOf(body, 'replay-window'), 'replay-window', 0);
}

function isExtended(body: readonly Line[]): boolean {
  const flags = lineOf(body, 'replay-window')?.words.map(({ text }) => text) ?? [];
  return flags.includes('esn');
}

/** The highest that was sent or received: an SA is used one way. */
function sequenceNumberOf(body: readonly Line[]): number {
  const extended = lineOf(body, 'seq-hi');
  if (extended !== undefined) {
    const [received, sent] = ['', 'o'].map(
      (way) =>
        numberAfter(extended, `${way}seq-hi`, 0) * 2 ** 32 + numberAfter(extended, `${way}seq`, 0),
    );
    return Math.max(received ?? 0, sent ?? 0);
  }
  const context = lineOf(body, 'anti-replay');
  return Math.max(numberAfter(context, 'seq', 0), numberAfter(context, 'oseq', 0));
}

function encapsulationOf(line: Line | undefined): UdpEncapsulation | null {
  if (line === undefined || wordAfter(line.words, 'type')?.text !== 'espinudp') return null;
  const original = parseIpAddress(wordAfter(line.words, 'addr')?.text ?? '');
  const isSet = original?.octets.some((octet) => octet !== 0) ?? false;
  return {
    sourcePort: numberAfter(line, 'sport', 0),
    destinationPort: numberAfter(line, 'dport', 0),
    originalAddress: isSet && original !== undefined ? original : null,
  };
}

const ALGORITHM_LINES: ReadonlySet<string> = new Set(['aead', 'enc', 'auth', 'auth-trunc']);
const PROTOCOLS: ReadonlyMap<string, IpsecProtocol> = new Map([
  ['esp', 'esp'],
  ['ah', 'ah'],
  ['comp', 'ipcomp'],
]);
const MODES: ReadonlyMap<string, Mode> = new Map([
  ['transport', 'transport'],
  ['tunnel', 'tunnel'],
]);
