/**
 * A watcher for tests, on memory of its own.
 *
 * @module
 */
import { nodeProvider } from '../../src/crypto/node-provider.ts';
import type { Policy } from '../../src/ipsec/policy.ts';
import type { SaPattern } from '../../src/ipsec/sa-pattern.ts';
import { dissectCaptured } from '../../src/monitor/dissect.ts';
import { Judge } from '../../src/monitor/judge.ts';
import type { Observation } from '../../src/monitor/observation.ts';
import { PACKET_COPY_MEMORY } from '../../src/monitor/packet-copy.ts';
import { Tally } from '../../src/monitor/tally.ts';
import { Unsealer } from '../../src/monitor/unsealer.ts';
import { WatchedSas } from '../../src/monitor/watched-sas.ts';
import { Watcher } from '../../src/monitor/watcher.ts';
import { CapturedPacket } from '../../src/wire/captured-packet.ts';
import { LINK_TYPE_OF } from '../../src/wire/pcap.ts';

export class TestWatch {
  readonly sas: WatchedSas;
  readonly tally = new Tally();
  /** What packets are opened in. */
  readonly octets = new Uint8Array(PACKET_COPY_MEMORY);
  readonly #watcher: Watcher;

  constructor(patterns: Iterable<SaPattern>, policies: Iterable<Policy> | null = null) {
    const crypto = nodeProvider({ octets: this.octets });
    this.sas = new WatchedSas(crypto, patterns);
    const judge = policies && new Judge(policies);
    this.#watcher = new Watcher(new Unsealer(this.sas, crypto), judge, this.tally);
  }

  /** What is found out about an IP packet of which `captured` octets were captured. */
  see(packet: Uint8Array, captured = packet.length): Observation {
    return this.observe(rawPacket(packet, captured));
  }

  observe(packet: CapturedPacket): Observation {
    return this.#watcher.observe(dissectCaptured(packet));
  }
}

/** An IP packet as a capture without link layer has it. */
function rawPacket(packet: Uint8Array, captured: number): CapturedPacket {
  return new CapturedPacket(0, 0, packet.length, LINK_TYPE_OF.RAW, packet, 0, captured);
}
