/**
 * Ciphers and integrity algorithms against the vectors of NIST, Linux, strongSwan, Botan and
 * Wycheproof, which are too many to print here. They are read from the project's shared material
 * and skipped where that is not at hand.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AES_CBC } from '../../src/crypto/aes-cbc.ts';
import { AES_CCM_16 } from '../../src/crypto/aes-ccm.ts';
import { AES_CTR } from '../../src/crypto/aes-ctr.ts';
import { AES_GCM_16, AES_GMAC } from '../../src/crypto/aes-gcm.ts';
import { AES_CMAC, AES_XCBC_MAC } from '../../src/crypto/aes-mac.ts';
import type {
  AeadAlgorithm,
  CipherAlgorithm,
  EncryptionAlgorithm,
  IntegrityAlgorithm,
} from '../../src/crypto/algorithm.ts';
import { CAMELLIA_CBC } from '../../src/crypto/camellia-cbc.ts';
import { CHACHA20_POLY1305 } from '../../src/crypto/chacha20-poly1305.ts';
import { HMAC_SHA1 } from '../../src/crypto/hmac-sha1.ts';
import { HMAC_SHA256, HMAC_SHA384, HMAC_SHA512 } from '../../src/crypto/hmac-sha2.ts';
import { INSECURE_3DES_CBC } from '../../src/crypto/insecure/3des-cbc.ts';
import { INSECURE_BLOWFISH_CBC } from '../../src/crypto/insecure/blowfish-cbc.ts';
import { INSECURE_CAST128_CBC } from '../../src/crypto/insecure/cast128-cbc.ts';
import { INSECURE_DES_CBC } from '../../src/crypto/insecure/des-cbc.ts';
import { INSECURE_HMAC_MD5 } from '../../src/crypto/insecure/hmac-md5.ts';
import { INSECURE_HMAC_RIPEMD160 } from '../../src/crypto/insecure/hmac-ripemd160.ts';
import { NULL } from '../../src/crypto/null.ts';
import { TWOFISH_CBC } from '../../src/crypto/twofish-cbc.ts';
import {
  type AeadVector,
  type CipherVector,
  expectAead,
  expectCipher,
  expectIntegrity,
  type IntegrityVector,
  SUBJECTS,
} from './crypto-subjects.ts';

const ROOT = resolve('../shared/vectors');

/** One vector as its file has it. */
type Entry = Readonly<Record<string, unknown>>;
/** What an entry asks of us; empty when it is about an algorithm we do not have. */
type Asked = readonly (AeadVector | CipherVector | IntegrityVector)[];

interface Source {
  readonly file: string;
  read(entry: Entry): Asked;
}

const HASHES: Readonly<Record<string, IntegrityAlgorithm>> = {
  md5: INSECURE_HMAC_MD5,
  sha1: HMAC_SHA1,
  sha256: HMAC_SHA256,
  'HMAC(MD5)': INSECURE_HMAC_MD5,
  'HMAC(SHA-1)': HMAC_SHA1,
  'HMAC(SHA-256)': HMAC_SHA256,
  sha384: HMAC_SHA384,
  sha512: HMAC_SHA512,
  'HMAC(SHA-384)': HMAC_SHA384,
  'HMAC(SHA-512)': HMAC_SHA512,
  'HMAC(RIPEMD-160)': INSECURE_HMAC_RIPEMD160,
  'CMAC(AES-128)': AES_CMAC,
  'CMAC(AES-192)': AES_CMAC,
  'CMAC(AES-256)': AES_CMAC,
};

