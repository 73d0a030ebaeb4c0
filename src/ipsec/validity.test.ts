import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/packets.ts';
import {
  addPolicy,
  addSa,
  ahSa,
  cipherOf,
  espSa,
  integrityOf,
  ipcompSa,
  layer,
  policy,
  protect,
  testKey,
} from '../../test/support/sas.ts';
import { AES_CBC } from '../crypto/aes-cbc.ts';
import { AES_CTR } from '../crypto/aes-ctr.ts';
import { HMAC_SHA1 } from '../crypto/hmac-sha1.ts';
import { HMAC_SHA256 } from '../crypto/hmac-sha2.ts';
import { INSECURE_3DES_CBC } from '../crypto/insecure/3des-cbc.ts';
import { NULL } from '../crypto/null.ts';
import { AEADS, ENCRYPTION_ALGORITHMS, INTEGRITY_ALGORITHMS } from '../crypto/registry.ts';
import { Secret } from '../crypto/secret.ts';
import { fromHex } from '../octets/hex.ts';
import { DEFLATE } from './compression.ts';
import { UNLIMITED } from './lifetime.ts';
import { HEADROOM, TAILROOM } from './packet.ts';
import type { SaParameters } from './sa-parameters.ts';
import { MOST_TEMPLATES, whyInvalid } from './validity.ts';

const V6 = address('2001:db8::1');
const AH = ahSa();
const IPCOMP = ipcompSa({ compression: null });
const NAT = { sourcePort: 4500, destinationPort: 4500, originalAddress: null };

describe('an SA is invalid', () => {
  const cases: readonly (readonly [string, Partial<SaParameters>, RegExp])[] = [
    ['with SPI 0', { spi: 0 }, /SPI is not a number/],
    ['with a reserved SPI', { spi: 255 }, /SPI 0x000000ff is reserved/],
    ['with an SPI past 32 bits', { spi: 2 ** 32 }, /SPI is not a number/],
    ['with half an SPI', { spi: 256.5 }, /SPI is not a number/],
    ['between IP versions', { source: V6 }, /different IP versions/],
    ['without a cipher', { encryption: null }, /ESP needs a cipher/],
    ['with a compression algorithm', { compression: DEFLATE }, /only IPComp compresses/],
    ['of IPComp with keys', { protocol: 'ipcomp', compression: DEFLATE }, /takes no keys/],
    ['of IPComp that does nothing', IPCOMP, /needs a compression algorithm/],
    ['with a CPI past 16 bits', { ...IPCOMP, spi: 0x10000 }, /CPI is not a number/],
    ['with a port of 0', { encapsulation: { ...NAT, sourcePort: 0 } }, /from 1 to 65535/],
    ['of AH in UDP', { ...AH, encapsulation: NAT }, /ESP alone is put into UDP/],
    ['with a key for null', { encryption: { algorithm: NULL, key: testKey(8) } }, /takes no key/],
    [
      'with a key of a length that AES does not take',
      { encryption: { algorithm: AES_CBC, key: testKey(136) } },
      /aes-cbc needs a key of 128, 192, 256 bits, not 136/,
    ],
    [
      'with an HMAC key of another length',
      { integrity: { algorithm: HMAC_SHA1, key: testKey(80), icvLength: 12 } },
      /hmac-sha1 needs a key of 160 bits, not 80/,
    ],
    [
      'with an ICV of another length',
      { integrity: integrityOf(HMAC_SHA256, 20) },
      /hmac-sha256 has an ICV of 12 or 16 octets, not 20/,
    ],
    ['with a negative reqid', { reqid: -1 }, /reqid/],
    ['with a reqid past 32 bits', { reqid: 2 ** 32 }, /reqid/],
    ['with too large a replay window', { replayWindow: 4097 }, /replay window.*4096/],
    ['with a negative replay window', { replayWindow: -1 }, /replay window/],
    [
      'with extended sequence numbers and no replay window',
      { extendedSequenceNumbers: true, replayWindow: 0 },
      /extended sequence numbers need a replay window/,
    ],
    ['with a negative lifetime', { hardLifetime: { ...UNLIMITED, seconds: -1 } }, /lifetime/],
    [
      'with a negative number of packets',
      { hardLifetime: { ...UNLIMITED, packets: -1 } },
      /packets/,
    ],
    [
      'with a lifetime that is no number',
      { softLifetime: { ...UNLIMITED, octets: NaN } },
      /lifetime/,
    ],
  ];
  test.each(cases)('%s', (_, parts, why) => {
    expect(whyInvalid(addSa(espSa(parts)))).toMatch(why);
  });

  test('with a cipher under AH, or without integrity', () => {
    expect(whyInvalid(addSa(ahSa({ encryption: cipherOf(AES_CBC) })))).toMatch(/does not encrypt/);
    expect(whyInvalid(addSa(ahSa({ integrity: null })))).toMatch(/AH needs an integrity/);
  });

  test('with an AEAD and another ICV, or in counter mode without any', () => {
    for (const algorithm of AEADS) {
      const encryption = cipherOf(algorithm);
      expect(whyInvalid(addSa(espSa({ encryption })))).toMatch(/ICV of its own/);
    }
    const encryption = cipherOf(AES_CTR);
    expect(whyInvalid(addSa(espSa({ encryption, integrity: null })))).toMatch(/^aes-ctr without/);
  });

  test.each([
    ['the first two thirds', '0123456789abcdef0123456789abcdefaaaaaaaaaaaaaaaa'],
    ['the last two thirds', 'aaaaaaaaaaaaaaaa0123456789abcdef0123456789abcdef'],
    ['thirds that differ in parity alone', 'aaaaaaaaaaaaaaaa0123456789abcdef0022446688aaccee'],
  ])('when its 3DES key has the same %s (RFC 2451 §2.3)', (_, digits) => {
    const key = new Secret(fromHex(digits) ?? new Uint8Array(0));
    const encryption = { algorithm: INSECURE_3DES_CBC, key };
    expect(whyInvalid(addSa(espSa({ encryption })))).toMatch(/single DES/);
  });
});

