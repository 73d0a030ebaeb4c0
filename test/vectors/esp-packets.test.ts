/**
 * Packets that other implementations made: the Linux kernel, scapy, KLIPS, the hosts of a Wireshark
 * capture. They are read from the project's shared material and skipped where that is not at hand.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { AES_CBC } from '../../src/crypto/aes-cbc.ts';
import { AES_CCM_16 } from '../../src/crypto/aes-ccm.ts';
import { AES_CTR } from '../../src/crypto/aes-ctr.ts';
import { AES_GCM_16, AES_GMAC } from '../../src/crypto/aes-gcm.ts';
import { AES_CMAC } from '../../src/crypto/aes-mac.ts';
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../src/crypto/algorithm.ts';
import { HMAC_SHA1 } from '../../src/crypto/hmac-sha1.ts';
import { HMAC_SHA256, HMAC_SHA384, HMAC_SHA512 } from '../../src/crypto/hmac-sha2.ts';
import { INSECURE_3DES_CBC } from '../../src/crypto/insecure/3des-cbc.ts';
import { INSECURE_BLOWFISH_CBC } from '../../src/crypto/insecure/blowfish-cbc.ts';
import { INSECURE_CAST128_CBC } from '../../src/crypto/insecure/cast128-cbc.ts';
import { INSECURE_DES_CBC } from '../../src/crypto/insecure/des-cbc.ts';
import { INSECURE_HMAC_MD5 } from '../../src/crypto/insecure/hmac-md5.ts';
import { NULL } from '../../src/crypto/null.ts';
import { Reassembly } from '../../src/dataplane/reassembly.ts';
import { AhTransform } from '../../src/ipsec/ah-transform.ts';
import { EspTransform } from '../../src/ipsec/esp-transform.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import { ipAddressAt } from '../../src/net/ip-address.ts';
import { toHex } from '../../src/octets/hex.ts';
import { hostU32 } from '../../src/octets/host.ts';
import { Malformed } from '../../src/octets/malformed.ts';
import { u8, u16, u32 } from '../../src/octets/octets.ts';
import { ahHeaderLength, ahNextHeader } from '../../src/wire/ah.ts';
import { newIpHeader, readIp } from '../../src/wire/ip.ts';
import {
  IPV4_DESTINATION,
  IPV4_SOURCE,
  ipv4HeaderLength,
  ipv4Protocol,
} from '../../src/wire/ipv4.ts';
import { parsePcap } from '../../src/wire/pcap.ts';
import { DataPath, memoryFor } from '../support/data-path.ts';
import { address } from '../support/packets.ts';
import { addSa, espSa } from '../support/sas.ts';
import { octetsOf, SUBJECTS, type Subject, secretOf } from './crypto-subjects.ts';

const ROOT = resolve('../shared/vectors');
const SCAPY = join(ROOT, 'C_scapy');
const KLIPS = join(ROOT, 'F_klips/esp_ah_ipcomp');
const WIRESHARK = join(ROOT, 'B_wireshark/esp/esp-bug-12671');

const CIPHER_NAMES: Readonly<Record<string, EncryptionAlgorithm>> = {
  NULL,
  'AES-CTR': AES_CTR,
  'AES-GCM': AES_GCM_16,
  'AES-CCM': AES_CCM_16,
  'AES-NULL-GMAC': AES_GMAC,
  CAST: INSECURE_CAST128_CBC,
  Blowfish: INSECURE_BLOWFISH_CBC,
  DES: INSECURE_DES_CBC,
  'AES-CBC': AES_CBC,
  '3DES': INSECURE_3DES_CBC,
  'AES-CBC [RFC3602]': AES_CBC,
  'TripleDES-CBC [RFC2451]': INSECURE_3DES_CBC,
};
const INTEGRITY_NAMES: Readonly<Record<string, IntegrityAlgorithm>> = {
  'HMAC-MD5-96': INSECURE_HMAC_MD5,
  'HMAC-SHA1-96': HMAC_SHA1,
  'SHA2-256-128': HMAC_SHA256,
  'SHA2-384-192': HMAC_SHA384,
  'SHA2-512-256': HMAC_SHA512,
  'AES-CMAC-96': AES_CMAC,
  'HMAC-MD5-96 [RFC2403]': INSECURE_HMAC_MD5,
  'HMAC-SHA-1-96 [RFC2404]': HMAC_SHA1,
};

type Algorithms = Pick<SaParameters, 'encryption' | 'integrity'>;

/** Algorithms by foreign names, keys as digits; `undefined` when one is not ours. */
function algorithms(
  cipherName: string,
  cipherKey: string,
  integrityName: string,
  integrityKey: string,
): Algorithms | undefined {
  const cipher = CIPHER_NAMES[cipherName];
  const integrity = INTEGRITY_NAMES[integrityName];
  if (cipher === undefined) return undefined;
  if (integrity === undefined && integrityName !== 'NULL') return undefined;
  return {
    encryption: { algorithm: cipher, key: secretOf(cipherKey) },
    integrity: integrity
      ? { algorithm: integrity, key: secretOf(integrityKey), icvLength: integrity.icvLength }
      : null,
  };
}

