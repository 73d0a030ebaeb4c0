/**
 * Follows the SAD and the SPD of a backend: what is there, and then what changes.
 *
 * @module
 */
import type { Backend, SaRecord } from '../../../ipsec/backend.ts';
import type { BackendEvent, EventStream } from '../../../ipsec/events.ts';
import { exactPattern } from '../../../ipsec/sa-pattern.ts';
import type { Judge } from '../../../monitor/judge.ts';
import type { WatchedSas } from '../../../monitor/watched-sas.ts';

/** What is to be kept as the backend has it; `null` is left alone. */
export interface Followed {
  readonly sas: WatchedSas | null;
  readonly judge: Judge | null;
}

/** A backend that is followed until it is closed. */
export class Following {
  readonly #backend: Backend;
  readonly #followed: Followed;
  readonly #events: EventStream;
  readonly #done: Promise<void>;
  /** Why nothing more is learnt; `null` as long as all is well. */
  failure: unknown = null;

  private constructor(backend: Backend, followed: Followed, events: EventStream) {
    this.#backend = backend;
    this.#followed = followed;
    this.#events = events;
    this.#done = this.#follow().catch((error: unknown) => {
      this.failure = error;
    });
  }

  /** Resolves when all that is there is known. */
  static async begin(backend: Backend, followed: Followed): Promise<Following> {
    // Before the dump, so that nothing happens unseen.
    const events = await backend.events();
    await takeAll(backend, followed);
    return new Following(backend, followed, events);
  }

  /** Ends it, and lets go of the backend. */
  async close(): Promise<void> {
    this.#events.close();
    await this.#done;
    await this.#backend.close();
  }

  async #follow(): Promise<void> {
    for await (const event of this.#events) await this.#take(event);
  }

  async #take(event: BackendEvent): Promise<void> {
    const { sas, judge } = this.#followed;
    switch (event.kind) {
      case 'sa-added':
      case 'sa-updated': {
        // Events hold no keys.
        const record = sas && (await this.#backend.sa(event.parameters));
        if (record !== null) takeSa(record, sas);
        break;
      }
      case 'sa-deleted':
        sas?.remove(event.parameters);
        break;
      case 'sas-flushed':
        sas?.flush(event.protocol);
        break;
      case 'policy-added':
      case 'policy-updated':
        judge?.add(event.policy);
        break;
      case 'policy-deleted':
      case 'policy-expired':
        judge?.remove(event.policy);
        break;
      case 'policies-flushed':
        judge?.flush();
        break;
      case 'overrun':
        sas?.flush(null);
        judge?.flush();
        await takeAll(this.#backend, this.#followed);
        break;
      case 'sa-expired':
      case 'acquire':
        break;
    }
  }
}

/** Takes what the backend has now. */
async function takeAll(backend: Backend, { sas, judge }: Followed): Promise<void> {
  if (sas !== null) for await (const record of backend.sas()) takeSa(record, sas);
  if (judge === null) return;
  const policies = [];
  for await (const { policy } of backend.policies()) policies.push(policy);
  // Newest first; among those of one priority, the oldest is asked first.
  for (const policy of policies.reverse()) judge.add(policy);
}

function takeSa({ parameters, state, sequenceNumber }: SaRecord, sas: WatchedSas | null): void {
  if (state !== 'larval') sas?.add(exactPattern(parameters, sequenceNumber));
}
