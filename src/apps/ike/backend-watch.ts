/**
 * What the backend tells, for IKE: packets that wait, lifetimes that end, SAs that others delete.
 *
 * @module
 */
import type { IkeInput } from '../../ike/input.ts';
import type { IkeStatus } from '../../ike/status.ts';
import type { Backend } from '../../ipsec/backend.ts';
import type { BackendEvent } from '../../ipsec/events.ts';
import type { IpsecProtocol } from '../../ipsec/policy.ts';
import type { SaId } from '../../ipsec/sa-parameters.ts';
import { formatIpAddress } from '../../net/ip-address.ts';

export interface WatchParts {
  readonly backend: Backend;
  readonly status: () => IkeStatus;
  readonly take: (input: IkeInput) => void;
  /** Has `action` done when all that was asked of the backend before is. */
  readonly inTurn: (action: () => Promise<void>) => Promise<void>;
}

export class BackendWatch {
  readonly #parts: WatchParts;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** Passes `event` on as far as IKE is concerned. */
  async heed(event: BackendEvent): Promise<void> {
    const { take } = this.#parts;
    switch (event.kind) {
      case 'acquire':
        take({ kind: 'acquire', acquire: event });
        return;
      case 'sa-expired':
        take({ kind: 'expired', expired: event });
        return;
      case 'sa-deleted':
        take({ kind: 'sa-deleted', id: event.parameters });
        return;
      case 'sas-flushed':
        for (const id of this.#knownSas(event.protocol)) take({ kind: 'sa-deleted', id });
        return;
      case 'overrun':
        await this.#catchUp();
        return;
      default:
        return;
    }
  }

  /** Events are missing: of SAs that went, it can still be told. */
  async #catchUp(): Promise<void> {
    const { backend, inTurn, take } = this.#parts;
    await inTurn(async () => {
      const known = new Map(this.#knownSas(null).map((id) => [nameOf(id), id]));
      for await (const { parameters } of backend.sas()) known.delete(nameOf(parameters));
      for (const id of known.values()) take({ kind: 'sa-deleted', id });
    });
  }

  /** Those that IKE has in force, of one protocol or of all. */
  #knownSas(protocol: IpsecProtocol | null): readonly SaId[] {
    return this.#parts
      .status()
      .phase1.flatMap(({ phase2 }) => phase2)
      .filter(({ state }) => state === 'established')
      .flatMap(({ sas }) => sas)
      .filter((id) => protocol === null || id.protocol === protocol);
  }
}

function nameOf({ protocol, spi, destination }: SaId): string {
  return `${protocol} ${spi} ${formatIpAddress(destination)}`;
}