/** What ESP carries at `at`, as digits with its next header in front; or why it does not open. */
function openEsp(subject: Subject, sa: SaParameters, packet: Uint8Array): string {
  const crypto = subject.provider(memoryFor(4096));
  const esp = new EspTransform(sa, crypto);
  const at = 301;
  crypto.memory.octets.set(packet, at);
  const failure = esp.open(at, packet.length, u32(packet, 4));
  const { payloadAt, payloadLength, nextHeader } = esp;
  esp.destroy();
  if (failure !== null) return failure;
  const payload = crypto.memory.octets.subarray(payloadAt, payloadAt + payloadLength);
  return `${nextHeader} ${toHex(payload)}`;
}

/** As {@link openEsp}, for AH in the IPv4 packet `packet`. */
function openAh(subject: Subject, sa: SaParameters, packet: Uint8Array): string {
  const crypto = subject.provider(memoryFor(4096));
  const ah = new AhTransform(sa, crypto);
  const at = 301;
  crypto.memory.octets.set(packet, at);
  const ahAt = ipv4HeaderLength(packet, 0);
  const ahLength = ahHeaderLength(packet, ahAt);
  const header = newIpHeader();
  if (!readIp(header, crypto.memory.octets, at, packet.length)) return 'no IP packet';
  const failure = ah.open(header, ahLength, 0);
  ah.destroy();
  return failure ?? `${ahNextHeader(packet, ahAt)} ${toHex(packet.subarray(ahAt + ahLength))}`;
}

/** What stands in front of the payload of a file. */
interface ScapyVector {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly inner_packet: string;
  readonly encapsulated: string;
  readonly packet: string;
  readonly esp: string;
  readonly decrypted_packet: string;
  readonly sa: {
    readonly proto: string;
    readonly spi: number;
    readonly crypt_algo: string;
    readonly crypt_key: string | null;
    readonly auth_algo: string;
    readonly auth_key: string | null;
    readonly crypt_icv_size?: number;
    readonly esn_en?: boolean;
    readonly tunnel_header?: unknown;
  };
}

function scapyVectors(file: string): readonly ScapyVector[] {
  const { vectors }: { vectors: readonly ScapyVector[] } = JSON.parse(
    readFileSync(join(SCAPY, file), 'utf8'),
  );
  return vectors;
}

/** The SA of a vector, between the addresses of `packet`; `undefined` when it is beyond us. */
function scapySa({ sa }: ScapyVector, packet: Uint8Array): SaParameters | undefined {
  const isAh = sa.proto === 'AH';
  if (sa.esn_en === true || u8(packet, 0) >> 4 !== 4) return undefined;
  // AEADs with a shorter ICV are not offered.
  if ((sa.crypt_icv_size ?? 16) !== 16) return undefined;
  const cipher = isAh ? 'NULL' : sa.crypt_algo;
  const found = algorithms(cipher, sa.crypt_key ?? '', sa.auth_algo, sa.auth_key ?? '');
  if (found === undefined) return undefined;
  return espSa({
    ...found,
    encryption: isAh ? null : found.encryption,
    protocol: isAh ? 'ah' : 'esp',
    spi: sa.spi,
    source: ipAddressAt(4, packet, IPV4_SOURCE),
    destination: ipAddressAt(4, packet, IPV4_DESTINATION),
  });
}

function open(subject: Subject, sa: SaParameters, packet: Uint8Array): string {
  return sa.protocol === 'ah'
    ? openAh(subject, sa, packet)
    : openEsp(subject, sa, packet.subarray(ipv4HeaderLength(packet, 0)));
}

