/**
 * What a packet costs the data plane from end to end, without devices: microseconds to seal it in
 * one engine and to open it in another, and how many of them a second that makes.
 *
 *   source ══ alice's engine ══ slots ══ bob's engine ══ count
 *
 * Runs when imported, for the one crypto provider that the second argument names, `node` or
 * `openssl` (default): in a process with both, calls to either would be slower than in ipseald.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { readSetkey } from '../../src/config/index.ts';
import { AES_CBC } from '../../src/crypto/aes-cbc.ts';
import type { CryptoProvider } from '../../src/crypto/context.ts';
import { nodeProvider } from '../../src/crypto/node-provider.ts';
import { ENGINE_MEMORY_LENGTH, Engine } from '../../src/dataplane/engine.ts';
import { NO_GUARD } from '../../src/dataplane/guard.ts';
import {
  NONE_FOLLOWING,
  type ProtectedInterface,
  type UnprotectedInterface,
} from '../../src/dataplane/interfaces.ts';
import { opensslProvider } from '../../src/io/openssl/provider.ts';
import { PinnedMemory } from '../../src/io/pinned-memory.ts';
import type { Change } from '../../src/ipsec/change.ts';
import type { Packet } from '../../src/ipsec/packet.ts';
import { setU16 } from '../../src/octets/octets.ts';
import { IPV4_HEADER_LENGTH } from '../../src/wire/ipv4.ts';
import { noOffload } from '../../src/wire/virtio-net.ts';
import { countedOctets, udpPacket } from '../support/packets.ts';
import {
  addPolicy,
  addSa,
  espSa,
  layer,
  mirrored,
  opposite,
  policy,
  protect,
  testKey,
} from '../support/sas.ts';
import { otherPolicies, otherSas } from './crowd.ts';
import { report } from './report.ts';

/** Of the whole IP packet: an acknowledgement, a middling packet, a full one. */
const LENGTHS = [64, 512, 1400];
const UDP_AND_IP_LENGTH = 28;
/** What an engine moves at a call. */
const BATCH = 64;
const SLOT_LENGTH = 2048;
/** The least source port of packets in several flows. */
const LEAST_PORT = 2000;
const WARM_UP_MS = 300;
const ROUND_MS = 300;
const ROUNDS = 3;

interface Scheme {
  readonly name: string;
  readonly alice: readonly Change[];
  readonly bob: readonly Change[];
}

const ESP = espSa({ encryption: { algorithm: AES_CBC, key: testKey(128) } });
const ESP_OUT = policy('outbound', protect(layer('esp')));
const ESP_IN = policy('inbound', protect(layer('esp')));
const ESP_SAS = [ESP, opposite(ESP)].map(addSa);

const SCHEMES: readonly Scheme[] = [
  {
    name: 'AH hmac-sha1 + ESP aes-cbc (gazette)',
    alice: changesOf('examples/gazette/alice.setkey.conf'),
    bob: changesOf('examples/gazette/bob.setkey.conf'),
  },
  {
    name: 'ESP aes-cbc, hmac-sha256',
    alice: [...ESP_SAS, addPolicy(ESP_OUT), addPolicy(ESP_IN)],
    bob: [...ESP_SAS, addPolicy(mirrored(ESP_OUT)), addPolicy(mirrored(ESP_IN))],
  },
];

const CROWDED_ROWS = [
  { policies: 10, sas: 10 },
  { policies: 100_000, sas: 10 },
  { policies: 10, sas: 1_000_000 },
] as const;
/** Of packets that come by turns: a cache of flows knows all of them, or next to none. */
const FLOWS = [16, 60_000] as const;
/** Octets of a packet among the crowd: where the crowd would show most. */
const CROWDED_LENGTH = 64;
/** SAs that are committed at once. */
const AT_ONCE = 10_000;

/** What a packet costs among so many policies and SAs, by how many flows there are. */
function measureCrowded({ policies, sas }: (typeof CROWDED_ROWS)[number]): typeof rows {
  const scheme: Scheme = {
    name: 'among others',
    alice: [...ESP_SAS, addPolicy(ESP_OUT), ...otherPolicies(ESP_OUT, policies)],
    bob: [
      ...[...ESP_SAS, addPolicy(mirrored(ESP_OUT))],
      ...otherPolicies(ESP_OUT, policies).map(mirroredChange),
    ],
  };
  const track = new Track(scheme, CROWDED_LENGTH);
  const some: Change[] = [];
  for (const change of otherSas(ESP, sas)) {
    if (some.push(change) === AT_ONCE) track.commit(some.splice(0));
  }
  track.commit(some);
  const measured = FLOWS.map((flows) => {
    track.flows = flows;
    const name = `${policies} policies, ${sas} SAs, ${flows} flows, ${CROWDED_LENGTH} octets`;
    return [name, measureTrack(track, CROWDED_LENGTH)];
  });
  return Object.fromEntries(measured);
}

function mirroredChange(change: Change): Change {
  return change.kind === 'add-policy' ? addPolicy(mirrored(change.policy)) : change;
}

function measure(scheme: Scheme, length: number): Record<string, number> {
  return measureTrack(new Track(scheme, length), length);
}

/** The round in which the packets took the least time: what else the machine did is not ours. */
function measureTrack(track: Track, length: number): Record<string, number> {
  track.run(WARM_UP_MS);
  const rounds = Array.from({ length: ROUNDS }, () => track.run(ROUND_MS));
  const [best] = rounds.toSorted((a, b) => a.seal + a.open - b.seal - b.open);
  if (best === undefined) throw new Error('Bug: no round');
  const packets = 1e6 / (best.seal + best.open);
  return {
    'seal, us': round(best.seal),
    'open, us': round(best.open),
    'packets/s': Math.round(packets),
    'Mbit/s': Math.round((packets * length * 8) / 1e6),
  };
}

