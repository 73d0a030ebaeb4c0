/**
 * A {@link Backend} of tables alone: nothing leaves or enters any host. For tests, for dry runs, and
 * as the plainest statement of what a backend does.
 *
 * @module
 */
import { nodeProvider } from '../crypto/node-provider.ts';
import { ENCRYPTION_ALGORITHMS, INTEGRITY_ALGORITHMS } from '../crypto/registry.ts';
import type {
  Backend,
  Capabilities,
  DiscardCounters,
  Instant,
  PolicyRecord,
  SaRecord,
} from './backend.ts';
import type { Change } from './change.ts';
import { Databases } from './databases.ts';

export class MemoryBackend implements Backend {
  readonly #databases = new Databases(nodeProvider({ octets: new Uint8Array(0) }));
  readonly #clock: () => Instant;

  /** `clock` tells when things are added. */
  constructor(clock: () => Instant) {
    this.#clock = clock;
  }

  async capabilities(): Promise<Capabilities> {
    return {
      backend: 'memory',
      protocols: ['esp', 'ah'],
      ciphers: ENCRYPTION_ALGORITHMS.map((algorithm) => algorithm.name),
      integrity: INTEGRITY_ALGORITHMS.map((algorithm) => algorithm.name),
      compression: [],
    };
  }

  async commit(changes: readonly Change[]): Promise<void> {
    this.#databases.commit(changes, this.#clock(), () => undefined);
  }

  async sas(): Promise<readonly SaRecord[]> {
    return this.#databases.sas(this.#clock());
  }

  async policies(): Promise<readonly PolicyRecord[]> {
    return this.#databases.policies();
  }

  async discards(): Promise<DiscardCounters> {
    return {};
  }

  async close(): Promise<void> {}
}
