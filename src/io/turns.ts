/**
 * Sockets that receive one after the other: who gives the next packet.
 *
 * Only those are asked that epoll found something on, for to ask all costs as much as a packet. None gives
 * more than some before the others have their turn; but what came with a packet is taken first, because they
 * all receive to the same memory.
 *
 * @module
 */
import type { Packet } from '../ipsec/packet.ts';
import type { PacketReceiver } from './raw-ip.ts';
import type { Readiness } from './readiness.ts';

/** Packets that one socket may give before the others have their turn. */
const TURN = 16;

export class Turns {
  readonly #receivers = new Map<number, PacketReceiver>();
  /** Those that are asked, in their order. */
  readonly #asked: PacketReceiver[] = [];
  /** Whose turn it is, and how many packets it gave since then. */
  #current = 0;
  #taken = 0;

  /** Has `receivers`, and no others, take turns from now on; all are asked until {@link heed}. */
  arrange(receivers: readonly PacketReceiver[]): void {
    this.#receivers.clear();
    this.#start(receivers.find(({ isPending }) => isPending));
    for (const receiver of receivers) {
      this.#receivers.set(receiver.fd, receiver);
      this.#ask(receiver);
    }
  }

  /** Has those alone be asked that `readiness` found something on. */
  heed(readiness: Pick<Readiness, 'count' | 'descriptor'>): void {
    const { current } = this;
    const isPending = current?.isPending === true;
    const hadTurn = this.#taken > 0;
    this.#start(isPending ? current : undefined);
    for (let k = 0; k < readiness.count; k++) {
      const receiver = this.#receivers.get(readiness.descriptor(k));
      if (receiver !== undefined) this.#ask(receiver);
    }
    // Who had its turn last is asked last.
    const count = this.#asked.length;
    if (hadTurn && !isPending && current !== undefined && count > 1) {
      this.#current = (this.#asked.indexOf(current) + 1) % count;
    }
  }

  #start(pending: PacketReceiver | undefined): void {
    this.#asked.length = 0;
    this.#current = 0;
    this.#taken = 0;
    if (pending !== undefined) this.#asked.push(pending);
  }

  #ask(receiver: PacketReceiver): void {
    if (receiver !== this.#asked[0]) this.#asked.push(receiver);
  }

  /** Whose packet was received last, if it was not the last. */
  get current(): PacketReceiver | undefined {
    return this.#asked[this.#current];
  }

  receive(packet: Packet): boolean {
    const count = this.#asked.length;
    // One whose turn is over is asked again when the others have nothing.
    for (let tried = 0; tried <= count; tried++) {
      const receiver = this.#asked[this.#current];
      if (receiver === undefined) return false;
      const itsTurn = this.#taken < TURN || receiver.isPending;
      if (itsTurn && receiver.receive(packet)) {
        this.#taken += 1;
        return true;
      }
      this.#taken = 0;
      this.#current = (this.#current + 1) % count;
    }
    return false;
  }

  /** As `UnprotectedInterface.passOver`. */
  passOver(count: number): void {
    this.current?.passOver(count);
    this.#taken += count;
  }
}
