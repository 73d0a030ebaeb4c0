/**
 * Distinguished names as OpenSSL reads, writes, compares and prints them.
 *
 * @module
 */
import type { DistinguishedName } from '../../ike/identity.ts';
import { toHex } from '../../octets/hex.ts';
import type { Address } from '../openssl/bindings.ts';
import { loadOpensslCertificates } from '../openssl/certificate-bindings.ts';
import { encoded, Owned, pinned } from '../openssl/owned.ts';
import { PinnedMemory } from '../pinned-memory.ts';

/** Calls `use` with the name that `der` is; `undefined` when it is none. */
function withName<T>(der: Uint8Array, use: (name: Address) => T): T | undefined {
  if (der.length > MOST_NAME_LENGTH) return undefined;
  return Owned.during((owned) => {
    const { d2i_X509_NAME, X509_NAME_free } = loadOpensslCertificates();
    const name = owned.decoded(der, d2i_X509_NAME, X509_NAME_free);
    return name === 0 ? undefined : use(name);
  });
}

/** `name` in DER. */
export function nameOctets(name: Address): Uint8Array {
  return encoded(name, loadOpensslCertificates().i2d_X509_NAME);
}

/** `C=DE, O=Gazette, CN=alice`, without anything that a terminal could obey. */
export function nameText(name: Address): string {
  const { BIO_new, BIO_s_mem, BIO_free, BIO_read, X509_NAME_print_ex } = loadOpensslCertificates();
  return Owned.during((owned) => {
    const bio = owned.take(BIO_new(BIO_s_mem()), BIO_free);
    if (X509_NAME_print_ex(bio, name, 0, ONE_LINE) < 0) return `#${toHex(nameOctets(name))}`;
    const memory = new PinnedMemory(MOST_TEXT_LENGTH);
    const length = Math.max(0, BIO_read(bio, memory.address, MOST_TEXT_LENGTH));
    return new TextDecoder()
      .decode(memory.octets.subarray(0, length))
      .replaceAll(UNPRINTABLE, '\ufffd');
  });
}

/** `name`, in DER, as {@link nameText}; what is none as hexadecimal digits. */
export function nameOctetsText(der: Uint8Array): string {
  return withName(der, nameText) ?? `#${toHex(der.subarray(0, MOST_TEXT_LENGTH))}`;
}

/** Whether the name `der` is what `wanted` asks for. */
export function nameMatches(wanted: DistinguishedName, der: Uint8Array): boolean {
  const { X509_NAME_cmp, X509_NAME_entry_count } = loadOpensslCertificates();
  const matches = withName(der, (name) => {
    if (X509_NAME_entry_count(name) !== wanted.length) return false;
    return Owned.during((owned) => {
      const built = buildName(owned, wanted, name);
      return typeof built === 'number' && X509_NAME_cmp(built, name) === 0;
    });
  });
  return matches ?? false;
}

/** Whether `a` and `b`, in DER, are the same name, however it is written. */
export function sameName(a: Uint8Array, b: Uint8Array): boolean {
  const { X509_NAME_cmp } = loadOpensslCertificates();
  return withName(a, (name) => withName(b, (other) => X509_NAME_cmp(name, other) === 0)) ?? false;
}

/** `name` in DER, or why it cannot be, as a clause. */
export function encodeName(name: DistinguishedName): Uint8Array | string {
  return Owned.during((owned) => {
    const built = buildName(owned, name, 0);
    return typeof built === 'number' ? nameOctets(built) : built;
  });
}

/** As configurations have it. */
export function distinguishedNameText(name: DistinguishedName): string {
  return name.map(({ attribute, value }) => `${attribute}=${value ?? '*'}`).join(', ');
}

/** What the files of an authority called `name` begin with in a certificate folder: today, and long ago. */
export function nameHashes(name: Address): readonly string[] {
  const { X509_NAME_hash_ex, X509_NAME_hash_old } = loadOpensslCertificates();
  return [X509_NAME_hash_ex(name, 0, 0, 0), X509_NAME_hash_old(name)].map((hash) =>
    hash.toString(16).padStart(8, '0'),
  );
}

/** `name`, with the values of `others` where it has none; or why it cannot be. */
function buildName(owned: Owned, name: DistinguishedName, others: Address): Address | string {
  const openssl = loadOpensslCertificates();
  const built = owned.take(openssl.X509_NAME_new(), openssl.X509_NAME_free);
  for (const [index, { attribute, value }] of name.entries()) {
    if (value === null && others === 0) return `it says nothing of ${attribute}`;
    const text = new TextEncoder().encode(value ?? '');
    const octets = pinned(text);
    const data =
      value === null
        ? openssl.X509_NAME_ENTRY_get_data(openssl.X509_NAME_get_entry(others, index))
        : 0;
    const [type, address, length] =
      data === 0
        ? [MBSTRING_UTF8, octets.address, text.length]
        : [
            openssl.ASN1_STRING_type(data),
            openssl.ASN1_STRING_get0_data(data),
            openssl.ASN1_STRING_length(data),
          ];
    if (openssl.X509_NAME_add_entry_by_txt(built, attribute, type, address, length, -1, 0) !== 1) {
      return `${attribute} is no attribute of names, or the value is not for it`;
    }
  }
  return built;
}

/** openssl/asn1.h, openssl/x509.h: RFC 2253, but in the order of the name, and with letters of all languages. */
const ESC_2253 = 1;
const ESC_CTRL = 2;
const UTF8_CONVERT = 0x10;
const DUMP_UNKNOWN = 0x100;
const DUMP_DER = 0x200;
const SEPARATOR_COMMA_BLANK = 2 << 16;
const ONE_LINE =
  ESC_2253 | ESC_CTRL | UTF8_CONVERT | DUMP_UNKNOWN | DUMP_DER | SEPARATOR_COMMA_BLANK;
const MBSTRING_UTF8 = 0x1000;

const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Longer ones are not names of anybody, and are not looked at. */
const MOST_NAME_LENGTH = 8192;
const MOST_TEXT_LENGTH = 1024;