const STRONGSWAN: Readonly<Record<string, EncryptionAlgorithm | IntegrityAlgorithm>> = {
  ENCR_AES_CTR: AES_CTR,
  ENCR_AES_GCM_ICV16: AES_GCM_16,
  ENCR_CHACHA20_POLY1305: CHACHA20_POLY1305,
  ENCR_BLOWFISH: INSECURE_BLOWFISH_CBC,
  ENCR_CAMELLIA_CBC: CAMELLIA_CBC,
  ENCR_TWOFISH_CBC: TWOFISH_CBC,
  ENCR_DES: INSECURE_DES_CBC,
  PRF_AES128_CMAC: AES_CMAC,
  AUTH_AES_CMAC_96: AES_CMAC,
  AUTH_AES_XCBC_96: AES_XCBC_MAC,
  PRF_HMAC_SHA2_384: HMAC_SHA384,
  PRF_HMAC_SHA2_512: HMAC_SHA512,
  AUTH_HMAC_SHA2_384_192: HMAC_SHA384,
  AUTH_HMAC_SHA2_512_256: HMAC_SHA512,
  ENCR_3DES: INSECURE_3DES_CBC,
  ENCR_AES_CBC: AES_CBC,
  PRF_HMAC_MD5: INSECURE_HMAC_MD5,
  PRF_HMAC_SHA1: HMAC_SHA1,
  PRF_HMAC_SHA2_256: HMAC_SHA256,
  AUTH_HMAC_MD5_96: INSECURE_HMAC_MD5,
  AUTH_HMAC_MD5_128: INSECURE_HMAC_MD5,
  AUTH_HMAC_SHA1_96: HMAC_SHA1,
  AUTH_HMAC_SHA1_128: HMAC_SHA1,
  AUTH_HMAC_SHA1_160: HMAC_SHA1,
  AUTH_HMAC_SHA2_256_128: HMAC_SHA256,
};

