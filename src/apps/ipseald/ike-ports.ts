/**
 * The UDP ports of IKE beside the userspace data plane: those that ESP comes to, too, are the worker's,
 * others are sockets of this thread.
 *
 * @module
 */
import type { ListenAddress } from '../../ike/configuration.ts';
import { formatUdpAddress, type Path } from '../../ike/path.ts';
import type { ClosedPort, IkePorts, TakeMessage } from '../../ike/ports.ts';
import { exemptFromGuard } from '../../io/guard/socket-exemption.ts';
import { UdpPorts } from '../../io/ike/udp-ports.ts';
import type { FromRelay, ToRelay } from './messages.ts';

type Told = Extract<FromRelay, { readonly kind: 'ike-ports' }>;

export class DataPlaneIkePorts implements IkePorts {
  readonly #send: (message: ToRelay) => void;
  readonly #take: TakeMessage;
  readonly #plain: UdpPorts;
  /** By address and port. */
  #shared: ReadonlySet<string> = new Set();
  readonly #waiting = new Map<number, (told: Told) => void>();
  #nextId = 1;

  /** `send` goes to the worker; messages that come go to `take`. */
  constructor(send: (message: ToRelay) => void, take: TakeMessage) {
    this.#send = send;
    this.#take = take;
    this.#plain = new UdpPorts(exemptFromGuard, take);
  }

  /** Takes in what the worker says. */
  receive(message: FromRelay): void {
    if (message.kind === 'ike-ports') {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
      return;
    }
    for (const { path, message: octets } of message.datagrams) this.#take(path, octets);
    this.#send({ kind: 'ike-taken', count: message.datagrams.length });
  }

  async listen(wanted: readonly ListenAddress[]): Promise<readonly ClosedPort[]> {
    const shared = wanted.filter(({ natTraversal }) => natTraversal);
    const plain = wanted.filter(({ natTraversal }) => !natTraversal);
    const closed = await this.#plain.listen(plain);
    this.#shared = new Set(shared.map(formatUdpAddress));
    const told = await this.#ask(shared, plain);
    if (told.failure !== null) throw new Error(told.failure);
    const closedThere = told.closed.map(({ end, reason }) => ({
      port: { ...end, natTraversal: true },
      reason,
    }));
    return [...closed, ...closedThere];
  }

  send(path: Path, message: Uint8Array): void {
    if (this.#shared.has(formatUdpAddress(path.local))) {
      this.#send({ kind: 'send-ike', path, message });
    } else {
      this.#plain.send(path, message);
    }
  }

  /** Does not wait for the worker, which may be gone. */
  async close(): Promise<void> {
    this.#send({ kind: 'ike-ports', id: this.#nextId++, shared: [], plain: [] });
    await this.#plain.close();
  }

  #ask(shared: readonly ListenAddress[], plain: readonly ListenAddress[]): Promise<Told> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send({ kind: 'ike-ports', id, shared, plain });
    });
  }
}
