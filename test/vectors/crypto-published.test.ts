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
import type { CipherAlgorithm, IntegrityAlgorithm } from '../../src/crypto/algorithm.ts';
import { HMAC_SHA1 } from '../../src/crypto/hmac-sha1.ts';
import { HMAC_SHA256 } from '../../src/crypto/hmac-sha2.ts';
import { INSECURE_3DES_CBC } from '../../src/crypto/insecure/3des-cbc.ts';
import { INSECURE_HMAC_MD5 } from '../../src/crypto/insecure/hmac-md5.ts';
import { NULL } from '../../src/crypto/null.ts';
import {
  type CipherVector,
  expectCipher,
  expectIntegrity,
  type IntegrityVector,
  SUBJECTS,
} from './crypto-subjects.ts';

const ROOT = resolve('../shared/vectors');

/** One vector as its file has it. */
type Entry = Readonly<Record<string, unknown>>;
/** What an entry asks of us; empty when it is about an algorithm we do not have. */
type Asked = readonly (CipherVector | IntegrityVector)[];

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
};

const STRONGSWAN: Readonly<Record<string, CipherAlgorithm | IntegrityAlgorithm>> = {
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
  { file: 'E_wycheproof/hmac_sha1_test.json', read: wycheproofHmac(HMAC_SHA1) },
  { file: 'E_wycheproof/hmac_sha256_test.json', read: wycheproofHmac(HMAC_SHA256) },
];

const why = existsSync(ROOT) ? '' : ' (skipped: the shared vectors are not here)';

describe.skipIf(why !== '').each(SUBJECTS)(`$name agrees with${why}`, ({ provider }) => {
  const subject = provider(16384);
  test.each(SOURCES)('$file', ({ file, read }) => {
    const asked = entriesOf(file).flatMap((entry) => read(entry));
    expect(asked).not.toHaveLength(0);
    for (const vector of asked) {
      if ('iv' in vector) expectCipher(subject, vector);
      else expectIntegrity(subject, vector);
    }
  });
});

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
