/**
 * The worker's end of IKE at ports that ESP comes to: the worker has the sockets, and IKE is in the
 * main thread.
 *
 *      network ── message ──► offer ──► flush ──► main thread
 *      network ◄── packet ── Engine ◄── take ◄─── main thread
 *
 * So many messages wait for the main thread, at most; more are lost, as on the way.
 *
 * @module
 */
import type { Engine } from '../../dataplane/engine.ts';
import { LONGEST_UDP_PAYLOAD } from '../../dataplane/udp-packet.ts';
import type { NetworkSockets } from '../../io/network-sockets.ts';
import type { Instant } from '../../ipsec/backend.ts';
import type { UdpEnd } from '../../ipsec/sa-parameters.ts';
import { withNonEspMarker } from '../../wire/esp-in-udp.ts';
import type { FromRelay, IkeDatagram, ToRelay } from './messages.ts';

/** Messages of IKE that the main thread has not taken yet. */
export const MOST_WAITING = 256;

/** What of the data plane it works with. */
export interface RelayParts {
  readonly engine: Pick<Engine, 'admit' | 'sendDatagram'>;
  readonly network: Pick<NetworkSockets, 'shareWithIke'>;
}

export class IkeRelay {
  readonly #send: (message: FromRelay) => void;
  #arrived: IkeDatagram[] = [];
  /** Handed to the main thread, and not taken there. */
  #outstanding = 0;

  constructor(send: (message: FromRelay) => void) {
    this.#send = send;
  }

  /** Takes a copy of a message that came; `false` when there is no room for it. */
  offer(local: UdpEnd, remote: UdpEnd, message: Uint8Array): boolean {
    if (this.#arrived.length + this.#outstanding >= MOST_WAITING) return false;
    this.#arrived.push({ path: { local, remote: copyOf(remote) }, message: message.slice() });
    return true;
  }

  /** Hands on what came since the last time, together. */
  flush(): void {
    if (this.#arrived.length === 0) return;
    const datagrams = this.#arrived;
    this.#arrived = [];
    this.#outstanding += datagrams.length;
    this.#send({ kind: 'ike', datagrams });
  }

  /** Does what the main thread asks for. */
  take(message: ToRelay, { engine, network }: RelayParts, now: Instant): void {
    switch (message.kind) {
      case 'ike-taken':
        this.#outstanding -= message.count;
        return;
      case 'send-ike': {
        const { local, remote } = message.path;
        const payload = withNonEspMarker(message.message);
        if (payload.length <= LONGEST_UDP_PAYLOAD) engine.sendDatagram(local, remote, payload, now);
        return;
      }
      case 'ike-ports': {
        const { id, shared, plain } = message;
        const closed = network.shareWithIke(shared);
        this.#send({
          kind: 'ike-ports',
          id,
          closed,
          failure: admit(engine, [...shared, ...plain], now),
        });
        return;
      }
    }
  }
}

/** Why the guard does not let in what comes to `ends`; `null` when it does. */
function admit(engine: RelayParts['engine'], ends: readonly UdpEnd[], now: Instant): string | null {
  try {
    engine.admit(ends, now);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function copyOf({ address: { version, octets }, port }: UdpEnd): UdpEnd {
  return { address: { version, octets: octets.slice() }, port };
}
