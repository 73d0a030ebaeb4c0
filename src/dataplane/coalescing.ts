/**
 * Coalescing of packets on their way to the host (GRO): what came in many packets of one flow, one
 * after the other, is handed over as one, and the host's stack looks at one header for all.
 *
 *     headers │ payload    headers │ payload    ...     as they came out of ESP
 *
 *     virtio header │ headers │ payload                 one packet to the TUN device
 *
 * What belongs together is said in `tcp-joining.ts` and `udp-joining.ts`. The checksum of each packet
 * is verified before, for the whole has one that the host takes for granted.
 *
 * @module
 */
import type { Opened } from '../ipsec/opening-train.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { newIpHeader, readIp } from '../wire/ip.ts';
import { emitNoVirtioNet, VIRTIO_NET_LENGTH } from '../wire/virtio-net.ts';
import { JOINING_LENGTH, type Joining } from './joining.ts';
import { TcpJoining } from './tcp-joining.ts';
import { UdpJoining } from './udp-joining.ts';

/** Octets of memory that one packet under way takes, with its virtio header. */
export const COALESCING_LENGTH: number = JOINING_LENGTH;

/** Gets a packet with its virtio header in front: `length` octets of both at `at`, made of so many `packets`. */
export type Deliver = (at: number, length: number, packets: number) => void;

/** One packet under way at a time; a packet of another flow ends it. */
export class Coalescing {
  readonly #octets: Uint8Array;
  /** Where the virtio header of the packet under way stands. */
  readonly #place: number;
  readonly #deliver: Deliver;
  readonly #header = newIpHeader();
  readonly #tcp: Joining;
  readonly #udp: Joining;
  /** The one that has a packet under way. */
  #current: Joining | null = null;
  /** Whether the host takes UDP that is to be cut again. */
  takesUdp = false;

  /** Uses {@link COALESCING_LENGTH} octets of `octets` at `place`. */
  constructor(octets: Uint8Array, place: number, deliver: Deliver) {
    this.#octets = octets;
    this.#place = place;
    this.#deliver = deliver;
    this.#tcp = new TcpJoining(octets, place);
    this.#udp = new UdpJoining(octets, place);
  }

  /** Takes the packet of `length` octets at `at` and delivers it, now or with those that follow. */
  take(at: number, length: number): void {
    const appended = this.#current?.append(at, length) ?? 'not';
    if (appended === 'more') return;
    this.flush();
    if (appended === 'last' || this.#begin(at, length)) return;
    this.#octets.copyWithin(this.#place + VIRTIO_NET_LENGTH, at, at + length);
    emitNoVirtioNet(this.#octets, this.#place);
    this.#deliver(this.#place, VIRTIO_NET_LENGTH + length, 1);
  }

  /**
   * Takes the packets of `train` from the front on, as far as they belong to the one under way, or to those
   * that follow it when it has no room any more; how many.
   */
  takeTrain(train: Readonly<Opened>): number {
    const current = this.#current;
    if (current === null) return 0;
    const { at, stride, count } = train;
    let taken = current.appendTrain(train, 0);
    while (taken > 0 && current.isEndedBy(at + (taken - 1) * stride)) {
      this.flush();
      const more = taken < count ? current.goOnWithTrain(train, taken) : 0;
      if (more === 0) break;
      this.#current = current;
      taken += more;
    }
    return taken;
  }

  /** Delivers what is under way. */
  flush(): void {
    const current = this.#current;
    if (current === null) return;
    this.#current = null;
    this.#deliver(this.#place, current.finish(), current.packets);
  }

  /** Begins a packet with one that others may follow. */
  #begin(at: number, length: number): boolean {
    const header = this.#header;
    if (!readIp(header, this.#octets, at, length)) return false;
    const joining = this.#joiningOf(header.nextLayerProtocol);
    const begun = joining?.begin(header, length) ?? 'not';
    if (begun === 'not') return false;
    this.#current = joining;
    if (begun === 'last') this.flush();
    return true;
  }

  #joiningOf(protocol: number): Joining | null {
    if (protocol === IP_PROTOCOL.tcp) return this.#tcp;
    return protocol === IP_PROTOCOL.udp && this.takesUdp ? this.#udp : null;
  }
}
