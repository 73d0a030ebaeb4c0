/**
 * Every cipher against the figures of its RFC, or of NIST.
 *
 * @module
 */
import { describe, test } from 'vitest';
import { AES_CBC } from '../../src/crypto/aes-cbc.ts';
import { AES_CTR } from '../../src/crypto/aes-ctr.ts';
import { CAMELLIA_CBC } from '../../src/crypto/camellia-cbc.ts';
import { INSECURE_3DES_CBC } from '../../src/crypto/insecure/3des-cbc.ts';
import { INSECURE_BLOWFISH_CBC } from '../../src/crypto/insecure/blowfish-cbc.ts';
import { INSECURE_CAST128_CBC } from '../../src/crypto/insecure/cast128-cbc.ts';
import { INSECURE_DES_CBC } from '../../src/crypto/insecure/des-cbc.ts';
import { NULL } from '../../src/crypto/null.ts';
import { TWOFISH_CBC } from '../../src/crypto/twofish-cbc.ts';
import { counted, text } from './crypto-figures.ts';
import { type CipherVector, expectCipher, SUBJECTS } from './crypto-subjects.ts';

/** The plaintext of all examples in NIST SP 800-38A. */
const SP800_38A =
  '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51' +
  '30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710';

const AES_CBC_VECTORS: readonly Omit<CipherVector, 'algorithm'>[] = [
  {
    name: 'RFC 3602 §4 case 1: one block',
    key: '06a9214036b8a15b512e03d534120006',
    iv: '3dafba429d9eb430b422da802c9fac41',
    plaintext: text('Single block msg'),
    ciphertext: 'e353779c1079aeb82708942dbe77181a',
  },
  {
    name: 'RFC 3602 §4 case 2: two blocks',
    key: 'c286696d887c9aa0611bbb3e2025a45a',
    iv: '562e17996d093d28ddb3ba695a2e6f58',
    plaintext: counted(0x00, 32),
    ciphertext: 'd296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1',
  },
  {
    name: 'RFC 3602 §4 case 3: three blocks',
    key: '6c3ea0477630ce21a2ce334aa746c2cd',
    iv: 'c782dc4c098c66cbd9cd27d825682c81',
    plaintext: text('This is a 48-byte message (exactly 3 AES blocks)'),
    ciphertext:
      'd0a02b3836451753d493665d33f0e8862dea54cdb293abc7506939276772f8d5' +
      '021c19216bad525c8579695d83ba2684',
  },
  {
    name: 'RFC 3602 §4 case 4: four blocks',
    key: '56e47a38c5598974bc46903dba290349',
    iv: '8ce82eefbea0da3c44699ed7db51b7d9',
    plaintext: counted(0xa0, 64),
    ciphertext:
      'c30e32ffedc0774e6aff6af0869f71aa0f3af07a9a31a9c684db207eb0ef8e4e' +
      '35907aa632c3ffdf868bb7b29d3d46ad83ce9f9a102ee99d49a53e87f4c3da55',
  },
  {
    name: 'NIST SP 800-38A F.2.1: 128-bit key',
    key: '2b7e151628aed2a6abf7158809cf4f3c',
    iv: counted(0x00, 16),
    plaintext: SP800_38A,
    ciphertext:
      '7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2' +
      '73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7',
  },
  {
    name: 'NIST SP 800-38A F.2.3: 192-bit key',
    key: '8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b',
    iv: counted(0x00, 16),
    plaintext: SP800_38A,
    ciphertext:
      '4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a' +
      '571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd',
  },
  {
    name: 'NIST SP 800-38A F.2.5: 256-bit key',
    key: '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
    iv: counted(0x00, 16),
    plaintext: SP800_38A,
    ciphertext:
      'f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d' +
      '39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b',
  },
];

const TRIPLE_DES_VECTORS: readonly Omit<CipherVector, 'algorithm'>[] = [
  {
    name: 'NIST TCBCMMT3 0: one block',
    key: 'b5cb1504802326c73df186e3e352a20de643b0d63ee30e37',
    iv: '43f791134c5647ba',
    plaintext: 'dcc153cef81d6f24',
    ciphertext: '92538bd8af18d3ba',
  },
  {
    name: 'NIST TCBCMMT3 3: four blocks',
    key: 'd98aadc76d4a3716158c32866efbb9ce834af2297379a49d',
    iv: '3c5220327c502b44',
    plaintext: '6174079dda53ca723ebf00a66837f8d5ce648c08acaa5ee45ffe62210ef79d3e',
    ciphertext: 'f5bd4d600bed77bec78409e3530ebda1d815506ed53103015b87e371ae000958',
  },
];