const SOURCES: readonly Source[] = [
  { file: 'D_rfc/rfc2202_hmac.json', read: readRfcHmac },
  { file: 'D_rfc/rfc4231_hmac_sha2.json', read: readRfcHmac },
  { file: 'D_rfc/rfc4868_hmac_sha2_ipsec.json', read: readRfcHmac },
  { file: 'D_rfc/rfc3602_aes_cbc_esp.json', read: readRfc3602 },
  { file: 'D_linux/aes_cbc_tv_template.json', read: linuxCipher(AES_CBC) },
  { file: 'D_linux/des3_ede_cbc_tv_template.json', read: linuxCipher(INSECURE_3DES_CBC) },
  { file: 'D_linux/hmac_md5_tv_template.json', read: linuxHmac(INSECURE_HMAC_MD5) },
  { file: 'D_linux/hmac_sha1_tv_template.json', read: linuxHmac(HMAC_SHA1) },
  { file: 'D_linux/hmac_sha256_tv_template.json', read: linuxHmac(HMAC_SHA256) },
  {
    file: 'D_linux/hmac_md5_ecb_cipher_null_tv_template.json',
    read: linuxAuthenc(INSECURE_HMAC_MD5, NULL),
  },
  {
    file: 'D_linux/hmac_sha1_ecb_cipher_null_tv_temp.json',
    read: linuxAuthenc(HMAC_SHA1, NULL),
  },
  { file: 'D_linux/hmac_sha1_aes_cbc_tv_temp.json', read: linuxAuthenc(HMAC_SHA1, AES_CBC) },
  { file: 'D_linux/hmac_sha256_aes_cbc_tv_temp.json', read: linuxAuthenc(HMAC_SHA256, AES_CBC) },
  { file: 'D_strongswan/3des_cbc.json', read: readStrongswan },
  { file: 'D_strongswan/aes_cbc.json', read: readStrongswan },
  { file: 'D_strongswan/md5_hmac.json', read: readStrongswan },
  { file: 'D_strongswan/sha1_hmac.json', read: readStrongswan },
  { file: 'D_strongswan/sha2_hmac.json', read: readStrongswan },
  { file: 'D_botan/mac_hmac.json', read: readBotanHmac },
  { file: 'D_botan/modes_cbc.json', read: readBotanCbc },
  { file: 'E_nist/hmac/rfc-2202-md5.json', read: nistHmac(INSECURE_HMAC_MD5) },
  { file: 'E_nist/hmac/rfc-2202-sha1.json', read: nistHmac(HMAC_SHA1) },
  { file: 'E_nist/hmac/rfc-4231-sha256.json', read: nistHmac(HMAC_SHA256) },
  ...filesOf('E_nist/aes_cbc', 'CBC').map((file) => ({ file, read: nistCbc(AES_CBC) })),
  ...filesOf('E_nist/3des_cbc', 'TCBC').map((file) => ({
    file,
    read: nistCbc(INSECURE_3DES_CBC),
  })),
  { file: 'D_rfc/draft_mcgrew_gcm_esp.json', read: readMcGrew },
  { file: 'D_rfc/rfc2144_cast128.json', read: oneBlock(INSECURE_CAST128_CBC) },
  { file: 'D_rfc/rfc3713_camellia.json', read: oneBlock(CAMELLIA_CBC) },
  { file: 'D_rfc/rfc3566_rfc4434_aes_xcbc.json', read: rfcMac(AES_XCBC_MAC) },
  { file: 'D_rfc/rfc3686_aes_ctr.json', read: readRfc3686 },
  { file: 'D_rfc/rfc4493_4494_4615_aes_cmac.json', read: rfcMac(AES_CMAC) },
  { file: 'D_rfc/rfc7634_chacha20poly1305.json', read: readRfc7634 },
  { file: 'D_linux/aes_ccm_rfc4309_tv_template.json', read: linuxAead(AES_CCM_16) },
  { file: 'D_linux/aes_gcm_rfc4106_tv_template.json', read: linuxAead(AES_GCM_16) },
  { file: 'D_linux/aes_gcm_rfc4543_tv_template.json', read: readLinuxGmac },
  { file: 'D_linux/rfc7539esp_tv_template.json', read: linuxAead(CHACHA20_POLY1305) },
  { file: 'D_linux/aes_ctr_rfc3686_tv_template.json', read: linuxCipher(AES_CTR) },
  { file: 'D_linux/bf_cbc_tv_template.json', read: linuxCipher(INSECURE_BLOWFISH_CBC) },
  { file: 'D_linux/camellia_cbc_tv_template.json', read: linuxCipher(CAMELLIA_CBC) },
  { file: 'D_linux/des_cbc_tv_template.json', read: linuxCipher(INSECURE_DES_CBC) },
  { file: 'D_linux/tf_cbc_tv_template.json', read: linuxCipher(TWOFISH_CBC) },
  { file: 'D_linux/cast5_tv_template.json', read: linuxBlock(INSECURE_CAST128_CBC) },
  { file: 'D_linux/bf_tv_template.json', read: linuxBlock(INSECURE_BLOWFISH_CBC) },
  { file: 'D_linux/tf_tv_template.json', read: linuxBlock(TWOFISH_CBC) },
  { file: 'D_linux/camellia_tv_template.json', read: linuxBlock(CAMELLIA_CBC) },
  { file: 'D_linux/aes_cmac128_tv_template.json', read: linuxHmac(AES_CMAC) },
  { file: 'D_linux/aes_xcbc128_tv_template.json', read: linuxHmac(AES_XCBC_MAC) },
  { file: 'D_linux/hmac_rmd160_tv_template.json', read: linuxHmac(INSECURE_HMAC_RIPEMD160) },
  { file: 'D_linux/hmac_sha384_tv_template.json', read: linuxHmac(HMAC_SHA384) },
  { file: 'D_linux/hmac_sha512_tv_template.json', read: linuxHmac(HMAC_SHA512) },
  {
    file: 'D_linux/hmac_sha384_des_cbc_tv_temp.json',
    read: linuxAuthenc(HMAC_SHA384, INSECURE_DES_CBC),
  },
  {
    file: 'D_linux/hmac_sha512_des_cbc_tv_temp.json',
    read: linuxAuthenc(HMAC_SHA512, INSECURE_DES_CBC),
  },
  { file: 'D_linux/hmac_sha512_aes_cbc_tv_temp.json', read: linuxAuthenc(HMAC_SHA512, AES_CBC) },
  { file: 'D_strongswan/aes_cmac.json', read: readStrongswan },
  { file: 'D_strongswan/aes_ctr.json', read: readStrongswan },
  { file: 'D_strongswan/aes_gcm.json', read: readStrongswan },
  { file: 'D_strongswan/aes_xcbc.json', read: readStrongswan },
  { file: 'D_strongswan/blowfish.json', read: readStrongswan },
  { file: 'D_strongswan/camellia_cbc.json', read: readStrongswan },
  { file: 'D_strongswan/chacha20poly1305.json', read: readStrongswan },
  { file: 'D_strongswan/twofish_cbc.json', read: readStrongswan },
  { file: 'D_botan/block_twofish.json', read: botanBlock(TWOFISH_CBC) },
  { file: 'D_botan/block_blowfish.json', read: botanBlock(INSECURE_BLOWFISH_CBC) },
  { file: 'D_botan/block_camellia.json', read: botanBlock(CAMELLIA_CBC) },
  { file: 'D_botan/block_cast128.json', read: botanBlock(INSECURE_CAST128_CBC) },
  { file: 'D_botan/mac_cmac.json', read: readBotanHmac },
  { file: 'D_botan/aead_gcm.json', read: botanAead(AES_GCM_16, /^AES-\d+\/GCM$/) },
  {
    file: 'D_botan/aead_chacha20poly1305.json',
    read: botanAead(CHACHA20_POLY1305, /^ChaCha20Poly1305$/),
  },
  { file: 'E_nist/hmac/rfc-2286-ripemd160.json', read: nistHmac(INSECURE_HMAC_RIPEMD160) },
  { file: 'E_nist/hmac/rfc-4231-sha384.json', read: nistHmac(HMAC_SHA384) },
  { file: 'E_nist/hmac/rfc-4231-sha512.json', read: nistHmac(HMAC_SHA512) },
  { file: 'E_nist/blowfish/bf-cbc.json', read: nistCbc(INSECURE_BLOWFISH_CBC) },
  { file: 'E_nist/camellia/camellia-cbc.json', read: nistCbc(CAMELLIA_CBC) },
  { file: 'E_nist/cast5/cast5-cbc.json', read: nistCbc(INSECURE_CAST128_CBC) },
  { file: 'E_nist/chacha20poly1305/openssl.json', read: readNistChacha },
  ...['aes128', 'aes192', 'aes256'].map((name) => ({
    file: `E_nist/cmac/nist-800-38b-${name}.json`,
    read: readNistCmac,
  })),
  ...filesOf('E_nist/aes_gcm', 'gcm').map((file) => ({ file, read: readNistGcm })),
  ...filesOf('E_nist/aes_ccm', 'VNT').map((file) => ({ file, read: readNistCcm })),
  { file: 'E_wycheproof/aes_cmac_test.json', read: wycheproofHmac(AES_CMAC) },
  { file: 'E_wycheproof/hmac_sha384_test.json', read: wycheproofHmac(HMAC_SHA384) },
  { file: 'E_wycheproof/hmac_sha512_test.json', read: wycheproofHmac(HMAC_SHA512) },
  { file: 'E_wycheproof/aes_gcm_test.json', read: wycheproofAead(AES_GCM_16) },
  { file: 'E_wycheproof/aes_ccm_test.json', read: wycheproofAead(AES_CCM_16) },
  { file: 'E_wycheproof/chacha20_poly1305_test.json', read: wycheproofAead(CHACHA20_POLY1305) },
  { file: 'E_wycheproof/hmac_sha1_test.json', read: wycheproofHmac(HMAC_SHA1) },
  { file: 'E_wycheproof/hmac_sha256_test.json', read: wycheproofHmac(HMAC_SHA256) },
];

