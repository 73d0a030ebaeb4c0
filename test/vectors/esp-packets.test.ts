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
import { AES_CMAC, AES_XCBC_MAC } from '../../src/crypto/aes-mac.ts';
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../src/crypto/algorithm.ts';
import { CAMELLIA_CBC } from '../../src/crypto/camellia-cbc.ts';
import { CHACHA20_POLY1305 } from '../../src/crypto/chacha20-poly1305.ts';
import { HMAC_SHA1 } from '../../src/crypto/hmac-sha1.ts';
import { HMAC_SHA256, HMAC_SHA384, HMAC_SHA512 } from '../../src/crypto/hmac-sha2.ts';
import { INSECURE_3DES_CBC } from '../../src/crypto/insecure/3des-cbc.ts';
import { INSECURE_BLOWFISH_CBC } from '../../src/crypto/insecure/blowfish-cbc.ts';
import { INSECURE_CAST128_CBC } from '../../src/crypto/insecure/cast128-cbc.ts';
import { INSECURE_DES_CBC } from '../../src/crypto/insecure/des-cbc.ts';
import { INSECURE_HMAC_MD5 } from '../../src/crypto/insecure/hmac-md5.ts';
import { NULL } from '../../src/crypto/null.ts';
import type { Change } from '../../src/ipsec/change.ts';
import type { Template } from '../../src/ipsec/policy.ts';
import { Reassembly } from '../../src/ipsec/reassembly.ts';
import { Sa } from '../../src/ipsec/sa.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import { formatIpAddress, ipAddressAt } from '../../src/net/ip-address.ts';
import { toHex } from '../../src/octets/hex.ts';
import { hostU32 } from '../../src/octets/host.ts';
import { Malformed } from '../../src/octets/malformed.ts';
import { u8, u16 } from '../../src/octets/octets.ts';
import { newIpHeader, readIp } from '../../src/wire/ip.ts';
import { IPV4_DESTINATION, IPV4_SOURCE, ipv4Protocol } from '../../src/wire/ipv4.ts';
import { parsePcap } from '../../src/wire/pcap.ts';
import { DataPath, memoryFor } from '../support/data-path.ts';
import { address, ipv4Packet } from '../support/packets.ts';
import {
  addPolicy,
  addSa,
  espSa,
  inUdp,
  ipcompSa,
  networkPolicy,
  protect,
  tunnel,
} from '../support/sas.ts';
import { octetsOf, SUBJECTS, type Subject, secretOf } from './crypto-subjects.ts';

const ROOT = resolve('../shared/vectors');
const SCAPY = join(ROOT, 'C_scapy');
const KLIPS = join(ROOT, 'F_klips/esp_ah_ipcomp');
const STRONGSWAN = join(ROOT, 'I_live_strongswan');
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
  AES_CBC,
  AES_CTR,
  AES_GCM_16,
  AES_CCM_16,
  CAMELLIA_CBC,
  CHACHA20_POLY1305,
  '3DES_CBC': INSECURE_3DES_CBC,
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
  HMAC_SHA1_96: HMAC_SHA1,
  HMAC_SHA2_256_128: HMAC_SHA256,
  HMAC_SHA2_384_192: HMAC_SHA384,
  HMAC_SHA2_512_256: HMAC_SHA512,
  AES_XCBC_96: AES_XCBC_MAC,
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
    readonly esn?: number;
    readonly tunnel_header?: unknown;
    readonly nat_t_header?: unknown;
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
  // AEADs with a shorter ICV are not offered.
  if ((sa.crypt_icv_size ?? 16) !== 16) return undefined;
  const cipher = isAh ? 'NULL' : sa.crypt_algo;
  const found = algorithms(cipher, sa.crypt_key ?? '', sa.auth_algo, sa.auth_key ?? '');
  const header = newIpHeader();
  if (found === undefined || !readIp(header, packet, 0, packet.length)) return undefined;
  const { version, sourceAt, destinationAt } = header;
  return espSa({
    ...found,
    encryption: isAh ? null : found.encryption,
    protocol: isAh ? 'ah' : 'esp',
    mode: isSet(sa.tunnel_header) ? 'tunnel' : 'transport',
    spi: sa.spi,
    source: ipAddressAt(version, packet, sourceAt),
    destination: ipAddressAt(version, packet, destinationAt),
    extendedSequenceNumbers: sa.esn_en === true,
    encapsulation: isSet(sa.nat_t_header)
      ? { sourcePort: u16(packet, 20), destinationPort: u16(packet, 22), originalAddress: null }
      : null,
  });
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** What becomes of `packet` at a host with `sa`, where a policy asks for a tunnel if it is one. */
function receive(
  subject: Subject,
  sa: SaParameters,
  packet: Uint8Array,
  high = 0,
): Uint8Array | string {
  const crypto = subject.provider(memoryFor(4096));
  const path = new DataPath(crypto);
  // Past all checks: scapy's keys for HMAC are of no length that IPsec has.
  const added = new Sa(sa, crypto, 0);
  if (high > 0) added.accept(high * 2 ** 32);
  path.databases.sad.add(added);
  if (sa.mode === 'tunnel') path.commit(...tunnelPolicies(sa));
  const outcome = path.receive(packet);
  added.destroy();
  return outcome;
}

