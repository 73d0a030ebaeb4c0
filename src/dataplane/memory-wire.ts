/**
 * A wire in memory between two engines, and the hosts behind them: the data plane with no network
 * and no privileges, for demonstrations and tests.
 *
 *   MemoryHost ══ Engine ══ left ─────────── wire ─────────── right ══ Engine ══ MemoryHost
 *                                      │           ▲
 *                                      ▼ tap       │ inject
 *
 * An end receives as a host's IP stack does before it looks for AH and ESP: what is no IP packet, or
 * one of IPv4 with a wrong checksum, is dropped, and fragments are put together.
 *
 * @module
 */
import type { Packet } from '../ipsec/packet.ts';
import { LONGEST_PACKET, packetOctets } from '../ipsec/packet.ts';
import { Reassembly } from '../ipsec/reassembly.ts';
import { checkIpv4, ipv4ChecksumHolds } from '../wire/ipv4.ts';
import { checkIpv6 } from '../wire/ipv6.ts';
import { noOffload, type Offload } from '../wire/virtio-net.ts';
import {
  NONE_FOLLOWING,
  type ProtectedInterface,
  type UnprotectedInterface,
} from './interfaces.ts';
import { BATCH } from './places.ts';
import { newTooBigReport, readTooBig } from './too-big-report.ts';

/** The ends of a wire. */
export type WireEnd = 'left' | 'right';

/** Sees a packet, fragments one by one, on its way to the end `to`. The octets are a copy. */
export type WireTap = (octets: Uint8Array, to: WireEnd) => void;

/** Packets that wait on one side; more are lost, as on a real wire. */
export const QUEUE_LENGTH = 1024;

const ETHERNET_MTU = 1500;
const report = newTooBigReport();

export class MemoryWire {
  readonly left: UnprotectedInterface;
  readonly right: UnprotectedInterface;
  /** The longest packet that the wire carries; longer ones are lost. */
  mtu: number;
  readonly #taps = new Set<WireTap>();
  readonly #towards: Readonly<Record<WireEnd, PacketQueue>>;

  constructor(mtu: number = ETHERNET_MTU) {
    this.mtu = mtu;
    this.#towards = { left: new PacketQueue(), right: new PacketQueue() };
    this.left = this.#end('left', 'right');
    this.right = this.#end('right', 'left');
  }

  /** Has `tap` see every packet from now on; returns how to stop it. */
  tap(tap: WireTap): () => void {
    this.#taps.add(tap);
    return () => this.#taps.delete(tap);
  }

  /** Sends `octets`, copied, to one end, whoever they claim to be from. */
  inject(to: WireEnd, octets: Uint8Array): void {
    this.#carry(octets.slice(), to);
  }

  #end(here: WireEnd, there: WireEnd): UnprotectedInterface {
    const arriving = this.#towards[here];
    const tooBig = new PacketQueue();
    const reassembly = new Reassembly();
    return {
      receive: (packet) => {
        for (;;) {
          const octets = arriving.shift();
          if (octets === undefined) return false;
          if (!isWellFormed(octets)) continue;
          const whole = reassembly.take(octets);
          if (whole === null) continue;
          if (readTooBig(report, whole, 0, whole.length)) tooBig.push(whole);
          return place(whole, packet);
        }
      },
      following: NONE_FOLLOWING,
      passOver: () => undefined,
      receiveTooBig: (packet) => {
        const octets = tooBig.shift();
        return octets !== undefined && place(octets, packet);
      },
      transmit: (packet) => this.#carry(packetOctets(packet).slice(), there),
      mostTogether: () => BATCH,
      transmitAll: (packets, count) => {
        let refused = 0;
        for (const packet of packets.slice(0, count)) {
          if (!this.#carry(packetOctets(packet).slice(), there)) refused += 1;
        }
        return refused;
      },
      pathMtu: () => this.mtu,
      // Everything on the wire comes to its ends.
      listen: () => undefined,
      // It has no addresses.
      isOwn: () => false,
    };
  }

  /** `false` when the packet is too long; one that is lost for want of room goes unnoticed. */
  #carry(octets: Uint8Array, to: WireEnd): boolean {
    if (octets.length > this.mtu) return false;
    for (const tap of this.#taps) tap(octets.slice(), to);
    this.#towards[to].push(octets);
    return true;
  }
}

/** A host's own stack, seen from its engine. */
export class MemoryHost implements ProtectedInterface {
  /** Nothing: the host makes whole packets. */
  readonly offload: Offload = noOffload();
  /** What was delivered, as copies, unless a listener takes it. */
  readonly delivered: Uint8Array[] = [];
  readonly #sent = new PacketQueue();
  readonly #listener: (octets: Uint8Array) => void;

  /** `listener` takes what is delivered: a copy. */
  constructor(listener?: (octets: Uint8Array) => void) {
    this.#listener = listener ?? ((octets) => this.delivered.push(octets));
  }

  /** Has the host send an IP packet, copied: the engine receives it. */
  send(octets: Uint8Array): void {
    this.#sent.push(octets.slice());
  }

  receive(packet: Packet): boolean {
    const octets = this.#sent.shift();
    return octets !== undefined && place(octets, packet);
  }

  deliver(packet: Packet): void {
    this.#listener(packetOctets(packet).slice());
  }

  deliverTrain(): number {
    return 0;
  }

  flush(): void {}
}

/** The first packets that came, up to {@link QUEUE_LENGTH}. */
class PacketQueue {
  readonly #packets: Uint8Array[] = [];

  push(octets: Uint8Array): void {
    if (octets.length <= LONGEST_PACKET && this.#packets.length < QUEUE_LENGTH) {
      this.#packets.push(octets);
    }
  }

  shift(): Uint8Array | undefined {
    return this.#packets.shift();
  }
}

/** Whether a host would look at the packet further. */
function isWellFormed(octets: Uint8Array): boolean {
  if (checkIpv6(octets, 0, octets.length) === null) return true;
  return checkIpv4(octets, 0, octets.length) === null && ipv4ChecksumHolds(octets, 0);
}

function place(octets: Uint8Array, packet: Packet): true {
  packet.memory.octets.set(octets, packet.at);
  packet.length = octets.length;
  return true;
}
