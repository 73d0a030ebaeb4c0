/**
 * The functions of OpenSSL 3 that read names and certificates and validate paths, under their own names.
 *
 * @module
 */
import koffi from 'koffi';
import { type Address, loadOpenssl } from './bindings.ts';

/** Makes what `length` octets are in DER that the pointer at `from` points to, and moves the pointer on. */
export type Decode = (reused: Address, from: Address, length: number) => Address;
/** Writes where the pointer at `to` points to, if `to` is not 0; how many octets there are. */
export type Encode = (object: Address, to: Address) => number;
export type Free = (object: Address) => void;

/** Calls that return an address have failed with NULL. What is got with `get` still belongs to whose it was. */
export interface OpensslCertificates {
  readonly d2i_X509: Decode;
  readonly i2d_X509: Encode;
  readonly X509_free: Free;
  readonly X509_get_subject_name: (certificate: Address) => Address;
  readonly X509_get_issuer_name: (certificate: Address) => Address;
  readonly X509_get_signature_nid: (certificate: Address) => number;
  readonly d2i_X509_CRL: Decode;
  readonly X509_CRL_free: Free;
  readonly X509_CRL_get_issuer: (crl: Address) => Address;

  readonly d2i_X509_NAME: Decode;
  readonly i2d_X509_NAME: Encode;
  readonly X509_NAME_new: () => Address;
  readonly X509_NAME_free: Free;
  /** 0 when they are the same name, however it is written. */
  readonly X509_NAME_cmp: (a: Address, b: Address) => number;
  readonly X509_NAME_entry_count: (name: Address) => number;
  readonly X509_NAME_get_entry: (name: Address, index: number) => Address;
  readonly X509_NAME_ENTRY_get_data: (entry: Address) => Address;
  readonly X509_NAME_add_entry_by_txt: (
    name: Address,
    attribute: string,
    type: number,
    octets: Address,
    length: number,
    index: number,
    set: number,
  ) => number;
  /** The files of a certificate folder are called so; `succeeded` is an `int`, or 0. */
  readonly X509_NAME_hash_ex: (
    name: Address,
    library: Address,
    properties: Address,
    succeeded: Address,
  ) => number;
  /** As they were called before OpenSSL 1.0. */
  readonly X509_NAME_hash_old: (name: Address) => number;
  readonly X509_NAME_print_ex: (
    bio: Address,
    name: Address,
    indent: number,
    flags: number,
  ) => number;
  readonly ASN1_STRING_type: (string: Address) => number;
  readonly ASN1_STRING_length: (string: Address) => number;
  readonly ASN1_STRING_get0_data: (string: Address) => Address;
  readonly OBJ_nid2ln: (nid: number) => string | null;

  readonly BIO_s_mem: () => Address;
  readonly BIO_new: (method: Address) => Address;
  readonly BIO_free: (bio: Address) => number;
  readonly BIO_read: (bio: Address, to: Address, length: number) => number;

  readonly X509_STORE_new: () => Address;
  readonly X509_STORE_free: Free;
  readonly X509_STORE_add_cert: (store: Address, certificate: Address) => number;
  readonly X509_STORE_add_crl: (store: Address, crl: Address) => number;
  readonly OPENSSL_sk_new_null: () => Address;
  readonly OPENSSL_sk_push: (stack: Address, object: Address) => number;
  readonly OPENSSL_sk_num: (stack: Address) => number;
  readonly OPENSSL_sk_value: (stack: Address, index: number) => Address;
  readonly OPENSSL_sk_free: Free;
  readonly X509_STORE_CTX_new: () => Address;
  readonly X509_STORE_CTX_free: Free;
  readonly X509_STORE_CTX_init: (
    context: Address,
    store: Address,
    certificate: Address,
    untrusted: Address,
  ) => number;
  readonly X509_STORE_CTX_get0_param: (context: Address) => Address;
  readonly X509_VERIFY_PARAM_set_time: (parameters: Address, seconds: number) => void;
  readonly X509_VERIFY_PARAM_set_flags: (parameters: Address, flags: number) => number;
  readonly X509_VERIFY_PARAM_set_depth: (parameters: Address, depth: number) => void;
  readonly X509_VERIFY_PARAM_set_purpose: (parameters: Address, purpose: number) => number;
  /** 1 when a path was found and is valid. */
  readonly X509_verify_cert: (context: Address) => number;
  readonly X509_STORE_CTX_get_error: (context: Address) => number;
  readonly X509_STORE_CTX_get_current_cert: (context: Address) => Address;
  /** The path that was found, a stack. */
  readonly X509_STORE_CTX_get0_chain: (context: Address) => Address;
  readonly X509_verify_cert_error_string: (error: number) => string;
}

