/**
 * Every integrity algorithm against the figures of its RFC.
 *
 * @module
 */
import { describe, test } from 'vitest';
import { AES_CMAC, AES_XCBC_MAC } from '../../src/crypto/aes-mac.ts';
import { HMAC_SHA1 } from '../../src/crypto/hmac-sha1.ts';
import { HMAC_SHA256, HMAC_SHA384, HMAC_SHA512 } from '../../src/crypto/hmac-sha2.ts';
import { INSECURE_HMAC_MD5 } from '../../src/crypto/insecure/hmac-md5.ts';
import { INSECURE_HMAC_RIPEMD160 } from '../../src/crypto/insecure/hmac-ripemd160.ts';
import { counted, repeated, text } from './crypto-figures.ts';
import { expectIntegrity, type IntegrityVector, SUBJECTS } from './crypto-subjects.ts';

const LARGE_KEY = 'Test Using Larger Than Block-Size Key';

const RFC2202_MD5: readonly Omit<IntegrityVector, 'algorithm'>[] = [
  {
    name: 'RFC 2202 §2 case 1',
    key: repeated('0b', 16),
    data: text('Hi There'),
    icv: '9294727a3638bb1c13f48ef8158bfc9d',
  },
  {
    name: 'RFC 2202 §2 case 2: a short key',
    key: text('Jefe'),
    data: text('what do ya want for nothing?'),
    icv: '750c783e6ab0b503eaa86e310a5db738',
  },
  {
    name: 'RFC 2202 §2 case 3',
    key: repeated('aa', 16),
    data: repeated('dd', 50),
    icv: '56be34521d144c88dbb8c733f0e8b3f6',
  },
  {
    name: 'RFC 2202 §2 case 4',
    key: counted(0x01, 25),
    data: repeated('cd', 50),
    icv: '697eaf0aca3a3aea3a75164746ffaa79',
  },
  {
    name: 'RFC 2202 §2 case 5, truncated to 96 bits',
    key: repeated('0c', 16),
    data: text('Test With Truncation'),
    icv: '56461ef2342edc00f9bab995',
  },
  {
    name: 'RFC 2202 §2 case 6: a key longer than a block',
    key: repeated('aa', 80),
    data: text(`${LARGE_KEY} - Hash Key First`),
    icv: '6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd',
  },
  {
    name: 'RFC 2202 §2 case 7: key and data longer than a block',
    key: repeated('aa', 80),
    data: text(`${LARGE_KEY} and Larger Than One Block-Size Data`),
    icv: '6f630fad67cda0ee1fb1f562db3aa53e',
  },
];

const RFC2202_SHA1: readonly Omit<IntegrityVector, 'algorithm'>[] = [
  {
    name: 'RFC 2202 §3 case 1',
    key: repeated('0b', 20),
    data: text('Hi There'),
    icv: 'b617318655057264e28bc0b6fb378c8ef146be00',
  },
  {
    name: 'RFC 2202 §3 case 2: a short key',
    key: text('Jefe'),
    data: text('what do ya want for nothing?'),
    icv: 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
  },
  {
    name: 'RFC 2202 §3 case 3',
    key: repeated('aa', 20),
    data: repeated('dd', 50),
    icv: '125d7342b9ac11cd91a39af48aa17b4f63f175d3',
  },
  {
    name: 'RFC 2202 §3 case 4',
    key: counted(0x01, 25),
    data: repeated('cd', 50),
    icv: '4c9007f4026250c6bc8414f9bf50c86c2d7235da',
  },
  {
    name: 'RFC 2202 §3 case 5, truncated to 96 bits',
    key: repeated('0c', 20),
    data: text('Test With Truncation'),
    icv: '4c1a03424b55e07fe7f27be1',
  },
  {
    name: 'RFC 2202 §3 case 6: a key longer than a block',
    key: repeated('aa', 80),
    data: text(`${LARGE_KEY} - Hash Key First`),
    icv: 'aa4ae5e15272d00e95705637ce8a3b55ed402112',
  },
  {
    name: 'RFC 2202 §3 case 7: key and data longer than a block',
    key: repeated('aa', 80),
    data: text(`${LARGE_KEY} and Larger Than One Block-Size Data`),
    icv: 'e8e99d0f45237d786d6bbaa7965c7808bbff1a91',
  },
];