/** Where a block is published by itself, CBC of it under an IV of zeros is the same. */
const MORE_VECTORS: readonly CipherVector[] = [
  {
    name: 'RFC 3686 §6 #2',
    algorithm: AES_CTR,
    key: '7e24067817fae0d743d6ce1f32539163006cb6db',
    iv: 'c0543b59da48d90b',
    plaintext: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    ciphertext: '5104a106168a72d9790d41ee8edad388eb2e1efc46da57c8fce630df9141be28',
  },
  {
    name: 'RFC 3686 §6 #4',
    algorithm: AES_CTR,
    key: '16af5b145fc9f579c175f93e3bfb0eed863d06ccfdb7851500000048',
    iv: '36733c147d6d93cb',
    plaintext: '53696e676c6520626c6f636b206d7367',
    ciphertext: '4b55384fe259c9c84e7935a003cbe928',
  },
  {
    name: 'RFC 3686 §6 #5',
    algorithm: AES_CTR,
    key: '7c5cb2401b3dc33c19e7340819e0f69c678c3db8e6f6a91a0096b03b',
    iv: '020c6eadc2cb500d',
    plaintext: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    ciphertext: '453243fc609b23327edfaafa7131cd9f8490701c5ad4a79cfc1fe0ff42f4fb00',
  },
  {
    name: 'RFC 3686 §6 #6',
    algorithm: AES_CTR,
    key: '02bf391ee8ecb159b959617b0965279bf59b60a786d3e0fe0007bdfd',
    iv: '5cbd60278dcc0912',
    plaintext: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223',
    ciphertext: '96893fc55e5c722f540b7dd1ddf7e758d288bc95c69165884536c811662f2188abee0935',
  },
  {
    name: 'RFC 3686 §6 #7',
    algorithm: AES_CTR,
    key: '776beff2851db06f4c8a0542c8696f6c6a81af1eec96b4d37fc1d689e6c1c10400000060',
    iv: 'db5672c97aa8f0b2',
    plaintext: '53696e676c6520626c6f636b206d7367',
    ciphertext: '145ad01dbf824ec7560863dc71e3e0c0',
  },
  {
    name: 'RFC 3686 §6 #8',
    algorithm: AES_CTR,
    key: 'f6d66d6bd52d59bb0796365879eff886c66dd51a5b6a99744b50590c87a2388400faac24',
    iv: 'c1585ef15a43d875',
    plaintext: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    ciphertext: 'f05e231b3894612c49ee000b804eb2a9b8306b508f839d6a5530831d9344af1c',
  },
  {
    name: 'RFC 3713 appendix A',
    algorithm: CAMELLIA_CBC,
    key: '0123456789abcdeffedcba9876543210',
    iv: '00000000000000000000000000000000',
    plaintext: '0123456789abcdeffedcba9876543210',
    ciphertext: '67673138549669730857065648eabe43',
  },
  {
    name: 'RFC 2144 appendix B.1, 128 bits',
    algorithm: INSECURE_CAST128_CBC,
    key: '0123456712345678234567893456789a',
    iv: '0000000000000000',
    plaintext: '0123456789abcdef',
    ciphertext: '238b4fe5847e44b2',
  },
  {
    name: 'RFC 2144 appendix B.1, 40 bits',
    algorithm: INSECURE_CAST128_CBC,
    key: '0123456712',
    iv: '0000000000000000',
    plaintext: '0123456789abcdef',
    ciphertext: '7ac816d16e9b302e',
  },
  {
    name: 'the paper, 192 bits, I=49',
    algorithm: TWOFISH_CBC,
    key: 'fb66522c332fcc4c042abe32fa9e902fdea4f3da75ec7a8e',
    iv: '00000000000000000000000000000000',
    plaintext: 'f0ab73301125fa21ef70be5385fb76b6',
    ciphertext: 'e75449212beef9f4a390bd860a640941',
  },
  {
    name: 'Eric Young',
    algorithm: INSECURE_BLOWFISH_CBC,
    key: '0123456789abcdeff0e1d2c3b4a59687',
    iv: 'fedcba9876543210',
    plaintext: '37363534333231204e6f77206973207468652074696d6520666f722000000000',
    ciphertext: '6b77b4d63006dee605b156e27403979358deb9e7154616d959f1652bd5ff92cc',
  },
  {
    name: 'FIPS 81',
    algorithm: INSECURE_DES_CBC,
    key: '0123456789abcdef',
    iv: 'fedcba9876543210',
    plaintext: '37363534333231204e6f77206973207468652074696d6520',
    ciphertext: 'ccd173ffab2039f4acd8aefddfd8a1eb468e91157888ba68',
  },
];

const CIPHER_VECTORS: readonly CipherVector[] = [
  ...MORE_VECTORS,
  ...AES_CBC_VECTORS.map((vector) => ({ ...vector, algorithm: AES_CBC })),
  ...TRIPLE_DES_VECTORS.map((vector) => ({ ...vector, algorithm: INSECURE_3DES_CBC })),
  {
    name: 'RFC 2410 §2: the identity',
    algorithm: NULL,
    key: '',
    iv: '',
    plaintext: '0123456789abcdef',
    ciphertext: '0123456789abcdef',
  },
];

describe.each(SUBJECTS)('$name gives the published ciphertext and back:', ({ provider }) => {
  const subject = provider(1024);
  test.each(CIPHER_VECTORS)('$algorithm.name, $name', (vector) => expectCipher(subject, vector));
});
