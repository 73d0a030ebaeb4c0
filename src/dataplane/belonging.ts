/**
 * Which worker a packet of the host belongs to: the one for the ends of its outermost SA, or of an SA that it
 * lacks (`workers.ts`).
 *
 * @module
 */
import type { DiscardReason } from '../ipsec/discard-reason.ts';
import type { Packet } from '../ipsec/packet.ts';
import type { Template } from '../ipsec/policy.ts';
import type { SaParameters } from '../ipsec/sa-parameters.ts';
import type { Traffic } from '../ipsec/selector.ts';
import { noOffload, type Offload } from '../wire/virtio-net.ts';
import { type Neighbours, workerBetween } from './workers.ts';

const NONE: Readonly<Offload> = noOffload();

/** Of one packet at a time. */
export class Belonging {
  readonly #neighbours: Neighbours | null;
  /** Where the packet at hand belongs. */
  #number = 0;

  /** `null` is for who carries all packets. */
  constructor(neighbours: Neighbours | null) {
    this.#neighbours = neighbours;
    this.begin();
  }

  /** Turns to another packet, which belongs here until somebody knows better. */
  begin(): void {
    this.#number = this.#neighbours?.number ?? 0;
  }

  get isElsewhere(): boolean {
    return this.#neighbours !== null && this.#number !== this.#neighbours.number;
  }

  /** Takes note that the packet goes under an SA of `parameters`. */
  noteSa({ source, destination }: SaParameters): void {
    this.#note(destination.version, source.octets, 0, destination.octets, 0);
  }

  /** Takes note that it lacks an SA between `ends`, or between the addresses of `traffic`. */
  noteLack(ends: Template['endpoints'], traffic: Traffic): void {
    const { version, octets, localAddressAt, remoteAddressAt } = traffic;
    if (ends === null) this.#note(version, octets, localAddressAt, octets, remoteAddressAt);
    else this.#note(ends.remote.version, ends.local.octets, 0, ends.remote.octets, 0);
  }

  /** Hands `packet`, on which the host left `offload` to be done, to the worker that it belongs to. */
  handOver(packet: Packet, offload: Readonly<Offload> | null): DiscardReason | null {
    const taken = this.#neighbours?.handOver(this.#number, packet, offload ?? NONE);
    return taken === true ? null : 'out-no-room';
  }

  #note(version: 4 | 6, a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): void {
    if (this.#neighbours === null) return;
    this.#number = workerBetween(version, a, aAt, b, bAt, this.#neighbours.count);
  }
}