const why = existsSync(ROOT) ? '' : ' (skipped: the shared vectors are not here)';

describe.skipIf(why !== '').each(SUBJECTS)(`$name agrees with${why}`, ({ provider }) => {
  const subject = provider(16384);
  test.each(SOURCES)('$file', ({ file, read }) => {
    const asked = entriesOf(file)
      .flatMap((entry) => read(entry))
      .filter(takesKey);
    expect(asked).not.toHaveLength(0);
    for (const vector of asked) {
      if ('tag' in vector) expectAead(subject, vector);
      else if ('iv' in vector) expectCipher(subject, vector);
      else expectIntegrity(subject, vector);
    }
  });
});

/** MACs of AES are published with keys of other lengths, too, for PRFs and for nobody. */
function takesKey({ algorithm, key }: Asked[number]): boolean {
  if (algorithm.kind !== 'integrity' || algorithm.mac.kind === 'hmac') return true;
  const lengths = algorithm === AES_CMAC ? [32, 48, 64] : [32];
  return lengths.includes(key.length);
}

function readRfcHmac(entry: Entry): Asked {
  const algorithm = HASHES[field(entry, 'hash')];
  if (algorithm === undefined) return [];
  const vector = { name: field(entry, 'id'), key: field(entry, 'key'), data: field(entry, 'data') };
  return ['mac', 'mac96', 'prf', 'icv']
    .filter((name) => name in entry)
    .map((name) => ({ ...vector, algorithm, icv: field(entry, name) }));
}

