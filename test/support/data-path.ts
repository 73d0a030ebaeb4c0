/**
 * Outbound and inbound processing of one host, packet by packet, without an engine around them.
 *
 * @module
 */
import type { CryptoProvider } from '../../src/crypto/context.ts';
import type { InboundVerdict } from '../../src/ipsec/admission.ts';
import type { Change } from '../../src/ipsec/change.ts';
import { Databases } from '../../src/ipsec/databases.ts';
import { Inbound } from '../../src/ipsec/inbound.ts';
import { Outbound, type OutboundDecision } from '../../src/ipsec/outbound.ts';
import {
  HEADROOM,
  type Packet,
  packetOctets,
  SCRATCH_LENGTH,
  TAILROOM,
} from '../../src/ipsec/packet.ts';

/** At an odd place, as nothing in the data path may rely on alignment. */
const PACKET_AT = SCRATCH_LENGTH + HEADROOM + 1;

/** Octets of memory that packets of up to `longest` octets need. */
export function memoryFor(longest: number): number {
  return PACKET_AT + longest + TAILROOM;
}

export class DataPath {
  readonly databases: Databases;
  readonly outbound: Outbound;
  readonly inbound: Inbound;
  readonly #packet: Packet;

  /** Works on the memory of `crypto`, at least {@link memoryFor} the packets to come. */
  constructor(crypto: CryptoProvider) {
    this.databases = new Databases(crypto);
    this.outbound = new Outbound(this.databases);
    this.inbound = new Inbound(this.databases);
    this.#packet = { memory: crypto.memory, at: PACKET_AT, length: 0 };
  }

  commit(...changes: Change[]): void {
    this.databases.commit(changes, 0, () => undefined);
  }

  /** What is said about `octets`, and protected octets when it is `protect`. */
  send(octets: Uint8Array, now = 0): Uint8Array | Exclude<OutboundDecision, 'protect'> {
    const packet = this.#place(octets);
    const decision = this.outbound.decide(packet, now);
    if (decision !== 'protect') return decision;
    return this.outbound.protect(packet, now) ?? packetOctets(packet).slice();
  }

  /** What a policy protects, protected; throws when it is not. */
  seal(octets: Uint8Array, now = 0): Uint8Array {
    const sealed = this.send(octets, now);
    if (typeof sealed === 'string') throw new Error(`Cannot seal: ${sealed}`);
    return sealed;
  }

  /** What is delivered for `octets`, or why nothing is. */
  receive(octets: Uint8Array, now = 0): Uint8Array | Exclude<InboundVerdict, 'deliver'> {
    const packet = this.#place(octets);
    const verdict = this.inbound.process(packet, now);
    return verdict === 'deliver' ? packetOctets(packet).slice() : verdict;
  }

  #place(octets: Uint8Array): Packet {
    const { memory } = this.#packet;
    // What the last packet left behind must not matter.
    memory.octets.fill(0xa5);
    memory.octets.set(octets, PACKET_AT);
    this.#packet.at = PACKET_AT;
    this.#packet.length = octets.length;
    return this.#packet;
  }
}