describe('an SA is valid', () => {
  test('with every algorithm, key length and ICV length there is', () => {
    for (const algorithm of ENCRYPTION_ALGORITHMS) {
      for (const bits of algorithm.keyBits.length > 0 ? algorithm.keyBits : [0]) {
        const encryption = { algorithm, key: testKey(bits) };
        const integrity = algorithm.kind === 'aead' ? null : integrityOf(HMAC_SHA256);
        expect(whyInvalid(addSa(espSa({ encryption, integrity })))).toBeNull();
      }
    }
    for (const algorithm of INTEGRITY_ALGORITHMS) {
      for (const icvLength of [algorithm.classicIcvLength, algorithm.icvLength]) {
        const integrity = integrityOf(algorithm, icvLength);
        expect(whyInvalid(addSa(ahSa({ integrity })))).toBeNull();
      }
    }
  });

  test('at the ends of the ranges', () => {
    const parts = { spi: 256, reqid: 0xffffffff, replayWindow: 4096 };
    expect(whyInvalid(addSa(espSa(parts)))).toBeNull();
    expect(whyInvalid(addSa(espSa({ spi: 0xffffffff, replayWindow: 0 })))).toBeNull();
    expect(whyInvalid(addSa(espSa({ integrity: null })))).toBeNull();
  });
});

describe('a policy is invalid', () => {
  const esp = layer('esp');
  const seven = Array.from({ length: 7 }, () => esp);
  const swapped = { first: 9, last: 8 };
  const v4Prefix = { address: address('10.0.0.0'), length: 33 };
  const cases: readonly (readonly [string, ReturnType<typeof policy>, RegExp])[] = [
    ['without layers', policy('outbound', protect()), /says by which layers/],
    ['with seven layers', policy('outbound', protect(...seven)), /at most 6/],
    ['with a reqid past 32 bits', policy('inbound', protect(layer('ah', 'use', -1))), /reqid/],
    [
      'with a priority past 32 bits',
      policy('inbound', protect(esp), { priority: 2 ** 32 }),
      /prio/,
    ],
    ['with swapped ports', policy('inbound', protect(esp), { localPort: swapped }), /port/],
    ['with a long prefix', policy('inbound', protect(esp), { localAddress: v4Prefix }), /prefix/],
    ['for protocol 256', policy('inbound', protect(esp), { nextLayerProtocol: 256 }), /protocol/],
    [
      'between IP versions',
      policy('inbound', protect(esp), { remoteAddress: { address: V6, length: 128 } }),
      /different IP versions/,
    ],
    [
      'with ends in transport mode',
      policy('inbound', protect({ ...esp, endpoints: { local: V6, remote: V6 } })),
      /no ends of its own/,
    ],
    [
      'with a tunnel without ends',
      policy('inbound', protect({ ...esp, mode: 'tunnel' })),
      /two ends/,
    ],
  ];
  test.each(cases)('%s', (_, invalid, why) => {
    expect(whyInvalid(addPolicy(invalid))).toMatch(why);
    expect(whyInvalid({ kind: 'update-policy', policy: invalid })).toMatch(why);
  });

  test('and deleting is never', () => {
    expect(whyInvalid({ kind: 'delete-sa', id: espSa({ spi: 0 }) })).toBeNull();
    expect(whyInvalid({ kind: 'flush-policies' })).toBeNull();
  });
});

test('the most layers of the longest kind fit the room around a packet', () => {
  const espHeader = 8 + Math.max(...ENCRYPTION_ALGORITHMS.map((cipher) => cipher.ivLength));
  const icv = Math.max(
    ...INTEGRITY_ALGORITHMS.map((a) => Math.max(a.icvLength, a.classicIcvLength)),
  );
  const block = Math.max(4, ...ENCRYPTION_ALGORITHMS.map((cipher) => cipher.blockLength));
  expect(HEADROOM).toBeGreaterThanOrEqual(MOST_TEMPLATES * Math.max(espHeader, 12 + icv));
  expect(TAILROOM).toBeGreaterThanOrEqual(MOST_TEMPLATES * (block + 1 + icv));
});