/** Cases 5 to 8 are ESP packets: of those, what the cipher sees. */
function readRfc3602(entry: Entry): Asked {
  const packet = 'esp_packet' in entry;
  return [
    {
      ...cipherFields(entry, AES_CBC, 'key', 'iv'),
      plaintext: field(entry, packet ? 'pre_encryption' : 'plaintext'),
      ciphertext: field(entry, packet ? 'encrypted' : 'ciphertext'),
    },
  ];
}

function linuxCipher(algorithm: CipherAlgorithm): Source['read'] {
  return (entry) => [
    {
      ...cipherFields(entry, algorithm, 'key', 'iv'),
      // The kernel's table keeps 16 octets of IV whatever the cipher reads of them.
      iv: field(entry, 'iv').slice(0, algorithm.ivLength * 2),
      plaintext: field(entry, 'ptext'),
      ciphertext: field(entry, 'ctext'),
    },
  ];
}

function linuxHmac(algorithm: IntegrityAlgorithm): Source['read'] {
  return (entry) => [
    {
      name: field(entry, 'id'),
      algorithm,
      key: field(entry, 'key'),
      data: field(entry, 'plaintext'),
      icv: field(entry, 'digest'),
    },
  ];
}

/**
 * Cipher and HMAC together: the key is an rtattr of 8 octets that ends in the length of the
 * cipher's key, then the HMAC's key, then the cipher's; the ICV covers `assoc` and ciphertext.
 */
function linuxAuthenc(integrity: IntegrityAlgorithm, cipher: CipherAlgorithm): Source['read'] {
  return (entry) => {
    const keys = field(entry, 'key');
    const cipherKeyAt = keys.length - Number.parseInt(keys.slice(8, 16), 16) * 2;
    const plaintext = field(entry, 'ptext');
    const sealed = field(entry, 'ctext');
    const ciphertext = sealed.slice(0, plaintext.length);
    return [
      {
        name: field(entry, 'id'),
        algorithm: cipher,
        key: keys.slice(cipherKeyAt),
        iv: optional(entry, 'iv').slice(0, cipher.ivLength * 2),
        plaintext,
        ciphertext,
      },
      {
        name: field(entry, 'id'),
        algorithm: integrity,
        key: keys.slice(16, cipherKeyAt),
        data: optional(entry, 'assoc') + ciphertext,
        icv: sealed.slice(plaintext.length),
      },
    ];
  };
}

function readStrongswan(entry: Entry): Asked {
  const algorithm = STRONGSWAN[field(entry, 'alg')];
  if (algorithm === undefined) return [];
  if (algorithm.kind === 'aead') {
    const [ciphertext, tag] = split(field(entry, 'cipher'));
    return [
      {
        ...aeadFields(entry, algorithm),
        iv: field(entry, 'iv'),
        aad: optional(entry, 'adata'),
        plaintext: optional(entry, 'plain'),
        ...{ ciphertext, tag },
      },
    ];
  }
  if (algorithm.kind === 'cipher') {
    return [
      {
        ...cipherFields(entry, algorithm, 'key', 'iv'),
        plaintext: field(entry, 'plain'),
        ciphertext: field(entry, 'cipher'),
      },
    ];
  }
  const prf = field(entry, 'type') === 'prf';
  return [
    {
      name: field(entry, 'id'),
      algorithm,
      key: field(entry, 'key'),
      data: field(entry, prf ? 'seed' : 'data'),
      icv: field(entry, prf ? 'out' : 'mac'),
    },
  ];
}

