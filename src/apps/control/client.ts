/**
 * The userspace {@link Backend}: a running `ipseald`, spoken to through its control socket.
 *
 * Dumps and events have connections of their own, so that whoever reads one slowly, or not to its
 * end, may ask other things meanwhile.
 *
 * @module
 */
import type {
  Backend,
  Capabilities,
  DiscardCounters,
  PolicyRecord,
  SaRecord,
} from '../../ipsec/backend.ts';
import type { Change } from '../../ipsec/change.ts';
import type { BackendEvent, EventStream } from '../../ipsec/events.ts';
import type { SaId } from '../../ipsec/sa-parameters.ts';
import type { SelectorAddresses } from '../../ipsec/selector.ts';
import type { SpiRequest } from '../../ipsec/spi-request.ts';
import { Conversation, type Result } from './conversation.ts';
import { changeToJson, type Operation, type RequestJson } from './protocol.ts';
import { saIdToJson, selectorAddressesToJson, spiRequestToJson } from './values.ts';

export class ControlClient implements Backend {
  readonly #path: string;
  readonly #main: Conversation;
  readonly #streams = new Set<Conversation>();
  /** Requests are answered in their order; one at a time is enough. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(path: string, main: Conversation) {
    this.#path = path;
    this.#main = main;
  }

  /** Connects to the control socket at `path`. Rejects when nobody listens there. */
  static async connect(path: string): Promise<ControlClient> {
    return new ControlClient(path, await Conversation.open(path));
  }

  capabilities(): Promise<Capabilities> {
    return this.#call({ op: 'capabilities' });
  }

  async commit(changes: readonly Change[]): Promise<void> {
    await this.#call({ op: 'commit', changes: changes.map(changeToJson) });
  }

  sas(): AsyncGenerator<SaRecord> {
    return this.#dump({ op: 'sas' });
  }

  policies(including?: SelectorAddresses): AsyncGenerator<PolicyRecord> {
    const wanted = including && { including: selectorAddressesToJson(including) };
    return this.#dump({ op: 'policies', ...wanted });
  }

  sa(id: SaId): Promise<SaRecord | null> {
    return this.#call({ op: 'sa', id: saIdToJson(id) });
  }

  allocateSpi(request: SpiRequest): Promise<SaRecord> {
    return this.#call({ op: 'allocate-spi', request: spiRequestToJson(request) });
  }

  async events(): Promise<EventStream> {
    const stream = await this.#open();
    try {
      stream.request({ op: 'events' });
      // The empty part says that the daemon watches.
      await stream.response('events');
    } catch (error) {
      this.#end(stream);
      throw error;
    }
    let closed = false;
    const close = () => {
      closed = true;
      this.#end(stream);
    };
    const events = async function* (): AsyncGenerator<BackendEvent> {
      try {
        for (;;) yield* (await stream.response('events')).result;
      } catch (error) {
        if (!closed) throw error;
      } finally {
        close();
      }
    };
    return { close, [Symbol.asyncIterator]: events };
  }

  discards(): Promise<DiscardCounters> {
    return this.#call({ op: 'discards' });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#main.close();
    for (const stream of this.#streams) stream.close();
  }

  async #call<O extends Operation>(request: Extract<RequestJson, { op: O }>): Promise<Result<O>> {
    const answer = this.#turn.then(async () => {
      this.#main.request(request);
      return this.#main.response(request.op as O);
    });
    this.#turn = answer.catch(() => undefined);
    return (await answer).result;
  }

  async *#dump<R extends SaRecord | PolicyRecord>(
    request: Extract<RequestJson, { op: 'sas' | 'policies' }>,
  ): AsyncGenerator<R> {
    const stream = await this.#open();
    try {
      stream.request(request);
      for (let more = true; more; ) {
        const part = await stream.response(request.op);
        for (const record of part.result) yield record as R;
        more = part.more;
      }
    } finally {
      this.#end(stream);
    }
  }

  async #open(): Promise<Conversation> {
    if (this.#closed) throw new Error('Cannot talk to ipseald: the connection is closed');
    const stream = await Conversation.open(this.#path).catch((cause: unknown) => {
      throw new Error('Cannot talk to ipseald: it does not listen any more', { cause });
    });
    if (this.#closed) stream.close();
    this.#streams.add(stream);
    return stream;
  }

  #end(stream: Conversation): void {
    stream.close();
    this.#streams.delete(stream);
  }
}