describe.skipIf(!existsSync(SCAPY))('packets that scapy made', () => {
  const vectors = existsSync(SCAPY) ? scapyVectors('scapy_generated_esp_ah.json') : [];
  const made = vectors.filter(({ kind }) => kind === 'encap');

  for (const subject of SUBJECTS) {
    test(`open, with ${subject.name}`, () => {
      let opened = 0;
      for (const vector of made) {
        const packet = octetsOf(vector.encapsulated);
        const sa = scapySa(vector, packet);
        if (sa === undefined || ![50, 51].includes(ipv4Protocol(packet, 0))) continue;
        const inner = octetsOf(vector.inner_packet);
        const tunnelled = vector.sa.tunnel_header !== undefined && vector.sa.tunnel_header !== null;
        const expected = tunnelled
          ? `4 ${toHex(inner)}`
          : `${ipv4Protocol(inner, 0)} ${toHex(inner.subarray(ipv4HeaderLength(inner, 0)))}`;
        // In a tunnel, routers on the way may have counted the inner TTL down: scapy does.
        const result = open(subject, sa, packet);
        expect(tunnelled ? withoutTtl(result) : result, vector.title).toBe(
          tunnelled ? withoutTtl(expected) : expected,
        );
        opened += 1;
      }
      expect(opened).toBeGreaterThanOrEqual(24);
    });

    test(`that were altered do not open, with ${subject.name}`, () => {
      let refused = 0;
      for (const vector of vectors) {
        if (vector.kind !== 'decap-must-fail') continue;
        const packet = octetsOf(vector.packet);
        const sa = scapySa(vector, packet);
        if (sa === undefined) continue;
        expect(open(subject, sa, packet), vector.title).toMatch(/^in-/);
        refused += 1;
      }
      expect(refused).toBeGreaterThanOrEqual(5);
    });

    test(`in transport mode are delivered as they were, with ${subject.name}`, () => {
      let delivered = 0;
      for (const vector of made) {
        const packet = octetsOf(vector.encapsulated);
        const sa = scapySa(vector, packet);
        if (sa === undefined || ![50, 51].includes(ipv4Protocol(packet, 0))) continue;
        // scapy's keys for HMAC are of no length that IPsec has; null alone protects nothing.
        const fits =
          sa.integrity === null
            ? sa.encryption?.algorithm !== NULL && sa.encryption?.algorithm !== AES_CTR
            : sa.integrity.algorithm.keyBits.includes(sa.integrity.key.bits);
        if (!fits || vector.sa.tunnel_header) continue;
        const path = new DataPath(subject.provider(memoryFor(4096)));
        path.commit(addSa(sa));
        const outcome = path.receive(packet);
        expect(typeof outcome === 'string' ? outcome : toHex(outcome), vector.title).toBe(
          vector.inner_packet,
        );
        delivered += 1;
      }
      expect(delivered).toBeGreaterThanOrEqual(2);
    });
  }
});

function withoutTtl(text: string): string {
  // Two digits of protocol and a space, then the inner header: TTL at 8, checksum at 10.
  const at = text.indexOf(' ') + 1;
  return `${text.slice(0, at + 16)}..${text.slice(at + 18, at + 20)}....${text.slice(at + 24)}`;
}

describe.skipIf(!existsSync(SCAPY))('packets that the Linux kernel made', () => {
  const vectors = existsSync(SCAPY) ? scapyVectors('linux_kernel_esp_packets.json') : [];

  for (const subject of SUBJECTS) {
    test(`open, with ${subject.name}`, () => {
      let opened = 0;
      for (const { sa, esp, decrypted_packet, title } of vectors) {
        const found = algorithms(sa.crypt_algo, sa.crypt_key ?? '', sa.auth_algo, '');
        if (found === undefined || sa.esn_en === true) continue;
        const packet = octetsOf(esp);
        // What scapy decrypted has an IP header of scapy's own in front.
        expect(openEsp(subject, espSa({ ...found, spi: sa.spi }), packet), title).toBe(
          `4 ${decrypted_packet.slice(40)}`,
        );
        opened += 1;
      }
      // Of all but those with extended sequence numbers.
      expect(opened).toBe(4);
    });
  }
});

interface KlipsKey {
  readonly proto: string;
  readonly src: string;
  readonly dst: string;
  readonly spi: string;
  readonly enc: string;
  readonly enckey: string;
  readonly auth: string;
  readonly authkey: string;
}

/** The IPv4 packets of a capture of Ethernet frames, fragments put together. */
function packetsOf(file: string): Uint8Array[] {
  const capture = parsePcap(new Uint8Array(readFileSync(file)));
  if (capture instanceof Malformed) throw new TypeError(String(capture));
  return ethernetIpv4(capture.records.map(({ packet }) => packet));
}

