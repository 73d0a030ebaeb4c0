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
import { BoundedQueue } from './bounded-queue.ts';
import type { Change } from './change.ts';
import { COMPRESSION_ALGORITHMS } from './compression.ts';
import { Databases } from './databases.ts';
import { type BackendEvent, type EventStream, OVERRUN } from './events.ts';
import { IPSEC_PROTOCOLS } from './policy.ts';
import type { SaId } from './sa-parameters.ts';
import type { SelectorAddresses } from './selector.ts';
import type { SpiRequest } from './spi-request.ts';

/** Events that wait for a listener before some are lost. */
const MOST_EVENTS = 65_536;

export class MemoryBackend implements Backend {
  readonly #databases = new Databases(nodeProvider({ octets: new Uint8Array(0) }));
  readonly #clock: () => Instant;
  readonly #listeners = new Set<BoundedQueue<BackendEvent>>();

  /** `clock` tells when things are added. */
  constructor(clock: () => Instant) {
    this.#clock = clock;
  }

  async capabilities(): Promise<Capabilities> {
    return {
      backend: 'memory',
      protocols: IPSEC_PROTOCOLS,
      ciphers: ENCRYPTION_ALGORITHMS.map((algorithm) => algorithm.name),
      integrity: INTEGRITY_ALGORITHMS.map((algorithm) => algorithm.name),
      compression: COMPRESSION_ALGORITHMS.map((algorithm) => algorithm.name),
    };
  }

  async commit(changes: readonly Change[]): Promise<void> {
    this.#databases.commit(changes, this.#clock(), () => undefined);
  }

  async *sas(): AsyncGenerator<SaRecord> {
    yield* this.#databases.sas(this.#clock());
  }

  async *policies(including?: SelectorAddresses): AsyncGenerator<PolicyRecord> {
    yield* this.#databases.policies(including);
  }

  async sa(id: SaId): Promise<SaRecord | null> {
    return this.#databases.sa(id, this.#clock());
  }

  async allocateSpi(request: SpiRequest): Promise<SaRecord> {
    return this.#databases.allocateSpi(request, this.#clock());
  }

  /** Tells of what is committed here; not of lifetimes that end: nothing waits here. */
  async events(): Promise<EventStream> {
    const queue = new BoundedQueue<BackendEvent>(MOST_EVENTS, OVERRUN, () => {
      this.#listeners.delete(queue);
    });
    this.#listeners.add(queue);
    this.#databases.watch((event) => {
      for (const listener of this.#listeners) listener.push(event);
    });
    return queue;
  }

  async discards(): Promise<DiscardCounters> {
    return {};
  }

  async close(): Promise<void> {
    for (const listener of this.#listeners) listener.close();
  }
}
