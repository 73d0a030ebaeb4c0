/**
 * IKE as a service of this process: an endpoint, joined to ports, a backend, timers and whoever listens.
 *
 * @module
 */
import type { IkeConfiguration, Listen } from '../../ike/configuration.ts';
import type { Credentials } from '../../ike/credentials.ts';
import type { IkeEvent } from '../../ike/event.ts';
import type { IkeCommand } from '../../ike/input.ts';
import type { IkePorts, TakeMessage } from '../../ike/ports.ts';
import type { IkeStatus } from '../../ike/status.ts';
import type { Backend } from '../../ipsec/backend.ts';
import type { EventStream } from '../../ipsec/events.ts';
import { Answering, type CheckPassword } from './answering.ts';
import { BackendWatch } from './backend-watch.ts';
import { readBanner } from './banner.ts';
import { Driver } from './driver.ts';
import type { Endpoint } from './endpoint.ts';
import { Listener } from './listener.ts';

export interface IkeServiceParts {
  readonly endpoint: Endpoint;
  /** Where SAs go and policies are. Whoever gave it closes it. */
  readonly backend: Backend;
  /** Makes the ports to speak from; messages go to `take`. */
  readonly openPorts: (take: TakeMessage) => IkePorts;
  readonly listen: Listen;
  /** Told what becomes of negotiations. */
  readonly tell: (event: IkeEvent) => void;
  /** Told what goes wrong around them, as sentences. */
  readonly complain: (text: string) => void;
  /** `null` where nobody logs in with a password. */
  readonly checkPassword: CheckPassword | null;
}

export class IkeService {
  /** Settles when the backend tells nothing more: rejects, unless that was {@link stop}. */
  readonly ended: Promise<void>;
  readonly #endpoint: Endpoint;
  readonly #driver: Driver;
  readonly #answering: Answering;
  readonly #ports: IkePorts;
  readonly #listener: Listener;
  readonly #events: EventStream;
  #stopping = false;

  private constructor(parts: IkeServiceParts, events: EventStream) {
    const { endpoint, backend, openPorts, tell, complain } = parts;
    this.#endpoint = endpoint;
    this.#events = events;
    this.#answering = new Answering(backend, parts.checkPassword);
    this.#ports = openPorts((path, octets) => {
      this.#driver.take({ kind: 'datagram', path, octets });
    });
    const [ports, answering] = [this.#ports, this.#answering];
    this.#driver = new Driver({ endpoint, ports, answering, tell, complain });
    this.#listener = new Listener(ports, parts.listen, complain);
    const watch = new BackendWatch({
      backend,
      status: () => endpoint.status(),
      take: (input) => this.#driver.take(input),
      inTurn: (action) => answering.inTurn(action),
    });
    this.ended = this.#watch(watch);
    // Whoever looks later is told then.
    this.ended.catch(() => undefined);
  }

  /** Starts it: its ports are open, and what the backend tells from now on is heeded. Rejects. */
  static async start(parts: IkeServiceParts): Promise<IkeService> {
    const service = new IkeService(parts, await parts.backend.events());
    try {
      await service.#listener.start();
      return service;
    } catch (error) {
      await service.#close();
      throw error;
    }
  }

  /** Has the endpoint do what an operator asks for. */
  command(command: IkeCommand): void {
    this.#driver.take({ kind: 'command', command });
  }

  status(): IkeStatus {
    return this.#endpoint.status();
  }

  /** Goes on by another configuration. Rejects when nothing can be opened any more. */
  async reconfigure(configuration: IkeConfiguration, credentials: Credentials): Promise<void> {
    const banner = readBanner(configuration.modeConfig.banner);
    this.#driver.take({ kind: 'configuration', configuration, credentials, banner });
    await this.#listener.change(configuration.listen);
  }

  /** Says goodbye to the peers, removes what came of negotiations, and closes the ports. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.command({ kind: 'shut-down' });
    // What the endpoint asked for in going is done, and what it asked for then.
    for (let round = 0; round < GOODBYE_ROUNDS; round++) await this.#answering.inTurn(nextTurn);
    await this.#close();
  }

  async #close(): Promise<void> {
    this.#stopping = true;
    this.#driver.stop();
    this.#listener.close();
    this.#events.close();
    await this.#ports.close();
  }

  async #watch(watch: BackendWatch): Promise<void> {
    try {
      for await (const event of this.#events) await watch.heed(event);
    } catch (error) {
      if (!this.#stopping) throw error;
    }
    if (!this.#stopping) throw new Error('The backend tells no more of what happens');
  }
}

/** An answer may lead to another question, and that to one more. */
const GOODBYE_ROUNDS = 3;

/** Messages leave before it comes. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