/** As `loadOpenssl`, and from the same library. */
export function loadOpensslCertificates(): OpensslCertificates {
  loaded ??= bind();
  return loaded;
}

let loaded: OpensslCertificates | undefined;

function bind(): OpensslCertificates {
  const library = koffi.load(loadOpenssl().file);
  const bound = Object.entries(SIGNATURES).map(([name, [result, ...given]]) => [
    name,
    library.func(name, result, given),
  ]);
  return Object.fromEntries(bound) as OpensslCertificates;
}

const ADDRESS = 'uintptr_t';
const DECODE = [ADDRESS, ADDRESS, ADDRESS, 'long'] as const;
const FREE = ['void', ADDRESS] as const;
const PART = [ADDRESS, ADDRESS] as const;
const NUMBER = ['int', ADDRESS] as const;
const NEW = [ADDRESS] as const;
const PAIR = ['int', ADDRESS, ADDRESS] as const;
const SET = ['int', ADDRESS, 'ulong'] as const;
const ITEM = [ADDRESS, ADDRESS, 'int'] as const;

/** What each function returns, and what it is given. */
const SIGNATURES: Record<keyof OpensslCertificates, readonly [string, ...string[]]> = {
  d2i_X509: DECODE,
  i2d_X509: PAIR,
  X509_free: FREE,
  X509_get_subject_name: PART,
  X509_get_issuer_name: PART,
  X509_get_signature_nid: NUMBER,
  d2i_X509_CRL: DECODE,
  X509_CRL_free: FREE,
  X509_CRL_get_issuer: PART,
  d2i_X509_NAME: DECODE,
  i2d_X509_NAME: PAIR,
  X509_NAME_new: NEW,
  X509_NAME_free: FREE,
  X509_NAME_cmp: PAIR,
  X509_NAME_entry_count: NUMBER,
  X509_NAME_get_entry: ITEM,
  X509_NAME_ENTRY_get_data: PART,
  X509_NAME_add_entry_by_txt: ['int', ADDRESS, 'str', 'int', ADDRESS, 'int', 'int', 'int'],
  X509_NAME_hash_ex: ['ulong', ADDRESS, ADDRESS, ADDRESS, ADDRESS],
  X509_NAME_hash_old: ['ulong', ADDRESS],
  X509_NAME_print_ex: ['int', ADDRESS, ADDRESS, 'int', 'ulong'],
  ASN1_STRING_type: NUMBER,
  ASN1_STRING_length: NUMBER,
  ASN1_STRING_get0_data: PART,
  OBJ_nid2ln: ['str', 'int'],
  BIO_s_mem: NEW,
  BIO_new: PART,
  BIO_free: NUMBER,
  BIO_read: ['int', ADDRESS, ADDRESS, 'int'],
  X509_STORE_new: NEW,
  X509_STORE_free: FREE,
  X509_STORE_add_cert: PAIR,
  X509_STORE_add_crl: PAIR,
  OPENSSL_sk_new_null: NEW,
  OPENSSL_sk_push: PAIR,
  OPENSSL_sk_num: NUMBER,
  OPENSSL_sk_value: ITEM,
  OPENSSL_sk_free: FREE,
  X509_STORE_CTX_new: NEW,
  X509_STORE_CTX_free: FREE,
  X509_STORE_CTX_init: ['int', ADDRESS, ADDRESS, ADDRESS, ADDRESS],
  X509_STORE_CTX_get0_param: PART,
  X509_VERIFY_PARAM_set_time: ['void', ADDRESS, 'int64_t'],
  X509_VERIFY_PARAM_set_flags: SET,
  X509_VERIFY_PARAM_set_depth: ['void', ADDRESS, 'int'],
  X509_VERIFY_PARAM_set_purpose: ['int', ADDRESS, 'int'],
  X509_verify_cert: NUMBER,
  X509_STORE_CTX_get_error: NUMBER,
  X509_STORE_CTX_get_current_cert: PART,
  X509_STORE_CTX_get0_chain: PART,
  X509_verify_cert_error_string: ['str', 'long'],
};
