/**
 * ESP and AH, each under both crypto providers: sealed, opened, tampered with.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';
import { DataPath, memoryFor } from '../../test/support/data-path.ts';
import {
  address,
  countedOctets,
  echoPacket,
  ipv4Packet,
  udpPacket,
} from '../../test/support/packets.ts';
import {
  addPolicy,
  addSa,
  ahSa,
  cipherOf,
  espSa,
  integrityOf,
  layer,
  mirrored,
  policy,
  protect,
} from '../../test/support/sas.ts';
import { withRandom } from '../../test/support/with-random.ts';
import { octetsOf, SUBJECTS, type Subject, secretOf } from '../../test/vectors/crypto-subjects.ts';
import { AES_CBC } from '../crypto/aes-cbc.ts';
import { AES_CTR } from '../crypto/aes-ctr.ts';
import type { EncryptionAlgorithm } from '../crypto/algorithm.ts';
import { HMAC_SHA256 } from '../crypto/hmac-sha2.ts';
import { NULL } from '../crypto/null.ts';
import { AEADS, CIPHERS, INTEGRITY_ALGORITHMS } from '../crypto/registry.ts';
import { toHex } from '../octets/hex.ts';
import { u8, u16, u32 } from '../octets/octets.ts';
import { updateIpv4Checksum } from '../wire/ipv4.ts';
import { EspTransform } from './esp-transform.ts';
import type { Template } from './policy.ts';
import type { SaParameters } from './sa-parameters.ts';

const LONGEST = 2048;

/** Alice and Bob with the same SAs; the policies ask for `layers`, innermost first. */
function pair(subject: Subject, sas: readonly SaParameters[], ...layers: Template[]) {
  const out = policy('outbound', protect(...layers));
  const alice = new DataPath(subject.provider(memoryFor(LONGEST)));
  const bob = new DataPath(subject.provider(memoryFor(LONGEST)));
  alice.commit(...sas.map(addSa), addPolicy(out));
  bob.commit(...sas.map(addSa), addPolicy(mirrored(out)));
  return { alice, bob };
}

/** Copies of `octets`, one for each bit, with that bit flipped. */
function* eachFlip(octets: Uint8Array, from = 0): Generator<[number, Uint8Array]> {
  for (let bit = from * 8; bit < octets.length * 8; bit++) {
    const copy = octets.slice();
    copy[bit >> 3] = u8(copy, bit >> 3) ^ (0x80 >> (bit & 7));
    yield [bit, copy];
  }
}

interface EspExample {
  readonly name: string;
  readonly key: string;
  readonly spi: number;
  readonly sequenceNumber: number;
  readonly destination: string;
  readonly iv: string;
  readonly nextHeader: number;
  readonly payload: string;
  readonly enciphered: string;
}

const PING_DATA =
  '08090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637';

/** RFC 3602 §4, cases 5 to 8: what stands behind the outer IP header. */
const RFC_3602: readonly EspExample[] = [
  {
    name: 'case 5: transport mode, ping',
    key: '90d382b410eeba7ad938c46cec1a82bf',
    spi: 0x4321,
    sequenceNumber: 1,
    destination: '192.168.123.100',
    iv: 'e96e8c08ab465763fd098d45dd3ff893',
    nextHeader: 1,
    payload: `08000ebda70a00008e9c083db95b0700${PING_DATA}`,
    enciphered:
      'f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856a4699e523a55db08' +
      '0b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6',
  },
  {
    name: 'case 6: transport mode, short ping',
    key: '90d382b410eeba7ad938c46cec1a82bf',
    spi: 0x4321,
    sequenceNumber: 8,
    destination: '192.168.123.100',
    iv: '69d08df7d203329db093fc4924e5bd80',
    nextHeader: 1,
    payload: '0800b5e8a80a0500a69c083d0b660e00777777777777777777777777',
    enciphered: 'f51995881ec4e0c4488987ce742e8109689bb379d2d750c0d915dca346a89f75',
  },
  {
    name: 'case 7: tunnel mode, ping',
    key: '0123456789abcdef0123456789abcdef',
    spi: 0x8765,
    sequenceNumber: 2,
    destination: '192.168.123.200',
    iv: 'f4e765244f6407adf13dc1380f673f37',
    nextHeader: 4,
    payload: `45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d02a20400${PING_DATA}`,
    enciphered:
      '773b5241a4c449225e4f3ce5ed611b0c237ca96cf74a93013c1b0ea1a0cf70f8e4ecaec78ac53aad' +
      '7a0f022b859243c647752e94a859352b8a4d4d2decd136e5c177f132ad3fbfb2201ac9904c74ee0a' +
      '109e0ca1e4dfe9d5a100b842f1c22f0d',
  },
  {
    name: 'case 8: tunnel mode, ping of 0xff',
    key: '0123456789abcdef0123456789abcdef',
    spi: 0x8765,
    sequenceNumber: 5,
    destination: '192.168.123.200',
    iv: '85d47224b5f3dd5d2101d4ea8dffab22',
    nextHeader: 4,
    payload: `45000044090c00004001f990c0a87b03c0a87bc80800d63caa0a0200c69c083da3de0300${'ff'.repeat(32)}`,
    enciphered:
      '15b92683819596a8047232cc00f7048fe45318e11f8a0f62ede3c3fc61203bb50f980a08c9843fd3' +
      'a1b06d5c07ff9639b7eb7dfb3512e5de435e7207ed971ef3d2726d9b5ef6affc6d17a0decbb13892',
  },
];