function readBotanHmac(entry: Entry): Asked {
  const algorithm = HASHES[field(entry, 'algo')];
  if (algorithm === undefined) return [];
  return [
    {
      name: field(entry, 'id'),
      algorithm,
      key: field(entry, 'Key'),
      data: optional(entry, 'In'),
      icv: field(entry, 'Out'),
    },
  ];
}

/** Where Botan pads as PKCS #7 says, the padding is added here. */
function readBotanCbc(entry: Entry): Asked {
  const [, padding] = /^AES-\d+\/CBC\/(NoPadding|PKCS7)$/.exec(field(entry, 'algo')) ?? [];
  if (padding === undefined) return [];
  const bare = optional(entry, 'In');
  const padLength = AES_CBC.blockLength - ((bare.length / 2) % AES_CBC.blockLength);
  const pad = padLength.toString(16).padStart(2, '0').repeat(padLength);
  return [
    {
      ...cipherFields(entry, AES_CBC, 'Key', 'Nonce'),
      plaintext: padding === 'PKCS7' ? bare + pad : bare,
      ciphertext: field(entry, 'Out'),
    },
  ];
}

function nistHmac(algorithm: IntegrityAlgorithm): Source['read'] {
  return (entry) => [
    {
      name: field(entry, 'id'),
      algorithm,
      key: field(entry, 'Key'),
      data: field(entry, 'Msg'),
      icv: field(entry, 'MD'),
    },
  ];
}

/** 3DES keys come as three, or as one to be used thrice. */
function nistCbc(algorithm: CipherAlgorithm): Source['read'] {
  return (entry) => {
    const key =
      'KEY' in entry
        ? field(entry, 'KEY')
        : 'KEYs' in entry
          ? field(entry, 'KEYs').repeat(3)
          : field(entry, 'KEY1') + field(entry, 'KEY2') + field(entry, 'KEY3');
    return [
      {
        name: field(entry, 'id'),
        algorithm,
        key,
        iv: field(entry, 'IV'),
        plaintext: field(entry, 'PLAINTEXT'),
        ciphertext: field(entry, 'CIPHERTEXT'),
      },
    ];
  };
}

function wycheproofHmac(algorithm: IntegrityAlgorithm): Source['read'] {
  return (entry) => [
    {
      name: field(entry, 'comment'),
      algorithm,
      key: field(entry, 'key'),
      data: field(entry, 'msg'),
      icv: field(entry, 'tag'),
      valid: field(entry, 'result') === 'valid',
    },
  ];
}

function readMcGrew(entry: Entry): Asked {
  if (entry['icv_len'] !== 16 || entry['esn'] !== false) return [];
  const [ciphertext, tag] = split(field(entry, 'ciphertext_icv'));
  const key = field(entry, 'key') + field(entry, 'salt');
  const parts = { iv: field(entry, 'iv'), aad: field(entry, 'aad'), ciphertext, tag };
  const plaintext = field(entry, 'plaintext');
  return [{ name: field(entry, 'id'), algorithm: AES_GCM_16, key, plaintext, ...parts }];
}

/** What a block cipher makes of one block is what CBC makes of it under an IV of zeros. */
function oneBlock(
  algorithm: CipherAlgorithm,
  [key, plaintext, ciphertext] = ['key', 'plaintext', 'ciphertext'],
): Source['read'] {
  const iv = '00'.repeat(algorithm.ivLength);
  return (entry) => {
    const whole = field(entry, plaintext ?? '');
    const keyDigits = field(entry, key ?? '');
    if (!algorithm.keyBits.includes(keyDigits.length * 4)) return [];
    const length = algorithm.blockLength * 2;
    return [
      {
        ...{ name: field(entry, 'id'), algorithm, key: keyDigits, iv },
        plaintext: whole.slice(0, length),
        ciphertext: field(entry, ciphertext ?? '').slice(0, length),
      },
    ];
  };
}

