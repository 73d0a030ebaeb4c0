/**
 * Two engines and their hosts on one wire in memory, with a clock that stands still.
 *
 *   alice.host ══ alice.engine ══ left ── wire ── right ══ bob.engine ══ bob.host
 *
 * @module
 */
import type { CryptoProvider } from '../../src/crypto/context.ts';
import { nodeProvider } from '../../src/crypto/node-provider.ts';
import { ENGINE_MEMORY_LENGTH, Engine } from '../../src/dataplane/engine.ts';
import { type Guard, NO_GUARD } from '../../src/dataplane/guard.ts';
import { MemoryHost, MemoryWire, type WireEnd } from '../../src/dataplane/memory-wire.ts';
import type { Change } from '../../src/ipsec/change.ts';

export interface PairOptions {
  readonly mtu?: number;
  readonly unmatched?: 'transmit' | 'discard';
  readonly guard?: Guard;
  /** `node:crypto` unless given. */
  readonly crypto?: () => CryptoProvider;
}

export interface Side {
  readonly engine: Engine;
  readonly host: MemoryHost;
}

export class EnginePair {
  readonly wire: MemoryWire;
  readonly alice: Side;
  readonly bob: Side;
  /** Every packet that was on the wire. */
  readonly seen: { readonly octets: Uint8Array; readonly to: WireEnd }[] = [];
  now = 0;

  constructor(options: PairOptions = {}) {
    this.wire = new MemoryWire(options.mtu);
    this.wire.tap((octets, to) => this.seen.push({ octets, to }));
    this.alice = side(this.wire, 'left', options);
    this.bob = side(this.wire, 'right', options);
  }

  commit(alice: readonly Change[], bob: readonly Change[]): void {
    this.alice.engine.commit(alice, this.now);
    this.bob.engine.commit(bob, this.now);
  }

  /** Has both engines work until nothing moves. */
  settle(): void {
    let quiet = 0;
    while (quiet < 2) {
      const before = this.seen.length;
      const busy = [this.alice, this.bob].map(({ engine }) => engine.pump(this.now));
      quiet = busy.includes(true) || this.seen.length > before ? 0 : quiet + 1;
    }
  }

  /** Has a host send a packet; returns what that brought to the other host. */
  send(from: 'alice' | 'bob', octets: Uint8Array): Uint8Array[] {
    const [sender, receiver] = from === 'alice' ? [this.alice, this.bob] : [this.bob, this.alice];
    sender.host.send(octets);
    this.settle();
    return receiver.host.delivered.splice(0);
  }

  /** Has an attacker send a packet to Bob; returns what Bob's host gets. */
  attack(octets: Uint8Array): Uint8Array[] {
    this.wire.inject('right', octets);
    this.settle();
    return this.bob.host.delivered.splice(0);
  }
}

function side(wire: MemoryWire, end: WireEnd, options: PairOptions): Side {
  const host = new MemoryHost();
  const engine = new Engine({
    crypto: options.crypto?.() ?? nodeProvider({ octets: new Uint8Array(ENGINE_MEMORY_LENGTH) }),
    protectedInterface: host,
    unprotectedInterface: wire[end],
    guard: options.guard ?? NO_GUARD,
    unmatched: options.unmatched ?? 'transmit',
  });
  return { engine, host };
}