/** Every cipher, AEAD and hash at least once, and what may go without a hash. */
const SUITES: readonly {
  readonly encryption: NonNullable<SaParameters['encryption']>;
  readonly integrity: SaParameters['integrity'];
}[] = [
  ...CIPHERS.map((cipher) => ({
    encryption: cipherOf(cipher),
    integrity: integrityOf(HMAC_SHA256),
  })),
  ...CIPHERS.filter((cipher) => cipher !== NULL && cipher !== AES_CTR).map((cipher) => ({
    encryption: cipherOf(cipher),
    integrity: null,
  })),
  ...INTEGRITY_ALGORITHMS.flatMap((mac) =>
    [...new Set([mac.classicIcvLength, mac.icvLength])].map((icvLength) => ({
      encryption: cipherOf(AES_CBC),
      integrity: integrityOf(mac, icvLength),
    })),
  ),
  ...AEADS.map((aead) => ({ encryption: cipherOf(aead), integrity: null })),
];
const COUNTER_MODES: readonly EncryptionAlgorithm[] = [AES_CTR, ...AEADS];

for (const subject of SUBJECTS) {
  describe(`with ${subject.name}`, () => {
    describe('RFC 3602 §4', () => {
      test.each(RFC_3602)('$name', (example) => {
        const iv = octetsOf(example.iv);
        const provider = withRandom(subject.provider(1024), (octets, at, length) => {
          expect(length).toBe(16);
          octets.set(iv, at);
        });
        const { octets } = provider.memory;
        const encryption = { algorithm: AES_CBC, key: secretOf(example.key) };
        const esp = new EspTransform(
          espSa({ spi: example.spi, encryption, integrity: null }),
          provider,
        );
        const payload = octetsOf(example.payload);
        const at = 301;
        octets.fill(0xa5);
        octets.set(payload, at);
        esp.seal(at, payload.length, example.nextHeader, example.sequenceNumber);
        const espAt = at - esp.headerLength;
        const length = esp.sealedLength(payload.length);
        const header = [example.spi, example.sequenceNumber].map((n) =>
          n.toString(16).padStart(8, '0'),
        );
        const sealed = `${header.join('')}${example.iv}${example.enciphered}`;
        expect(toHex(octets.subarray(espAt, espAt + length))).toBe(sealed);
        expect([octets[espAt - 1], octets[espAt + length]]).toEqual([0xa5, 0xa5]);
        expect(esp.open(espAt, length, example.sequenceNumber)).toBeNull();
        expect(esp.nextHeader).toBe(example.nextHeader);
        expect(toHex(octets.subarray(esp.payloadAt, esp.payloadAt + esp.payloadLength))).toBe(
          example.payload,
        );
        esp.destroy();
      });

      test('case 5 as whole packets', () => {
        const iv = octetsOf('e96e8c08ab465763fd098d45dd3ff893');
        const crypto = withRandom(subject.provider(memoryFor(LONGEST)), (octets, at) =>
          octets.set(iv, at),
        );
        const path = new DataPath(crypto);
        const source = address('192.168.123.3');
        const destination = address('192.168.123.100');
        const key = secretOf('90d382b410eeba7ad938c46cec1a82bf');
        const encryption = { algorithm: AES_CBC, key };
        const sa = espSa({ source, destination, spi: 0x4321, encryption, integrity: null });
        const host = (octets: typeof source) => ({ address: octets, length: 32 });
        const parts = { localAddress: host(source), remoteAddress: host(destination) };
        path.commit(addSa(sa), addPolicy(policy('outbound', protect(layer('esp')), parts)));
        const clear = octetsOf(
          `4500005408f200004001f9fec0a87b03c0a87b6408000ebda70a00008e9c083db95b0700${PING_DATA}`,
        );
        const sealed = path.seal(clear);
        expect(toHex(sealed)).toBe(
          '4500007c08f200004032f9a5c0a87b03c0a87b640000432100000001' +
            'e96e8c08ab465763fd098d45dd3ff893' +
            'f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856a4699e523a55db08' +
            '0b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6',
        );
        expect(toHex(octetsFrom(path.receive(sealed)))).toBe(toHex(clear));
      });
    });

    describe('ESP', () => {
      for (const { encryption, integrity } of SUITES) {
        const { algorithm } = encryption;
        const icvLength =
          integrity?.icvLength ?? (algorithm.kind === 'aead' ? algorithm.icvLength : 0);
        const name =
          integrity === null ? 'nothing else' : `${integrity.algorithm.name}-${icvLength * 8}`;
        test(`${algorithm.name} and ${name} round-trips payloads of 0 to 300 octets`, () => {
          const sa = espSa({ encryption, integrity });
          const { alice, bob } = pair(subject, [sa], layer('esp'));
          const block = Math.max(4, algorithm.blockLength);
          for (let length = 0; length <= 300; length++) {
            const clear = ipv4Packet({ protocol: 253, payload: countedOctets(length) });
            const sealed = alice.seal(clear);
            const plain = Math.ceil((length + 2) / block) * block;
            expect(sealed.length).toBe(28 + algorithm.ivLength + plain + icvLength);
            expect([u8(sealed, 9), u32(sealed, 20), u32(sealed, 24)]).toEqual([
              50,
              0x201,
              length + 1,
            ]);
            expect(toHex(octetsFrom(bob.receive(sealed)))).toBe(toHex(clear));
          }
        });
      }

      test.each(AEADS)('with $name, lets no flipped bit or shorter packet through', (algorithm) => {
        const encryption = cipherOf(algorithm);
        const sas = [espSa({ encryption, integrity: null })];
        const { alice, bob } = pair(subject, sas, layer('esp'));
        const clear = udpPacket(countedOctets(40));
        const sealed = alice.seal(clear);
        for (const [bit, forged] of eachFlip(sealed, 20)) {
          expect(typeof bob.receive(forged), `bit ${bit}`).toBe('string');
        }
        for (let length = 20; length < sealed.length; length++) {
          const cut = sealed.slice(0, length);
          cut.set([length >> 8, length & 0xff], 2);
          updateIpv4Checksum(cut, 0);
          expect(typeof bob.receive(cut), `${length} octets`).toBe('string');
        }
        expect(bob.receive(sealed)).toEqual(clear);
        // The replay window is at work without an integrity algorithm of its own.
        expect(bob.receive(sealed)).toBe('in-state-seq-error');
      });

      test.each(COUNTER_MODES)(
        'with $name, counts IVs from a random one, past 2^32, too',
        (algorithm) => {
          const integrity = algorithm.kind === 'aead' ? null : integrityOf(HMAC_SHA256);
          const sa = espSa({ encryption: cipherOf(algorithm), integrity });
          let drawn = 0;
          const crypto = withRandom(subject.provider(memoryFor(LONGEST)), (octets, at, length) => {
            expect(length).toBe(8);
            drawn++;
            octets.set(octetsOf('a5a5a5a5fffffffe'), at);
          });
          const alice = new DataPath(crypto);
          alice.commit(addSa(sa), addPolicy(policy('outbound', protect(layer('esp')))));
          const ivs = Array.from({ length: 4 }, () =>
            toHex(alice.seal(udpPacket(countedOctets(9))).subarray(28, 36)),
          );
          expect(ivs).toEqual([
            'a5a5a5a5fffffffe',
            'a5a5a5a5ffffffff',
            'a5a5a5a600000000',
            'a5a5a5a600000001',
          ]);
          expect(drawn).toBe(1);
        },
      );

      test('takes every key length of AES', () => {
        for (const bits of AES_CBC.keyBits) {
          const encryption = { algorithm: AES_CBC, key: secretOf('5c'.repeat(bits / 8)) };
          const { alice, bob } = pair(subject, [espSa({ encryption })], layer('esp'));
          const clear = udpPacket(countedOctets(99));
          expect(bob.receive(alice.seal(clear))).toEqual(clear);
        }
      });

      test('hides the payload, and under another IV each time', () => {
        const { alice } = pair(subject, [espSa()], layer('esp'));
        const clear = udpPacket(new Uint8Array(64).fill(0x41));
        const [first, second] = [alice.seal(clear), alice.seal(clear)].map(toHex);
        expect(first).not.toContain('4141414141414141');
        expect(first?.slice(56, 88)).not.toBe(second?.slice(56, 88));
      });

      test('lets no flipped bit behind the IP header through', () => {
        const { alice, bob } = pair(subject, [espSa({ replayWindow: 0 })], layer('esp'));
        const clear = udpPacket(countedOctets(40));
        const sealed = alice.seal(clear);
        for (const [bit, forged] of eachFlip(sealed, 20)) {
          expect(typeof bob.receive(forged), `bit ${bit}`).toBe('string');
        }
        expect(bob.receive(sealed)).toEqual(clear);
      });

      test('refuses every shorter packet', () => {
        const { alice, bob } = pair(subject, [espSa({ replayWindow: 0 })], layer('esp'));
        const sealed = alice.seal(udpPacket(countedOctets(40)));
        for (let length = 20; length < sealed.length; length++) {
          const cut = sealed.slice(0, length);
          cut.set([length >> 8, length & 0xff], 2);
          updateIpv4Checksum(cut, 0);
          expect(typeof bob.receive(cut), `${length} octets`).toBe('string');
        }
      });

      test('refuses half a block, where no ICV tells either', () => {
        const sa = espSa({ replayWindow: 0, integrity: null });
        const { alice, bob } = pair(subject, [sa], layer('esp'));
        const sealed = alice.seal(udpPacket(countedOctets(40)));
        for (let length = 20 + 24; length < sealed.length; length++) {
          const cut = sealed.slice(0, length);
          cut.set([length >> 8, length & 0xff], 2);
          const outcome = bob.receive(cut);
          if ((length - 44) % 16 !== 0) expect(outcome, `${length} octets`).toBe('in-hdr-error');
        }
      });

      test('keeps IP options where they were', () => {
        const { alice, bob } = pair(subject, [espSa()], layer('esp'));
        const options = Uint8Array.of(0x94, 4, 0, 0, 1, 1, 1, 0);
        const clear = udpPacket(countedOctets(40), { options });
        const sealed = alice.seal(clear);
        expect(u8(sealed, 0)).toBe(0x47);
        expect(sealed.slice(20, 28)).toEqual(options);
        expect(u32(sealed, 28)).toBe(0x201);
        expect(bob.receive(sealed)).toEqual(clear);
      });

      test('with an ICV of 96 bits does not take one of 128, nor the other way round', () => {
        const classic = espSa({ integrity: integrityOf(HMAC_SHA256, 12) });
        const modern = espSa({ integrity: integrityOf(HMAC_SHA256, 16) });
        const one = pair(subject, [classic], layer('esp'));
        const other = pair(subject, [modern], layer('esp'));
        const clear = udpPacket(countedOctets(40));
        expect(typeof other.bob.receive(one.alice.seal(clear))).toBe('string');
        expect(typeof one.bob.receive(other.alice.seal(clear))).toBe('string');
      });
    });

    describe('AH', () => {
      for (const mac of INTEGRITY_ALGORITHMS) {
        for (const icvLength of new Set([mac.classicIcvLength, mac.icvLength])) {
          test(`${mac.name}-${icvLength * 8} round-trips payloads of 0 to 300 octets`, () => {
            const sa = ahSa({ integrity: integrityOf(mac, icvLength) });
            const { alice, bob } = pair(subject, [sa], layer('ah'));
            for (let length = 0; length <= 300; length++) {
              const clear = ipv4Packet({ protocol: 253, payload: countedOctets(length) });
              const sealed = alice.seal(clear);
              expect(sealed.length).toBe(clear.length + 12 + icvLength);
              expect([u8(sealed, 9), u8(sealed, 20), u8(sealed, 21), u32(sealed, 24)]).toEqual([
                51,
                253,
                (12 + icvLength) / 4 - 2,
                0x200,
              ]);
              expect(sealed.slice(-length || sealed.length)).toEqual(countedOctets(length));
              expect(toHex(octetsFrom(bob.receive(sealed)))).toBe(toHex(clear));
            }
          });
        }
      }

      const path = () => pair(subject, [ahSa({ replayWindow: 0 })], layer('ah'));

      test.each([
        ['type of service', 1, 0xff],
        ['the DF and the reserved flag', 6, 0xc0],
        ['time to live', 8, 0x3f],
        ['header checksum', 10, 0xff],
      ])('does not mind a changed %s (RFC 4302 §3.3.3.1.1.1)', (_, at, change) => {
        const { alice, bob } = path();
        const sealed = alice.seal(udpPacket(countedOctets(40)));
        sealed[at] = u8(sealed, at) ^ change;
        expect(typeof bob.receive(sealed)).not.toBe('string');
      });

      test('lets no other flipped bit through', () => {
        const { alice, bob } = path();
        const sealed = alice.seal(udpPacket(countedOctets(40)));
        const mutable = new Set([1, 6, 7, 8, 10, 11]);
        for (const [bit, forged] of eachFlip(sealed)) {
          if (mutable.has(bit >> 3)) continue;
          expect(typeof bob.receive(forged), `bit ${bit}`).toBe('string');
        }
      });

      test('covers immutable options and leaves mutable ones out', () => {
        const { alice, bob } = path();
        // Router alert, then a record route with room for one address.
        const options = Uint8Array.of(0x94, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0, 0);
        const clear = udpPacket(countedOctets(40), { options });
        const sealed = alice.seal(clear);
        expect(sealed.slice(20, 32)).toEqual(options);
        expect(bob.receive(sealed)).toEqual(clear);
        const recorded = sealed.slice();
        recorded.set([8, 192, 0, 2, 1], 26);
        expect(typeof bob.receive(recorded)).not.toBe('string');
        const alerted = sealed.slice();
        alerted[23] = 1;
        expect(bob.receive(alerted)).toBe('in-state-proto-error');
      });

      test('refuses malformed options at both ends', () => {
        const { alice, bob } = path();
        const options = Uint8Array.of(7, 200, 4, 0);
        const clear = udpPacket(countedOctets(40), { options });
        expect(alice.send(clear)).toBe('out-state-proto-error');
        const sealed = alice.seal(udpPacket(countedOctets(40), { options: new Uint8Array(4) }));
        sealed.set(options, 20);
        expect(bob.receive(sealed)).toBe('in-state-proto-error');
      });
    });

    describe('AH over ESP', () => {
      const sas = [espSa(), ahSa()];
      const layers = [layer('esp'), layer('ah')];

      test('stands on the wire as IP, AH, ESP', () => {
        const { alice, bob } = pair(subject, sas, ...layers);
        const clear = echoPacket('request', 1, 56);
        const sealed = alice.seal(clear);
        expect([u8(sealed, 9), u8(sealed, 20), u32(sealed, 24), u32(sealed, 44)]).toEqual([
          51, 50, 0x200, 0x201,
        ]);
        expect(u16(sealed, 2)).toBe(sealed.length);
        expect(bob.receive(sealed)).toEqual(clear);
        expect(bob.receive(sealed)).toBe('in-state-seq-error');
      });

      test('lets no flipped bit through that AH covers', () => {
        const { alice, bob } = pair(subject, sas, ...layers);
        const sealed = alice.seal(echoPacket('request', 1, 56));
        for (const [bit, forged] of eachFlip(sealed, 20)) {
          expect(typeof bob.receive(forged), `bit ${bit}`).toBe('string');
        }
        // None of them used up a number.
        expect(typeof bob.receive(sealed)).not.toBe('string');
      });

      test('six layers, the most there may be, fit around the longest packet', () => {
        const crypto = subject.provider(memoryFor(LONGEST));
        const six = ['ah', 'esp', 'ah', 'esp', 'ah', 'esp'] as const;
        const many = six.map((protocol, k) => {
          const parts = { spi: 0x500 + k, reqid: k + 1 };
          return protocol === 'ah'
            ? ahSa({ ...parts, integrity: integrityOf(HMAC_SHA256) })
            : espSa(parts);
        });
        const templates = six.map((protocol, k) => layer(protocol, 'require', k + 1));
        const out = policy('outbound', protect(...templates));
        const alice = new DataPath(crypto);
        const bob = new DataPath(subject.provider(memoryFor(LONGEST)));
        alice.commit(...many.map(addSa), addPolicy(out));
        bob.commit(...many.map(addSa), addPolicy(mirrored(out)));
        const clear = udpPacket(countedOctets(LONGEST - 28));
        expect(bob.receive(alice.seal(clear))).toEqual(clear);
      });
    });
  });
}

function octetsFrom(result: Uint8Array | string): Uint8Array {
  expect(typeof result === 'string' ? result : 'octets').toBe('octets');
  return typeof result === 'string' ? new Uint8Array(0) : result;
}
