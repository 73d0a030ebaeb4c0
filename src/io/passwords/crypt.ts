/**
 * crypt(3): passwords to hashes, by whatever methods the host's libcrypt has.
 *
 * @module
 */
import koffi from 'koffi';

/** Hashes a password of a C string, as `setting` says, which may be a whole hash; `null` when it cannot. */
export type Crypt = (password: Uint8Array, setting: string) => string | null;

/** crypt_r of libcrypt; `null` where there is no such library. */
export function loadCrypt(): Crypt | null {
  const crypt_r = find();
  if (crypt_r === null) return null;
  return (password, setting) => {
    const phrase = cString(password);
    const data = new Uint8Array(CRYPT_DATA_LENGTH);
    try {
      const hash = crypt_r(phrase, setting, data);
      return hash === null || hash.startsWith('*') ? null : hash;
    } finally {
      phrase.fill(0);
      data.fill(0);
    }
  };
}

function cString(octets: Uint8Array): Uint8Array {
  const zeroEnded = new Uint8Array(octets.length + 1);
  zeroEnded.set(octets);
  return zeroEnded;
}

type CryptR = (phrase: Uint8Array, setting: string, data: Uint8Array) => string | null;

function find(): CryptR | null {
  for (const file of FILES) {
    try {
      return koffi.load(file).func(DECLARATION) as unknown as CryptR;
    } catch {
      // Not by this name.
    }
  }
  return null;
}

/** That of glibc, and the two of libxcrypt. */
const FILES = ['libcrypt.so.1', 'libcrypt.so.2'];
const DECLARATION =
  'const char *crypt_r(const void *phrase, const char *setting, _Inout_ void *data)';
/** `struct crypt_data` is of 32 KiB, and of 128 KiB and some with glibc before libxcrypt. */
const CRYPT_DATA_LENGTH = 256 * 1024;
