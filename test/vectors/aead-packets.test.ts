/**
 * Whole ESP packets with AEADs, as published: sealed octet for octet, and opened.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AES_GCM_16 } from '../../src/crypto/aes-gcm.ts';
import type { AeadAlgorithm } from '../../src/crypto/algorithm.ts';
import { CHACHA20_POLY1305 } from '../../src/crypto/chacha20-poly1305.ts';
import { espProtection } from '../../src/ipsec/esp-protection.ts';
import { EspTransform } from '../../src/ipsec/esp-transform.ts';
import { SCRATCH_LENGTH } from '../../src/ipsec/packet.ts';
import { toHex } from '../../src/octets/hex.ts';
import { espSa } from '../support/sas.ts';
import { withRandom } from '../support/with-random.ts';
import { octetsOf, SUBJECTS, secretOf } from './crypto-subjects.ts';

interface Example {
  readonly name: string;
  readonly algorithm: AeadAlgorithm;
  /** Salt included. */
  readonly key: string;
  readonly spi: number;
  readonly sequenceNumber: number;
  readonly iv: string;
  readonly nextHeader: number;
  readonly payload: string;
  readonly packet: string;
}

const EXAMPLES: readonly Example[] = [
  {
    name: 'RFC 7634 appendix A: ChaCha20-Poly1305, tunnel mode, ping',
    algorithm: CHACHA20_POLY1305,
    key: '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3',
    spi: 0x01020304,
    sequenceNumber: 5,
    iv: '1011121314151617',
    nextHeader: 4,
    payload:
      '45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b' +
      '0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233' +
      '34353637',
    packet:
      '0102030400000005101112131415161724039428b97f417e3c13753a4f05087b67c352e6a7fab1b9' +
      '82d466ef407ae5c614ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3' +
      'cbec163fac469b502773f6fb94e664da9165b82829f641e076aaa8266b7fb0f7b11b369907e1ad43',
  },
  {
    name: 'draft-mcgrew-gcm-test-01: AES-GCM, tunnel mode',
    algorithm: AES_GCM_16,
    key: 'abbccddef00112233445566778899aababbccddef00112233445566778899aab11223344',
    spi: 0x4a2cbfe3,
    sequenceNumber: 2,
    iv: '0102030405060708',
    nextHeader: 1,
    payload:
      '4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee0000000007002400020bf0000' +
      '020405b401010402',
    packet:
      '4a2cbfe3000000020102030405060708ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf' +
      '06efae9d65a5d763748a637985771d347f0545659f14e99def842d8eb335f4eecfdbf831824b4c49' +
      '15956c96',
  },
];

describe.each(SUBJECTS)('with $name', ({ provider }) => {
  test.each(EXAMPLES)('$name', (example) => {
    const iv = octetsOf(example.iv);
    const crypto = withRandom(provider(1024), (octets, at) => octets.set(iv, at));
    const { octets } = crypto.memory;
    const encryption = { algorithm: example.algorithm, key: secretOf(example.key) };
    const esp = new EspTransform(espSa({ spi: example.spi, encryption, integrity: null }), crypto);
    const payload = octetsOf(example.payload);
    const at = 301;
    octets.fill(0xa5);
    octets.set(payload, at);
    esp.seal(at, payload.length, example.nextHeader, example.sequenceNumber);
    const espAt = at - esp.headerLength;
    const length = esp.sealedLength(payload.length);
    expect(toHex(octets.subarray(espAt, espAt + length))).toBe(example.packet);
    expect([octets[espAt - 1], octets[espAt + length]]).toEqual([0xa5, 0xa5]);
    expect(esp.open(espAt, length, example.sequenceNumber)).toBeNull();
    expect(esp.nextHeader).toBe(example.nextHeader);
    expect(toHex(octets.subarray(esp.payloadAt, esp.payloadAt + esp.payloadLength))).toBe(
      example.payload,
    );
    esp.destroy();
  });
});

interface McgrewVector {
  readonly id: string;
  readonly key: string;
  readonly salt: string;
  readonly spi: string;
  readonly seq_hex: string;
  readonly esn: boolean;
  readonly plaintext: string;
  readonly esp_packet: string;
}

const MCGREW = resolve('../shared/vectors/D_rfc/draft_mcgrew_gcm_esp.json');

describe.skipIf(!existsSync(MCGREW))(
  'draft-mcgrew-gcm-test-01, with numbers of 32 and 64 bits',
  () => {
    const { vectors }: { vectors: readonly McgrewVector[] } = existsSync(MCGREW)
      ? JSON.parse(readFileSync(MCGREW, 'utf8'))
      : { vectors: [] };

    test.each(vectors)('$id', ({ key, salt, esn, seq_hex, plaintext, esp_packet }) => {
      const sa = espSa({
        encryption: { algorithm: AES_GCM_16, key: secretOf(key + salt) },
        integrity: null,
        extendedSequenceNumbers: esn,
      });
      const high = esn ? Number(`0x${seq_hex.slice(0, 8)}`) : 0;
      const packet = octetsOf(esp_packet);
      const at = SCRATCH_LENGTH + 5;
      for (const subject of SUBJECTS) {
        const crypto = subject.provider(at + packet.length + 16);
        const protection = espProtection(sa, crypto);
        const { octets } = crypto.memory;
        octets.set(packet, at);
        const end = at + packet.length - 16;
        if (esn) expect(protection.open(at, at + 16, end, high + 1)).toBe(false);
        octets.set(packet, at);
        expect(protection.open(at, at + 16, end, high)).toBe(true);
        expect(toHex(octets.slice(at + 16, end))).toBe(plaintext);
        protection.seal(at, at + 16, end, high);
        expect(toHex(octets.slice(at, at + packet.length))).toBe(esp_packet);
        protection.destroy();
      }
    });
  },
);