function linuxBlock(algorithm: CipherAlgorithm): Source['read'] {
  return oneBlock(algorithm, ['key', 'ptext', 'ctext']);
}

function botanBlock(algorithm: CipherAlgorithm): Source['read'] {
  return oneBlock(algorithm, ['Key', 'In', 'Out']);
}

function rfcMac(algorithm: IntegrityAlgorithm): Source['read'] {
  return (entry) =>
    ['mac', 'mac96', 'prf']
      .filter((name) => name in entry)
      .map((name) => ({
        ...{ name: field(entry, 'id'), algorithm, key: field(entry, 'key') },
        data: optional(entry, 'data'),
        icv: field(entry, name),
      }));
}

function readRfc3686(entry: Entry): Asked {
  return [
    {
      name: field(entry, 'id'),
      algorithm: AES_CTR,
      key: field(entry, 'key') + field(entry, 'nonce'),
      iv: field(entry, 'iv'),
      plaintext: field(entry, 'plaintext'),
      ciphertext: field(entry, 'ciphertext'),
    },
  ];
}

function readRfc7634(entry: Entry): Asked {
  return [
    {
      name: field(entry, 'id'),
      algorithm: CHACHA20_POLY1305,
      key: field(entry, 'keymat'),
      iv: field(entry, 'iv'),
      aad: field(entry, 'aad'),
      plaintext: field(entry, 'plaintext'),
      ciphertext: field(entry, 'ciphertext'),
      tag: field(entry, 'tag'),
    },
  ];
}

/** The kernel's associated data end in the IV, which none of these counts among them. */
function linuxAead(algorithm: AeadAlgorithm): Source['read'] {
  return (entry) => {
    const assoc = field(entry, 'assoc');
    const [ciphertext, tag] = split(field(entry, 'ctext'));
    return [
      {
        ...aeadFields(entry, algorithm),
        iv: field(entry, 'iv').slice(0, algorithm.ivLength * 2),
        aad: assoc.slice(0, -algorithm.ivLength * 2),
        plaintext: optional(entry, 'ptext'),
        ...{ ciphertext, tag },
        valid: entry['novrfy'] !== true && entry['novrfy'] !== 1,
      },
    ];
  };
}

/** All of it is associated data, the IV included; the ICV alone comes out. */
function readLinuxGmac(entry: Entry): Asked {
  const [text, tag] = split(field(entry, 'ctext'));
  return [
    {
      ...aeadFields(entry, AES_GMAC),
      iv: field(entry, 'iv').slice(0, AES_GMAC.ivLength * 2),
      aad: field(entry, 'assoc') + text,
      plaintext: '',
      ciphertext: '',
      tag,
      valid: entry['novrfy'] !== true && entry['novrfy'] !== 1,
    },
  ];
}

function botanAead(algorithm: AeadAlgorithm, algo: RegExp): Source['read'] {
  return (entry) => {
    const [ciphertext, tag] = split(field(entry, 'Out'));
    if (!algo.test(field(entry, 'algo'))) return [];
    return withNonce(algorithm, field(entry, 'Key'), field(entry, 'Nonce'), {
      name: field(entry, 'id'),
      aad: optional(entry, 'AD'),
      plaintext: optional(entry, 'In'),
      ...{ ciphertext, tag },
    });
  };
}

function readNistChacha(entry: Entry): Asked {
  return withNonce(CHACHA20_POLY1305, field(entry, 'Key'), field(entry, 'IV'), {
    name: field(entry, 'id'),
    aad: optional(entry, 'AAD'),
    plaintext: optional(entry, 'Plaintext'),
    ciphertext: optional(entry, 'Ciphertext'),
    tag: field(entry, 'Tag'),
    valid: !('Result' in entry),
  });
}

function readNistCmac(entry: Entry): Asked {
  return [
    {
      name: field(entry, 'id'),
      algorithm: AES_CMAC,
      key: field(entry, 'KEY'),
      data: optional(entry, 'MESSAGE'),
      icv: field(entry, 'OUTPUT'),
    },
  ];
}