/** Everything must have come through the tunnel of `sa`. */
function tunnelPolicies({ protocol, source, destination }: SaParameters): Change[] {
  const action = protect(tunnel(protocol, destination, source));
  return ['0.0.0.0/0', '::/0'].map((all) => addPolicy(networkPolicy('inbound', action, all, all)));
}

describe.skipIf(!existsSync(SCAPY))('packets that scapy made', () => {
  const vectors = existsSync(SCAPY) ? scapyVectors('scapy_generated_esp_ah.json') : [];

  for (const subject of SUBJECTS) {
    test(`are delivered as they were, with ${subject.name}`, () => {
      let delivered = 0;
      for (const vector of vectors) {
        if (vector.kind !== 'encap') continue;
        const packet = octetsOf(vector.encapsulated);
        const sa = scapySa(vector, packet);
        if (sa === undefined) continue;
        const outcome = receive(subject, sa, packet, vector.sa.esn ?? 0);
        if (vector.title.includes('Routing Header')) {
          // Three stops are left: its final form is what the ICV covers, and nobody has it yet.
          expect(outcome).toBe('in-state-proto-error');
          continue;
        }
        if (typeof outcome === 'string') expect.fail(`${vector.title}: ${outcome}`);
        expect(alike(outcome, sa), vector.title).toBe(alike(octetsOf(vector.inner_packet), sa));
        delivered += 1;
      }
      // All but that one, and the one whose AEAD has an ICV of 64 bits.
      expect(delivered).toBe(69);
    });

    test(`that were altered are not, with ${subject.name}`, () => {
      let refused = 0;
      for (const vector of vectors) {
        if (vector.kind !== 'decap-must-fail') continue;
        const packet = octetsOf(vector.packet);
        const sa = scapySa(vector, packet);
        if (sa === undefined) continue;
        // Of extended numbers scapy alters the high half, which the packet does not show.
        const high = vector.sa.esn === undefined ? 0 : vector.sa.esn + 1;
        const outcome = receive(subject, sa, packet, high);
        expect(typeof outcome === 'string' ? outcome : 'delivered', vector.title).toMatch(/^in-/);
        refused += 1;
      }
      expect(refused).toBe(31);
    });
  }
});

/** In a tunnel, routers on the way may have counted the inner TTL down: scapy does. */
function alike(packet: Uint8Array, { mode }: SaParameters): string {
  if (mode === 'transport') return toHex(packet);
  const copy = packet.slice();
  if (u8(copy, 0) >> 4 === 6) copy[7] = 0;
  else copy.set([0, u8(copy, 9), 0, 0], 8);
  return toHex(copy);
}

