/**
 * Several engines that carry the packets of one host side by side, in one thread and one after the other: as the
 * workers of `ipseald` do it, with the same rings and the same messages between them.
 *
 *   host's queues ══ engine 0 ══╗
 *                 ══ engine 1 ══╬══ one end of a wire in memory, whoever takes a packet first
 *                 ══ engine 2 ══╝
 *
 * @module
 */
import { fromMessage, toMessage } from '../../src/apps/ipseald/update-message.ts';
import { nodeProvider } from '../../src/crypto/node-provider.ts';
import { ENGINE_MEMORY_LENGTH, Engine } from '../../src/dataplane/engine.ts';
import { NO_GUARD } from '../../src/dataplane/guard.ts';
import { newRing, RingInlet, RingOutlet } from '../../src/dataplane/handed-over.ts';
import type { UnprotectedInterface } from '../../src/dataplane/interfaces.ts';
import { MemoryHost } from '../../src/dataplane/memory-wire.ts';
import { SharedHost } from '../../src/dataplane/shared-host.ts';
import type { Copies, Neighbours } from '../../src/dataplane/workers.ts';
import { DiscardTally } from '../../src/ipsec/discard-reason.ts';
import type { BackendEvent } from '../../src/ipsec/events.ts';
import { joined, partsOf } from '../../src/ipsec/update.ts';

/** Few enough that an update has several parts. */
const MOST_AT_ONCE = 1;

export class EngineCrew {
  /** The first has the databases, the others have copies. */
  readonly engines: readonly Engine[];
  /** The host's, one for each engine; what is delivered comes to whoever delivered it. */
  readonly queues: readonly MemoryHost[];
  /** How many packets were handed over. */
  handedOver = 0;
  /** What each of the others told, with what it tells only for itself. */
  readonly told: BackendEvent[] = [];
  readonly #tallies: readonly DiscardTally[];

  constructor(count: number, wire: UnprotectedInterface) {
    const rings = Array.from({ length: count }, () => Array.from({ length: count }, newRing));
    this.queues = Array.from({ length: count }, () => new MemoryHost());
    this.#tallies = this.queues.map(() => new DiscardTally());
    this.engines = this.queues.map((queue, number) => {
      const outlets = rings.flatMap((row) => row.slice(number, number + 1));
      return new Engine({
        crypto: nodeProvider({ octets: new Uint8Array(ENGINE_MEMORY_LENGTH) }),
        protectedInterface: new SharedHost(
          queue,
          outlets.map((ring) => new RingOutlet(ring)),
        ),
        unprotectedInterface: wire,
        guard: NO_GUARD,
        unmatched: 'discard',
        neighbours: this.#neighboursOf(number, rings[number] ?? []),
        copies: number === 0 ? this.#copies() : null,
        discards: this.#tallies[number] ?? new DiscardTally(),
      });
    });
  }

  /** The one with the databases. */
  get first(): Engine {
    const [first] = this.engines;
    if (first === undefined) throw new Error('There is no engine');
    return first;
  }

  /** Has the engines work, in the order of `numbers`. */
  pump(numbers: readonly number[], now: number): void {
    for (const number of numbers) this.engines[number]?.pump(now);
  }

  /** What the host got, whichever queue it came by. */
  takeDelivered(): Uint8Array[] {
    return this.queues.flatMap(({ delivered }) => delivered.splice(0));
  }

  #neighboursOf(number: number, rings: readonly SharedArrayBuffer[]): Neighbours {
    const inlets = rings.map((ring) => new RingInlet(ring));
    return {
      number,
      count: inlets.length,
      handOver: (to, packet, offload) => {
        this.handedOver += 1;
        return inlets[to]?.put(packet, offload) === true;
      },
    };
  }

  #copies(): Copies {
    const others = () => this.engines.slice(1);
    return {
      follow: (update) => {
        const parts = partsOf(update, MOST_AT_ONCE);
        for (const engine of others()) {
          const copies = parts.map((part) => fromMessage(structuredClone(toMessage(part))));
          engine.follow(joined(copies), (id) => this.first.noteUsedUp(id));
        }
      },
      watch: (isWatched) => {
        for (const engine of others()) {
          engine.watch(isWatched ? (event) => this.told.push(event) : null);
        }
      },
      discards: () => {
        const sum: Record<string, number> = {};
        for (const tally of this.#tallies.slice(1)) {
          for (const [reason, count] of Object.entries(tally.snapshot())) {
            sum[reason] = (sum[reason] ?? 0) + count;
          }
        }
        return sum;
      },
    };
  }
}
