/**
 * The UDP ports of IKE, each a socket of this process.
 *
 * @module
 */
import type { ListenAddress } from '../../ike/configuration.ts';
import { formatUdpAddress, type Path } from '../../ike/path.ts';
import type { ClosedPort, IkePorts, TakeMessage } from '../../ike/ports.ts';
import { SystemError } from '../libc.ts';
import { type Exempt, UdpPort } from './udp-port.ts';

export class UdpPorts implements IkePorts {
  readonly #exempt: Exempt;
  readonly #take: TakeMessage;
  /** By address and port; those with and without NAT traversal are different. */
  readonly #open = new Map<string, UdpPort>();

  /** Has sockets `exempt` from policies; messages go to `take`. */
  constructor(exempt: Exempt, take: TakeMessage) {
    this.#exempt = exempt;
    this.#take = take;
  }

  async listen(wanted: readonly ListenAddress[]): Promise<readonly ClosedPort[]> {
    const names = new Map(wanted.map((port) => [nameOf(port), port]));
    for (const [name, port] of this.#open) {
      if (names.has(name)) continue;
      port.close();
      this.#open.delete(name);
    }
    const closed: ClosedPort[] = [];
    for (const [name, port] of names) {
      if (this.#open.has(name)) continue;
      try {
        this.#open.set(name, UdpPort.open(port, this.#exempt, this.#take));
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        closed.push({ port, reason: error.message });
      }
    }
    return closed;
  }

  send({ local, remote }: Path, message: Uint8Array): void {
    const port =
      this.#open.get(nameOf({ ...local, natTraversal: true })) ??
      this.#open.get(nameOf({ ...local, natTraversal: false }));
    port?.send(remote, message);
  }

  async close(): Promise<void> {
    await this.listen([]);
  }
}

function nameOf(port: ListenAddress): string {
  return `${formatUdpAddress(port)}${port.natTraversal ? ' natt' : ''}`;
}