describe.skipIf(!existsSync(SCAPY))('packets that the Linux kernel made', () => {
  const vectors = existsSync(SCAPY) ? scapyVectors('linux_kernel_esp_packets.json') : [];

  test.each(vectors)('open: $title', ({ sa, esp, decrypted_packet }) => {
    const found = algorithms(sa.crypt_algo, sa.crypt_key ?? '', sa.auth_algo, '');
    const parameters = espSa({
      ...found,
      spi: sa.spi,
      mode: 'tunnel',
      extendedSequenceNumbers: sa.esn_en === true,
    });
    const packet = ipv4Packet({ protocol: 50, payload: octetsOf(esp) });
    for (const subject of SUBJECTS) {
      const outcome = receive(subject, parameters, packet, sa.esn ?? 0);
      if (typeof outcome === 'string') expect.fail(outcome);
      // What scapy decrypted has an IP header of scapy's own in front.
      expect(toHex(outcome)).toBe(decrypted_packet.slice(40));
    }
  });
});

interface KlipsKey {
  readonly proto: string;
  readonly src: string;
  readonly dst: string;
  readonly spi: string;
  /** Of IPComp. */
  readonly cpi: string;
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

/** SAs of a KLIPS item: all in tunnel mode, ESP in UDP where its packets are so. */
function klipsSas(keys: readonly KlipsKey[], isUdp: boolean): SaParameters[] {
  return keys.map((key) => {
    const ends = { source: address(key.src), destination: address(key.dst) };
    if (key.proto === 'ipcomp') return ipcompSa({ ...ends, spi: Number(key.cpi), mode: 'tunnel' });
    const found = algorithms(key.enc, digits(key.enckey), key.auth, digits(key.authkey));
    if (found === undefined) throw new Error(`Bug: ${key.enc} or ${key.auth} is not ours`);
    // Around IPComp, ESP is in transport mode.
    const mode = keys.length > 1 ? 'transport' : 'tunnel';
    const sa = espSa({ ...ends, ...found, spi: Number(key.spi), mode });
    return isUdp ? inUdp(sa) : sa;
  });
}

describe.skipIf(!existsSync(KLIPS))('captures of KLIPS', () => {
  const items = existsSync(KLIPS)
    ? readdirSync(KLIPS, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
    : [];

  test.each(items)('%s opens to the echoes that tshark sees', (name) => {
    const { keys }: { keys: readonly KlipsKey[] } = JSON.parse(
      readFileSync(join(KLIPS, name, 'meta.json'), 'utf8'),
    );
    const isUdp = name.includes('udpesp');
    const sas = klipsSas(keys, isUdp);
    const tunnelled = sas.find(({ mode }) => mode === 'tunnel');
    if (tunnelled === undefined) throw new Error('Bug: no tunnel');
    const seen = readFileSync(join(KLIPS, name, 'decrypted.tshark-4.0.17.txt'), 'utf8');
    const echoes = [...seen.matchAll(/(\S+) → (\S+) +ICMP .*Echo \(ping\) request +id=0x(\w+)/g)];
    for (const subject of SUBJECTS) {
      const path = new DataPath(subject.provider(memoryFor(4096)));
      path.commit(...sas.map(addSa), ...tunnelPolicies(tunnelled));
      const packets = packetsOf(join(KLIPS, name, `${name}.pcap`)).filter(
        (packet) => ipv4Protocol(packet, 0) === (isUdp ? 17 : 50),
      );
      const inner = packets.map((packet) => path.receive(packet));
      for (const outcome of inner) if (typeof outcome === 'string') expect.fail(outcome);
      expect(inner.flatMap(echoOf)).toEqual(
        echoes.map(([, from, to, id]) => `${from} ${to} ${id}`),
      );
      // Without integrity there is no replay check (RFC 4303 §3.4.3).
      const [first] = packets;
      if (first === undefined || sas[0]?.integrity === null) continue;
      expect(path.receive(first)).toBe('in-state-seq-error');
    }
  });
});

/** Addresses and identifier of an echo request. */
function echoOf(packet: Uint8Array | string): string[] {
  if (typeof packet === 'string' || ipv4Protocol(packet, 0) !== 1) return [];
  const [source, destination] = [IPV4_SOURCE, IPV4_DESTINATION].map((at) =>
    formatIpAddress(ipAddressAt(4, packet, at)),
  );
  return [`${source} ${destination} ${toHex(packet.subarray(24, 26))}`];
}

interface StrongswanKeys {
  readonly child_sas: readonly {
    readonly prop: { readonly enc: string; readonly integ: string | null };
    readonly ekeys?: Readonly<Partial<Record<'i' | 'r', string>>>;
    readonly akeys?: Readonly<Record<'i' | 'r', string>>;
    readonly spis: Readonly<Record<'in' | 'out', readonly [string, string, string]>>;
    readonly side_in: 'i' | 'r';
    readonly side_out: 'i' | 'r';
  }[];
}

interface StrongswanFrame {
  readonly frame: number;
  readonly type: string;
  readonly spi: string;
  readonly inner: string;
}

/** Both SAs of every CHILD_SA, ESP in UDP; `undefined` where an algorithm is not offered. */
function strongswanSas({ child_sas }: StrongswanKeys): SaParameters[] | undefined {
  const sas: SaParameters[] = [];
  for (const { prop, ekeys, akeys, spis, side_in, side_out } of child_sas) {
    for (const [direction, side] of [
      ['in', side_in],
      ['out', side_out],
    ] as const) {
      const found = algorithms(
        prop.enc,
        ekeys?.[side] ?? '',
        prop.integ ?? 'NULL',
        akeys?.[side] ?? '',
      );
      if (found === undefined) return undefined;
      const [spi, source, destination] = spis[direction];
      const parts = { mode: 'tunnel', spi: Number(`0x${spi}`), replayWindow: 64 } as const;
      const ends = { source: address(source), destination: address(destination) };
      sas.push(inUdp(espSa({ ...found, ...parts, ...ends })));
    }
  }
  return sas;
}

describe.skipIf(!existsSync(STRONGSWAN))('captures of strongSwan', () => {
  const items = existsSync(STRONGSWAN)
    ? ['ikev1', 'ikev2'].flatMap((folder) =>
        readdirSync(join(STRONGSWAN, folder), { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map(({ name }) => [name, join(STRONGSWAN, folder, name)] as const),
      )
    : [];

  test.each(items)('%s opens to what Python deciphered', (name, folder) => {
    const keys: StrongswanKeys = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8'));
    const sas = strongswanSas(keys);
    if (sas === undefined) {
      // Only the AEAD with an ICV of 64 bits is not offered.
      expect(keys.child_sas[0]?.prop.enc).toBe('AES_GCM_8');
      return;
    }
    const { frames }: { frames: readonly StrongswanFrame[] } = JSON.parse(
      readFileSync(join(folder, 'expected.plaintexts.json'), 'utf8'),
    );
    const expected = frames.filter(({ type }) => type === 'esp').map(({ inner }) => inner);
    for (const subject of SUBJECTS) {
      const path = new DataPath(subject.provider(memoryFor(4096)));
      path.commit(...sas.map(addSa));
      const action = protect(...sas.map((sa) => useOf(sa)));
      path.commit(
        addPolicy(networkPolicy('inbound', action, '10.1.0.0/16', '10.2.0.0/16')),
        addPolicy(networkPolicy('inbound', action, '10.2.0.0/16', '10.1.0.0/16')),
      );
      const outcomes = packetsOf(join(folder, `${name}.pcap`)).map((packet) =>
        path.receive(packet),
      );
      const inner = outcomes.filter(
        (outcome) => typeof outcome === 'string' || u8(outcome, 12) === 10,
      );
      // IKE, which shares the port, is left alone.
      expect(outcomes.length).toBeGreaterThan(inner.length);
      expect(inner.map((each) => (typeof each === 'string' ? each : toHex(each)))).toEqual(
        expected,
      );
    }
  });
});

/** A layer of level `use`: both ends of the capture are asked for at once. */
function useOf({ source, destination }: SaParameters): Template {
  return tunnel('esp', destination, source, 'use');
}

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
