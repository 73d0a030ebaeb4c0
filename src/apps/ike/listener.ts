/**
 * Keeps the ports of IKE open on the addresses that the configuration asks for and the host has, while
 * they come and go.
 *
 * @module
 */
import type { Listen } from '../../ike/configuration.ts';
import { formatUdpAddress } from '../../ike/path.ts';
import { type IkePorts, wantedPorts } from '../../ike/ports.ts';
import { addressChanges, hostAddresses } from '../../io/host-addresses.ts';
import type { NetlinkStream } from '../../io/netlink-stream.ts';

export class Listener {
  readonly #ports: IkePorts;
  readonly #complain: (text: string) => void;
  readonly #changes: NetlinkStream = addressChanges();
  #listen: Listen;
  /** What was told already, and is so still. */
  #known: ReadonlySet<string> = new Set();
  #turn: Promise<unknown> = Promise.resolve();

  /** `complain` is told once of each port that cannot be opened, as a sentence. */
  constructor(ports: IkePorts, listen: Listen, complain: (text: string) => void) {
    this.#ports = ports;
    this.#listen = listen;
    this.#complain = complain;
  }

  /**
   * Opens the ports for the first time, and follows the addresses from then on. Rejects when none could be
   * opened, or, where the configuration is strict, one is missing.
   */
  async start(): Promise<void> {
    const { open, troubles } = await this.#open();
    const [trouble] = troubles;
    if (trouble !== undefined && (open === 0 || this.#listen.strict)) throw new Error(trouble);
    void this.#follow();
  }

  /** Listens as `listen` says from now on. */
  async change(listen: Listen): Promise<void> {
    this.#listen = listen;
    await this.#open();
  }

  close(): void {
    this.#changes.close();
  }

  async #follow(): Promise<void> {
    try {
      for await (const _ of this.#changes) await this.#open();
    } catch (error) {
      this.#complain(`Cannot follow the addresses of the host any more: ${messageOf(error)}`);
    }
  }

  /** One at a time. */
  #open(): Promise<Opened> {
    const opened = this.#turn.then(() => this.#openNow());
    this.#turn = opened.catch(() => undefined);
    return opened;
  }

  async #openNow(): Promise<Opened> {
    const { ports, absent } = wantedPorts(this.#listen, hostAddresses());
    const closed = await this.#ports.listen(ports);
    const troubles = [
      ...absent.map(
        (port) => `Not listening at ${formatUdpAddress(port)}: the host has no such address`,
      ),
      ...closed.map(({ reason }) => reason),
    ];
    for (const trouble of troubles) if (!this.#known.has(trouble)) this.#complain(trouble);
    this.#known = new Set(troubles);
    return { open: ports.length - closed.length, troubles };
  }
}

interface Opened {
  /** How many ports are open. */
  readonly open: number;
  /** Why others are not, as sentences. */
  readonly troubles: readonly string[];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
