/**
 * What is remembered of SAs while they are there, because Linux does not tell the algorithms of one
 * that has expired.
 *
 * @module
 */
import type { Backend, SaRecord } from '../../ipsec/backend.ts';
import { type BackendEvent, type SaExpired, withoutKeys } from '../../ipsec/events.ts';
import { formatSaId, type SaParameters } from '../../ipsec/sa-parameters.ts';

export class KnownSas {
  /** Without keys. */
  readonly #sas = new Map<string, SaParameters>();

  /** Forgets all, and learns what `backend` has. */
  async learn(backend: Backend): Promise<void> {
    this.#sas.clear();
    for await (const record of backend.sas()) this.#add(withoutKeys(record));
  }

  /** Notes `event`; returns it with all that is known of its SA. */
  follow(event: BackendEvent): BackendEvent {
    switch (event.kind) {
      case 'sa-added':
      case 'sa-updated':
        this.#add(event);
        return event;
      case 'sa-deleted':
        this.#sas.delete(formatSaId(event.parameters));
        return event;
      case 'sas-flushed':
        for (const [name, { protocol }] of this.#sas) {
          if (event.protocol === null || event.protocol === protocol) this.#sas.delete(name);
        }
        return event;
      case 'sa-expired':
        return this.#complete(event);
      default:
        return event;
    }
  }

  #add({ parameters }: SaRecord): void {
    this.#sas.set(formatSaId(parameters), parameters);
  }

  #complete(event: SaExpired): SaExpired {
    const name = formatSaId(event.parameters);
    const known = this.#sas.get(name);
    if (event.limit === 'hard') this.#sas.delete(name);
    const { encryption, integrity, compression } = event.parameters;
    const told = encryption !== null || integrity !== null || compression !== null;
    return told || known === undefined ? event : { ...event, parameters: known };
  }
}
