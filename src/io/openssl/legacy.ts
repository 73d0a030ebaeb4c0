/**
 * OpenSSL's legacy provider, which has what nobody should use: DES, Blowfish, CAST-128.
 *
 * It is loaded when one of them is asked for and not before, and serves the whole process then,
 * `node:crypto` included.
 *
 * @module
 */
import type { Openssl } from './bindings.ts';

/** Whether OpenSSL has its legacy algorithms now. */
export function loadLegacyProvider(openssl: Openssl): boolean {
  loaded ??=
    // Asking for any provider by name ends the silent use of the default one: ask for that, too.
    openssl.OSSL_PROVIDER_load(0, 'default') !== 0 && openssl.OSSL_PROVIDER_load(0, 'legacy') !== 0;
  return loaded;
}

let loaded: boolean | undefined;