/** Two engines with slots between them instead of a wire, and a source that never ends. */
class Track {
  readonly #alice: Engine;
  readonly #bob: Engine;
  readonly #slots = Array.from({ length: BATCH }, () => new Uint8Array(SLOT_LENGTH));
  readonly #lengths: number[] = new Array<number>(BATCH).fill(0);
  #filled = 0;
  #emptied = 0;
  #toSend = 0;
  #delivered = 0;
  /** Packets differ by their source ports, if there is more than one flow. */
  flows = 1;
  #flow = 0;

  constructor(scheme: Scheme, length: number) {
    const octets = udpPacket(countedOctets(length - UDP_AND_IP_LENGTH));
    const source: ProtectedInterface = {
      receive: (packet) => {
        if (this.#toSend === 0) return false;
        this.#toSend--;
        packet.memory.octets.set(octets, packet.at);
        packet.length = octets.length;
        if (this.flows > 1) this.#turnPort(packet);
        return true;
      },
      deliver: () => undefined,
      deliverTrain: () => 0,
      offload: noOffload(),
      flush: () => undefined,
    };
    const sink: ProtectedInterface = {
      receive: () => false,
      deliver: (packet) => {
        if (packet.length === octets.length) this.#delivered++;
      },
      deliverTrain: () => 0,
      offload: noOffload(),
      flush: () => undefined,
    };
    const into: UnprotectedInterface = {
      receive: () => false,
      transmit: (packet) => this.#carry(packet),
      mostTogether: () => 64,
      transmitAll: (packets, count) =>
        packets.slice(0, count).filter((packet) => !this.#carry(packet)).length,
      following: NONE_FOLLOWING,
      passOver: () => undefined,
      receiveTooBig: () => false,
      pathMtu: () => SLOT_LENGTH,
      listen: () => undefined,
      isOwn: () => false,
    };
    const from: UnprotectedInterface = {
      receive: (packet) => {
        if (this.#emptied === this.#filled) return false;
        const slot = this.#slots[this.#emptied];
        const length = this.#lengths[this.#emptied++] ?? 0;
        if (slot === undefined) return false;
        packet.memory.octets.set(slot.subarray(0, length), packet.at);
        packet.length = length;
        return true;
      },
      transmit: () => false,
      mostTogether: () => 64,
      transmitAll: (_, count) => count,
      following: NONE_FOLLOWING,
      passOver: () => undefined,
      receiveTooBig: () => false,
      pathMtu: () => SLOT_LENGTH,
      listen: () => undefined,
      isOwn: () => false,
    };
    this.#alice = engine(source, into);
    this.#bob = engine(sink, from);
    this.#alice.commit(scheme.alice, 0);
    this.#bob.commit(scheme.bob, 0);
  }

  /** Commits `changes` on both sides. */
  commit(changes: readonly Change[]): void {
    this.#alice.commit(changes, 0);
    this.#bob.commit(changes, 0);
  }

  #turnPort({ memory, at }: Packet): void {
    this.#flow = (this.#flow + 1) % this.flows;
    setU16(memory.octets, at + IPV4_HEADER_LENGTH, LEAST_PORT + this.#flow);
  }

  #carry({ memory, at, length }: Packet): boolean {
    const slot = this.#slots[this.#filled];
    if (slot === undefined) return false;
    slot.set(memory.octets.subarray(at, at + length));
    this.#lengths[this.#filled++] = length;
    return true;
  }

  /** Microseconds a packet, over about `milliseconds`. Throws if not every packet arrives. */
  run(milliseconds: number): { readonly seal: number; readonly open: number } {
    this.#delivered = 0;
    let sent = 0;
    let seal = 0;
    let open = 0;
    while (seal + open < milliseconds) {
      this.#toSend = BATCH;
      this.#filled = 0;
      this.#emptied = 0;
      const start = performance.now();
      this.#alice.pump(0);
      const middle = performance.now();
      this.#bob.pump(0);
      open += performance.now() - middle;
      seal += middle - start;
      sent += BATCH;
    }
    if (this.#delivered !== sent) {
      const discards = JSON.stringify([this.#alice.discards(), this.#bob.discards()]);
      throw new Error(`Cannot measure: ${this.#delivered} of ${sent} packets arrived: ${discards}`);
    }
    return { seal: (seal * 1000) / sent, open: (open * 1000) / sent };
  }
}

function engine(inside: ProtectedInterface, outside: UnprotectedInterface): Engine {
  return new Engine({
    crypto: provider(),
    protectedInterface: inside,
    unprotectedInterface: outside,
    guard: NO_GUARD,
    unmatched: 'discard',
  });
}

function provider(): CryptoProvider {
  const memory = new PinnedMemory(ENGINE_MEMORY_LENGTH);
  return process.argv[3] === 'node' ? nodeProvider(memory) : opensslProvider(memory);
}

function changesOf(file: string): readonly Change[] {
  const { steps } = readSetkey({ name: file, text: readFileSync(file, 'utf8') });
  return steps.flatMap((step) => (step.kind === 'change' ? step.changes : []));
}

function round(microseconds: number): number {
  return Math.round(microseconds * 100) / 100;
}

const rows: Record<string, Record<string, number>> = {};
for (const scheme of SCHEMES) {
  for (const length of LENGTHS) rows[`${scheme.name}, ${length} octets`] = measure(scheme, length);
}
// Who makes the contexts makes no difference to finding them.
if (process.argv[3] !== 'node')
  for (const row of CROWDED_ROWS) Object.assign(rows, measureCrowded(row));
report(rows);
