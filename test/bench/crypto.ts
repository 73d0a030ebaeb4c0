/**
 * What a packet costs each provider, by algorithm and length: nanoseconds a call.
 *
 * Runs when imported, bundled by `run.mjs`: vite's runner distorts hot paths. Trust the ratios: other
 * work on the machine moves all figures together.
 *
 * @module
 */
import { Bench } from 'tinybench';
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../src/crypto/algorithm.ts';
import type { CryptoProvider } from '../../src/crypto/context.ts';
import { nodeProvider } from '../../src/crypto/node-provider.ts';
import { AEADS, CIPHERS, INTEGRITY_ALGORITHMS } from '../../src/crypto/registry.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { loadOpenssl } from '../../src/io/openssl/bindings.ts';
import { loadLegacyProvider } from '../../src/io/openssl/legacy.ts';
import { opensslProvider } from '../../src/io/openssl/provider.ts';
import { PinnedMemory } from '../../src/io/pinned-memory.ts';
import { report } from './report.ts';

/** Octets under the cipher: an acknowledgement, a middling packet, a full one. All whole blocks. */
const LENGTHS = [64, 512, 1408];
/** Calls timed together, so that reading the clock does not count. */
const BATCH = 100;
const IV_AT = 0;
const AT = 64;
const ICV_AT = 2048;

// For node:crypto, too, which has DES, Blowfish and CAST-128 from it.
loadLegacyProvider(loadOpenssl());

const PROVIDERS: Readonly<Record<string, CryptoProvider>> = {
  'node:crypto': nodeProvider({ octets: new Uint8Array(4096) }),
  OpenSSL: opensslProvider(new PinnedMemory(4096)),
};

const bench = new Bench({ time: 60, warmupTime: 20 });
for (const [name, provider] of Object.entries(PROVIDERS)) {
  for (const algorithm of CIPHERS) {
    const context = provider.cipher(algorithm, keyFor(algorithm));
    for (const length of LENGTHS) {
      add(`${algorithm.name} encipher`, name, length, () => context.encipher(AT, length, IV_AT));
      add(`${algorithm.name} decipher`, name, length, () => context.decipher(AT, length, IV_AT));
    }
  }
  for (const algorithm of AEADS) {
    const context = provider.aead(algorithm, keyFor(algorithm));
    for (const length of LENGTHS) {
      add(`${algorithm.name} seal`, name, length, () =>
        context.seal(AT, 8, AT, length, IV_AT, ICV_AT),
      );
    }
  }
  for (const algorithm of INTEGRITY_ALGORITHMS) {
    const context = provider.integrity(algorithm, keyFor(algorithm), algorithm.icvLength);
    for (const length of LENGTHS) {
      add(`${algorithm.name} sign`, name, length, () => context.sign(AT, length, ICV_AT));
      add(`${algorithm.name} verify`, name, length, () => {
        context.verify(AT, length, ICV_AT);
      });
    }
  }
  add('random', name, 16, () => provider.random(IV_AT, 16));
}

await bench.run();

const rows = new Map<string, Record<string, number>>();
for (const task of bench.tasks) {
  const [what = '', provider = ''] = task.name.split(' on ');
  const { latency } = task.result as { readonly latency: { readonly p50: number } };
  rows.set(what, { ...rows.get(what), [provider]: Math.round((latency.p50 * 1e6) / BATCH) });
}
report(Object.fromEntries(rows));

function add(what: string, provider: string, length: number, call: () => void): void {
  bench.add(`${what} ${length} on ${provider}`, () => {
    for (let k = 0; k < BATCH; k++) call();
  });
}

function keyFor(algorithm: EncryptionAlgorithm | IntegrityAlgorithm): Secret {
  return new Secret(new Uint8Array((algorithm.keyBits[0] ?? 0) / 8).fill(0x5a));
}
