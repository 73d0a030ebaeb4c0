/**
 * A data-plane thread of `ipseald`: an engine on a queue of the TUN device and the network's sockets, and the
 * loop that drives it.
 *
 *   wait for TUN, sockets, bell ──► pump a batch ──► one message ──► events ──► pump, or wait ...
 *
 * There may be several, which carry packets side by side (`dataplane/workers.ts`). Messages come from the main
 * thread and from other workers, who ring the bell after each. However many there are, packets have their
 * turn after each, and after each part of a dump. Everything that knows a key stays in these threads.
 *
 * @module
 */
import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';
import { COALESCING_LENGTH } from '../../dataplane/coalescing.ts';
import { ENGINE_MEMORY_LENGTH, Engine } from '../../dataplane/engine.ts';
import { NO_GUARD } from '../../dataplane/guard.ts';
import { testSelf } from '../../dataplane/self-test.ts';
import { SharedHost } from '../../dataplane/shared-host.ts';
import { ALONE } from '../../dataplane/workers.ts';
import { now } from '../../io/clock.ts';
import { KernelGuard } from '../../io/guard/kernel-guard.ts';
import { TUN_NAME } from '../../io/guard/numbers.ts';
import { NetworkSockets, RECEIVE_LENGTH } from '../../io/network-sockets.ts';
import { opensslProvider } from '../../io/openssl/provider.ts';
import { PinnedMemory } from '../../io/pinned-memory.ts';
import { Readiness } from '../../io/readiness.ts';
import { Tun } from '../../io/tun.ts';
import { silence } from '../../io/wait.ts';
import { DiscardTally } from '../../ipsec/discard-reason.ts';
import { LONGEST_PACKET } from '../../ipsec/packet.ts';
import { CopyKeeper } from './copy-keeper.ts';
import { Crew, type CrewStart } from './crew.ts';
import { CopyDuties, type Duties, FirstDuties } from './duties.ts';
import { IkeRelay } from './ike-relay.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** What the main thread starts a worker with. */
export interface WorkerStart {
  /** An eventfd that is rung when a message waits. */
  readonly bell: number;
  /** How long a peer of ESP in UDP hears nothing before it is sent a NAT keepalive; 0 is for ever. */
  readonly keepaliveMs: number;
  /** `null` where it is the only one. */
  readonly crew: CrewStart | null;
}

/** The loop looks at its messages at least this often, bell or no bell. */
const LONGEST_WAIT_MS = 1000;

/** What stands behind the engine's own memory. */
const COALESCING_AT = ENGINE_MEMORY_LENGTH;
const RECEIVE_AT = COALESCING_AT + COALESCING_LENGTH;

function run(port: MessagePort, { bell, keepaliveMs, crew: crewStart }: WorkerStart): void {
  const crew = crewStart && new Crew(crewStart);
  const place = crew ?? ALONE;
  const isFirst = place.number === 0;
  const memory = new PinnedMemory(RECEIVE_AT + RECEIVE_LENGTH, true);
  const crypto = opensslProvider(memory);
  testSelf(crypto);
  const discards = crew === null || isFirst ? new DiscardTally() : crew.tally;
  const tun = new Tun(TUN_NAME, LONGEST_PACKET, memory, COALESCING_AT, discards, place);
  const guard = isFirst ? new KernelGuard(tun.index) : null;
  const send = (message: FromWorker) => port.postMessage(message);
  const relay = new IkeRelay(send);
  const network = new NetworkSockets(memory, RECEIVE_AT, place, discards, (...datagram) =>
    relay.offer(...datagram),
  );
  const copies = crew !== null && isFirst ? new CopyKeeper(crew) : null;
  const engine = new Engine({
    crypto,
    protectedInterface: crew === null ? tun : new SharedHost(tun, crew.outlets),
    unprotectedInterface: network,
    guard: guard ?? NO_GUARD,
    unmatched: 'discard',
    keepaliveMs,
    discards,
    neighbours: crew,
    copies,
  });
  const duties: Duties =
    crew === null || isFirst
      ? new FirstDuties(engine, network, relay, send)
      : new CopyDuties(engine, crew, send);
  const ports = [port, ...(crew?.ports ?? [])];
  const guarded = guard?.descriptors ?? [];
  const newReadiness = () => new Readiness([tun.fd, ...network.descriptors, ...guarded, bell]);
  let readiness = newReadiness();
  send({ kind: 'here' });
  let busy = false;
  let hasMessages = false;
  for (;;) {
    const mayRest = !busy && (crew === null || crew.mayRest());
    readiness.wait(mayRest ? Math.min(LONGEST_WAIT_MS, engine.restMs(now())) : 0);
    crew?.goOn();
    tun.heed(readiness);
    network.heed(readiness);
    if (guard?.heed(readiness)) send({ kind: 'guard-restored' });
    if (readiness.found(bell)) {
      silence(bell);
      hasMessages = true;
    }
    const instant = now();
    busy = engine.pump(instant);
    busy = duties.keepTime(instant) || busy;
    // However busy the wire is, messages have their turn.
    const message: ToWorker | undefined = hasMessages ? nextMessage(ports) : undefined;
    hasMessages = message !== undefined;
    if (message?.kind === 'stop') {
      // The guard stays: what has to be protected is not sent in the clear now.
      readiness.close();
      network.close();
      guard?.close();
      tun.close();
      return;
    }
    if (message?.kind === 'ask') {
      send({ kind: 'here' });
    } else if (message !== undefined) {
      duties.take(message, now());
      copies?.requireAll();
      // SAs have sockets come and go.
      readiness.close();
      readiness = newReadiness();
      busy = true;
    }
    duties.tell();
  }
}

function nextMessage(ports: readonly MessagePort[]): ToWorker | undefined {
  for (const port of ports) {
    const received = receiveMessageOnPort(port) as { readonly message: ToWorker } | undefined;
    if (received !== undefined) return received.message;
  }
  return undefined;
}

if (parentPort !== null) run(parentPort, workerData as WorkerStart);