function readNistGcm(entry: Entry): Asked {
  const valid = entry['result'] !== 'FAIL';
  const ciphertext = optional(entry, 'CT');
  return withNonce(AES_GCM_16, field(entry, 'Key'), field(entry, 'IV'), {
    name: field(entry, 'id'),
    aad: optional(entry, 'AAD'),
    plaintext: valid ? optional(entry, 'PT') : ciphertext,
    ...{ ciphertext, tag: field(entry, 'Tag'), valid },
  });
}

/** Only some have a nonce as long as ESP's, 11 octets. */
function readNistCcm(entry: Entry): Asked {
  const [ciphertext, tag] = split(field(entry, 'CT'));
  return withNonce(AES_CCM_16, field(entry, 'Key'), field(entry, 'Nonce'), {
    name: field(entry, 'id'),
    aad: entry['Alen'] === '0' ? '' : field(entry, 'Adata'),
    plaintext: entry['Plen'] === '0' ? '' : field(entry, 'Payload'),
    ...{ ciphertext, tag },
  });
}

function wycheproofAead(algorithm: AeadAlgorithm): Source['read'] {
  return (entry) => {
    const valid = field(entry, 'result') === 'valid';
    const ciphertext = field(entry, 'ct');
    return withNonce(algorithm, field(entry, 'key'), field(entry, 'iv'), {
      name: field(entry, 'comment'),
      aad: field(entry, 'aad'),
      plaintext: valid ? field(entry, 'msg') : ciphertext,
      ...{ ciphertext, tag: field(entry, 'tag'), valid },
    });
  };
}

/** A vector whose nonce is given whole; none if it is of a length that ESP does not have. */
function withNonce(
  algorithm: AeadAlgorithm,
  key: string,
  nonce: string,
  rest: Omit<AeadVector, 'algorithm' | 'key' | 'iv'>,
): Asked {
  const salt = nonce.slice(0, algorithm.saltLength * 2);
  const iv = nonce.slice(algorithm.saltLength * 2);
  if (iv.length !== algorithm.ivLength * 2 || rest.tag.length !== 32) return [];
  if (!algorithm.keyBits.includes((key.length + salt.length) * 4)) return [];
  // No ESP packet is without a payload, and CCM is not asked to seal none.
  if (algorithm === AES_CCM_16 && rest.ciphertext === '') return [];
  return [{ ...rest, algorithm, key: key + salt, iv }];
}

function aeadFields(
  entry: Entry,
  algorithm: AeadAlgorithm,
): Pick<AeadVector, 'name' | 'algorithm' | 'key'> {
  return { name: field(entry, 'id'), algorithm, key: field(entry, 'key') };
}

/** Ciphertext, and the tag of 16 octets at its end. */
function split(digits: string): readonly [string, string] {
  return [digits.slice(0, -32), digits.slice(-32)];
}

function cipherFields(
  entry: Entry,
  algorithm: CipherAlgorithm,
  key: string,
  iv: string,
): Pick<CipherVector, 'name' | 'algorithm' | 'key' | 'iv'> {
  return { name: field(entry, 'id'), algorithm, key: field(entry, key), iv: field(entry, iv) };
}

function entriesOf(file: string): readonly Entry[] {
  const content = JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as {
    readonly vectors?: readonly Entry[];
    readonly testGroups?: readonly { readonly tests: readonly Entry[] }[];
  };
  return content.vectors ?? content.testGroups?.flatMap((group) => group.tests) ?? [];
}

function filesOf(folder: string, prefix: string): string[] {
  if (!existsSync(ROOT)) return [];
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.startsWith(prefix))
    .map((name) => `${folder}/${name}`);
}

function field(entry: Entry, name: string): string {
  const value = entry[name];
  if (typeof value !== 'string') throw new TypeError(`Cannot find "${name}" in the vector`);
  return value;
}

function optional(entry: Entry, name: string): string {
  return name in entry ? field(entry, name) : '';
}
