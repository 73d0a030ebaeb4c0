/**
 * The host, to one of several workers: its own queue, and the packets that other workers took from theirs and
 * handed over.
 *
 * @module
 */
import type { Opened } from '../ipsec/opening-train.ts';
import type { Packet } from '../ipsec/packet.ts';
import { noOffload, type Offload } from '../wire/virtio-net.ts';
import type { RingOutlet } from './handed-over.ts';
import type { ProtectedInterface } from './interfaces.ts';

/** Packets that were handed over and may go before the own queue has its turn. */
const TURN = 16;

export class SharedHost implements ProtectedInterface {
  readonly #own: ProtectedInterface;
  readonly #outlets: readonly RingOutlet[];
  readonly #offload = noOffload();
  #isOwn = true;
  #taken = 0;

  constructor(own: ProtectedInterface, outlets: readonly RingOutlet[]) {
    this.#own = own;
    this.#outlets = outlets;
  }

  get offload(): Offload {
    return this.#isOwn ? this.#own.offload : this.#offload;
  }

  receive(packet: Packet): boolean {
    if (this.#taken < TURN && this.#receiveHandedOver(packet)) {
      this.#taken += 1;
      return true;
    }
    this.#taken = 0;
    this.#isOwn = true;
    return this.#own.receive(packet) || this.#receiveHandedOver(packet);
  }

  deliver(packet: Packet): void {
    this.#own.deliver(packet);
  }

  deliverTrain(train: Readonly<Opened>): number {
    return this.#own.deliverTrain(train);
  }

  flush(): void {
    this.#own.flush();
  }

  #receiveHandedOver(packet: Packet): boolean {
    for (const outlet of this.#outlets) {
      if (!outlet.take(packet, this.#offload)) continue;
      this.#isOwn = false;
      return true;
    }
    return false;
  }
}