function ethernetIpv4(frames: readonly Uint8Array[]): Uint8Array[] {
  const reassembly = new Reassembly();
  return frames.flatMap((frame) => {
    if (frame.length < 34 || u16(frame, 12) !== 0x0800) return [];
    return reassembly.take(frame.subarray(14)) ?? [];
  });
}

describe.skipIf(!existsSync(KLIPS))('captures of KLIPS', () => {
  const items = existsSync(KLIPS)
    ? readdirSync(KLIPS, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .filter((name) => !name.includes('udpesp'))
    : [];

  test.each(items)('%s opens', (name) => {
    const { keys }: { keys: readonly KlipsKey[] } = JSON.parse(
      readFileSync(join(KLIPS, name, 'meta.json'), 'utf8'),
    );
    let opened = 0;
    for (const packet of packetsOf(join(KLIPS, name, `${name}.pcap`))) {
      if (ipv4Protocol(packet, 0) !== 50) continue;
      const at = ipv4HeaderLength(packet, 0);
      const key = keys.find(({ proto, spi }) => proto === 'esp' && Number(spi) === u32(packet, at));
      const found = key && algorithms(key.enc, digits(key.enckey), key.auth, digits(key.authkey));
      if (key === undefined || found === undefined) continue;
      const parts = { source: address(key.src), destination: address(key.dst) };
      const sa = espSa({ ...parts, ...found, spi: Number(key.spi) });
      for (const subject of SUBJECTS) {
        const crypto = subject.provider(memoryFor(4096));
        const path = new DataPath(crypto);
        path.commit(addSa(sa));
        const outcome = path.receive(packet);
        if (typeof outcome === 'string') expect.fail(`${name}: ${outcome}`);
        // A tunnel's inner packet, or IPComp, which is not ours to look into.
        const inner = ipv4Protocol(outcome, 0);
        expect([4, 108]).toContain(inner);
        if (inner === 4) expect(u8(outcome, 20)).toBe(0x45);
        if (inner === 4) expect(u16(outcome, 22)).toBe(outcome.length - 20);
        // Without integrity there is no replay check (RFC 4303 §3.4.3).
        if (sa.integrity !== null) expect(path.receive(packet)).toBe('in-state-seq-error');
      }
      opened += 1;
    }
    expect(opened).toBeGreaterThanOrEqual(1);
  });
});

function digits(text: string): string {
  return text.replace(/^0x/, '');
}

/** The frames in a pcapng file of the host's byte order: enhanced packet blocks. */
function pcapngFrames(octets: Uint8Array): Uint8Array[] {
  const ENHANCED_PACKET = 6;
  const frames: Uint8Array[] = [];
  for (let at = 0; at + 12 <= octets.length; at += Math.max(12, hostU32(octets, at + 4))) {
    if (hostU32(octets, at) !== ENHANCED_PACKET) continue;
    const length = hostU32(octets, at + 20);
    frames.push(octets.subarray(at + 28, at + 28 + length));
  }
  return frames;
}

describe.skipIf(!existsSync(WIRESHARK))("Wireshark's capture of AES-CBC and HMAC-SHA-1", () => {
  test('opens to echoes', () => {
    const lines = readFileSync(join(WIRESHARK, 'esp_sa.csv'), 'utf8').trim().split('\n');
    const sas = lines.map((line) => {
      const [, source, destination, spi, cipher, key, mac, macKey] = line
        .split(',')
        .map((field) => field.replaceAll('"', ''));
      const found = algorithms(cipher ?? '', digits(key ?? ''), mac ?? '', digits(macKey ?? ''));
      return espSa({
        ...found,
        spi: Number(spi),
        source: address(source ?? ''),
        destination: address(destination ?? ''),
      });
    });
    const file = gunzipSync(readFileSync(join(WIRESHARK, 'esp-bug-12671.pcapng.gz')));
    const packets = ethernetIpv4(pcapngFrames(new Uint8Array(file)));
    for (const subject of SUBJECTS) {
      const path = new DataPath(subject.provider(memoryFor(4096)));
      path.commit(...sas.map(addSa));
      const outcomes = packets
        .filter((packet) => ipv4Protocol(packet, 0) === 50)
        .map((packet) => path.receive(packet));
      expect(outcomes.length).toBeGreaterThan(0);
      for (const outcome of outcomes) {
        if (typeof outcome === 'string') expect.fail(outcome);
        expect(toHex(outcome)).toContain('08090a0b0c0d0e0f1011121314151617');
      }
    }
  });
});