const RFC4231_SHA256: readonly Omit<IntegrityVector, 'algorithm'>[] = [
  {
    name: 'RFC 4231 §4.2',
    key: repeated('0b', 20),
    data: text('Hi There'),
    icv: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  },
  {
    name: 'RFC 4231 §4.3: a short key',
    key: text('Jefe'),
    data: text('what do ya want for nothing?'),
    icv: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  },
  {
    name: 'RFC 4231 §4.4',
    key: repeated('aa', 20),
    data: repeated('dd', 50),
    icv: '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
  },
  {
    name: 'RFC 4231 §4.5',
    key: counted(0x01, 25),
    data: repeated('cd', 50),
    icv: '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
  },
  {
    name: 'RFC 4231 §4.6, truncated to 128 bits',
    key: repeated('0c', 20),
    data: text('Test With Truncation'),
    icv: 'a3b6167473100ee06e0c796c2955552b',
  },
  {
    name: 'RFC 4231 §4.7: a key longer than a block',
    key: repeated('aa', 131),
    data: text(`${LARGE_KEY} - Hash Key First`),
    icv: '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  },
  {
    name: 'RFC 4231 §4.8: key and data longer than a block',
    key: repeated('aa', 131),
    data: text(
      'This is a test using a larger than block-size key and a larger than block-size data. ' +
        'The key needs to be hashed before being used by the HMAC algorithm.',
    ),
    icv: '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  },
];

const RFC4868_SHA256: readonly Omit<IntegrityVector, 'algorithm'>[] = [
  {
    name: 'RFC 4868 §2.7.2.1 AUTH256-1',
    key: repeated('0b', 32),
    data: text('Hi There'),
    icv: '198a607eb44bfbc69903a0f1cf2bbdc5',
  },
  {
    name: 'RFC 4868 §2.7.2.1 AUTH256-2',
    key: text('Jefe'.repeat(8)),
    data: text('what do ya want for nothing?'),
    icv: '167f928588c5cc2eef8e3093caa0e87c',
  },
  {
    name: 'RFC 4868 §2.7.2.1 AUTH256-3',
    key: repeated('aa', 32),
    data: repeated('dd', 50),
    icv: 'cdcb1220d1ecccea91e53aba3092f962',
  },
  {
    name: 'RFC 4868 §2.7.2.1 AUTH256-4',
    key: counted(0x01, 32),
    data: repeated('cd', 50),
    icv: '372efcf9b40b35c2115b1346903d2ef4',
  },
];

const MORE_VECTORS: readonly IntegrityVector[] = [
  {
    name: 'RFC 3566 §4.6 #2',
    algorithm: AES_XCBC_MAC,
    key: '000102030405060708090a0b0c0d0e0f',
    data: '000102',
    icv: '5b376580ae2f19afe7219ceef172756f',
  },
  {
    name: 'RFC 3566 §4.6 #4',
    algorithm: AES_XCBC_MAC,
    key: '000102030405060708090a0b0c0d0e0f',
    data: '000102030405060708090a0b0c0d0e0f10111213',
    icv: '47f51b4564966215b8985c63055ed308',
  },
  {
    name: 'RFC 3566 §4.6 #5',
    algorithm: AES_XCBC_MAC,
    key: '000102030405060708090a0b0c0d0e0f',
    data: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    icv: 'f54f0ec8d2b9f3d36807734bd5283fd4',
  },
  {
    name: 'RFC 3566 §4.6 #6',
    algorithm: AES_XCBC_MAC,
    key: '000102030405060708090a0b0c0d0e0f',
    data: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021',
    icv: 'becbb3bccdb518a30677d5481fb6b4d8',
  },
  {
    name: 'RFC 4493 §4 #3',
    algorithm: AES_CMAC,
    key: '2b7e151628aed2a6abf7158809cf4f3c',
    data: '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411',
    icv: 'dfa66747de9ae63030ca32611497c827',
  },
  {
    name: 'RFC 4493 §4 #4',
    algorithm: AES_CMAC,
    key: '2b7e151628aed2a6abf7158809cf4f3c',
    data: '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
    icv: '51f0bebf7e3b9d92fc49741779363cfe',
  },
  {
    name: 'RFC 4494 §4 #1',
    algorithm: AES_CMAC,
    key: '2b7e151628aed2a6abf7158809cf4f3c',
    data: '',
    icv: 'bb1d6929e95937287fa37d12',
  },
  {
    name: 'RFC 4494 §4 #4',
    algorithm: AES_CMAC,
    key: '2b7e151628aed2a6abf7158809cf4f3c',
    data: '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
    icv: '51f0bebf7e3b9d92fc497417',
  },
  {
    name: 'RFC 4231 §4 rfc4231-1-sha384',
    algorithm: HMAC_SHA384,
    key: '0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b',
    data: '4869205468657265',
    icv: 'afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6',
  },
  {
    name: 'RFC 4231 §4 rfc4231-2-sha384',
    algorithm: HMAC_SHA384,
    key: '4a656665',
    data: '7768617420646f2079612077616e7420666f72206e6f7468696e673f',
    icv: 'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
  },
  {
    name: 'RFC 4231 §4 rfc4231-2-sha512',
    algorithm: HMAC_SHA512,
    key: '4a656665',
    data: '7768617420646f2079612077616e7420666f72206e6f7468696e673f',
    icv: '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
  },
  {
    name: 'RFC 4231 §4 rfc4231-3-sha384',
    algorithm: HMAC_SHA384,
    key: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    data: 'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd',
    icv: '88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27',
  },
  {
    name: 'RFC 4231 §4 rfc4231-4-sha512',
    algorithm: HMAC_SHA512,
    key: '0102030405060708090a0b0c0d0e0f10111213141516171819',
    data: 'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd',
    icv: 'b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd',
  },
  {
    name: 'RFC 4231 §4 rfc4231-5-sha384',
    algorithm: HMAC_SHA384,
    key: '0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c',
    data: '546573742057697468205472756e636174696f6e',
    icv: '3abf34c3503b2a23a46efc619baef897',
  },
  {
    name: 'RFC 2286 §2 0',
    algorithm: INSECURE_HMAC_RIPEMD160,
    key: '0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b',
    data: '4869205468657265',
    icv: '24cb4bd67d20fc1a5d2ed7732dcc39377f0a5668',
  },
  {
    name: 'RFC 2286 §2 3',
    algorithm: INSECURE_HMAC_RIPEMD160,
    key: '0102030405060708090a0b0c0d0e0f10111213141516171819',
    data: 'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd',
    icv: 'd5ca862f4d21d5e610e18b4cf1beb97a4365ecf4',
  },
];

const INTEGRITY_VECTORS: readonly IntegrityVector[] = [
  ...MORE_VECTORS,
  ...RFC2202_MD5.map((vector) => ({ ...vector, algorithm: INSECURE_HMAC_MD5 })),
  ...RFC2202_SHA1.map((vector) => ({ ...vector, algorithm: HMAC_SHA1 })),
  ...RFC4231_SHA256.map((vector) => ({ ...vector, algorithm: HMAC_SHA256 })),
  ...RFC4868_SHA256.map((vector) => ({ ...vector, algorithm: HMAC_SHA256 })),
];

describe.each(SUBJECTS)('$name gives the published ICV and accepts it:', ({ provider }) => {
  const subject = provider(1024);
  test.each(INTEGRITY_VECTORS)('$algorithm.name, $name', (vector) =>
    expectIntegrity(subject, vector),
  );
});
