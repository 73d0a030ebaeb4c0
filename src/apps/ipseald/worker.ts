/**
 * The data-plane thread of `ipseald`: an engine on the TUN device and the network's sockets, and the
 * loop that drives it.
 *
 *   wait for TUN, sockets, bell ──► pump a batch ──► one request ──► events ──► pump, or wait ...
 *
 * Messages of IKE go to and from the main thread, too (`ike-relay.ts`).
 *
 * Requests come as lines of the control protocol from the main thread, which rings the bell after
 * each. However many there are, packets have their turn after each, and after each part of a dump.
 * Everything that knows a key stays in this thread.
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
import { testSelf } from '../../dataplane/self-test.ts';
import { now } from '../../io/clock.ts';
import { KernelGuard } from '../../io/guard/kernel-guard.ts';
import { TUN_NAME } from '../../io/guard/numbers.ts';
import { NetworkSockets, RECEIVE_LENGTH } from '../../io/network-sockets.ts';
import { opensslProvider } from '../../io/openssl/provider.ts';
import { PinnedMemory } from '../../io/pinned-memory.ts';
import { Readiness } from '../../io/readiness.ts';
import { Tun } from '../../io/tun.ts';
import { silence } from '../../io/wait.ts';
import { LONGEST_PACKET } from '../../ipsec/packet.ts';
import { IkeRelay } from './ike-relay.ts';
import type { FromWorker, ToRelay, ToWorker } from './messages.ts';
import { Responder } from './responder.ts';

/** What the main thread starts the worker with. */
export interface WorkerStart {
  /** An eventfd that is rung when a message waits. */
  readonly bell: number;
  /** How long a peer of ESP in UDP hears nothing before it is sent a NAT keepalive; 0 is for ever. */
  readonly keepaliveMs: number;
}

/** The loop looks at its messages at least this often, bell or no bell. */
const LONGEST_WAIT_MS = 1000;

/** What stands behind the engine's own memory. */
const COALESCING_AT = ENGINE_MEMORY_LENGTH;
const RECEIVE_AT = COALESCING_AT + COALESCING_LENGTH;

function run(port: MessagePort, { bell, keepaliveMs }: WorkerStart): void {
  const memory = new PinnedMemory(RECEIVE_AT + RECEIVE_LENGTH, true);
  const crypto = opensslProvider(memory);
  testSelf(crypto);
  const tun = new Tun(TUN_NAME, LONGEST_PACKET, memory, COALESCING_AT);
  const guard = new KernelGuard(tun.index);
  const send = (message: FromWorker) => port.postMessage(message);
  const relay = new IkeRelay(send);
  const network = new NetworkSockets(memory, RECEIVE_AT, (local, remote, message) =>
    relay.offer(local, remote, message),
  );
  const engine = new Engine({
    crypto,
    protectedInterface: tun,
    unprotectedInterface: network,
    guard,
    unmatched: 'discard',
    keepaliveMs,
  });
  const newReadiness = () => new Readiness([tun.fd, ...network.descriptors, bell]);
  let readiness = newReadiness();
  const responder = new Responder(engine, send);
  send({ kind: 'ready' });
  let busy = false;
  let hasMessages = false;
  for (;;) {
    readiness.wait(busy ? 0 : Math.min(LONGEST_WAIT_MS, engine.restMs(now())));
    tun.heed(readiness);
    network.heed(readiness);
    if (readiness.found(bell)) {
      silence(bell);
      hasMessages = true;
    }
    const instant = now();
    busy = engine.pump(instant);
    busy = engine.tellExpired(instant) || busy;
    busy = engine.keepAlive(instant) || busy;
    // However busy the wire is, requests have their turn.
    const message: ToWorker | undefined = hasMessages ? nextMessage(port) : undefined;
    hasMessages = message !== undefined;
    if (message?.kind === 'stop') {
      // The guard stays: what has to be protected is not sent in the clear now.
      readiness.close();
      network.close();
      guard.close();
      tun.close();
      return;
    }
    if (message !== undefined) {
      if (isForRelay(message)) relay.take(message, { engine, network }, now());
      else responder.take(message, now());
      // SAs have sockets come and go.
      readiness.close();
      readiness = newReadiness();
      busy = true;
    }
    responder.tellEvents();
    relay.flush();
  }
}

function isForRelay(message: ToWorker): message is ToRelay {
  return ['ike-ports', 'send-ike', 'ike-taken'].includes(message.kind);
}

function nextMessage(port: MessagePort): ToWorker | undefined {
  return (receiveMessageOnPort(port) as { readonly message: ToWorker } | undefined)?.message;
}

if (parentPort !== null) run(parentPort, workerData as WorkerStart);
