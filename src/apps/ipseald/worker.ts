/**
 * The data-plane thread of `ipseald`: an engine on the TUN device and the network's sockets, and the loop
 * that drives it.
 *
 *   wait for TUN, sockets, bell ──► pump a batch ──► requests ──► pump, or wait ...
 *
 * Requests come as lines of the control protocol from the main thread, which rings the bell after
 * each; answers go back in order. Everything that knows a key stays in this thread.
 *
 * @module
 */
import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';
import { ENGINE_MEMORY_LENGTH, Engine } from '../../dataplane/engine.ts';
import { now } from '../../io/clock.ts';
import { KernelGuard } from '../../io/guard/kernel-guard.ts';
import { TUN_NAME } from '../../io/guard/numbers.ts';
import { NetworkSockets } from '../../io/network-sockets.ts';
import { opensslProvider } from '../../io/openssl/provider.ts';
import { PinnedMemory } from '../../io/pinned-memory.ts';
import { Tun } from '../../io/tun.ts';
import { silence, Waiter } from '../../io/wait.ts';
import { LONGEST_PACKET } from '../../ipsec/packet.ts';
import { answerLine } from './answer.ts';

/** What the main thread starts the worker with. */
export interface WorkerStart {
  /** An eventfd that is rung when a message waits. */
  readonly bell: number;
}

/** From the main thread: a request's line, or the end. */
export type ToWorker = { readonly line: string } | 'stop';

/** To the main thread: ready, or an answer's line. */
export type FromWorker = 'ready' | { readonly line: string };

/** The loop looks at its messages at least this often, bell or no bell. */
const LONGEST_WAIT_MS = 1000;

function run(port: MessagePort, bell: number): void {
  const memory = new PinnedMemory(ENGINE_MEMORY_LENGTH);
  const crypto = opensslProvider(memory);
  const tun = new Tun(TUN_NAME, LONGEST_PACKET, memory);
  const guard = new KernelGuard(tun.index);
  const network = new NetworkSockets(memory);
  const engine = new Engine({
    crypto,
    protectedInterface: tun,
    unprotectedInterface: network,
    guard,
    unmatched: 'discard',
  });
  const newWaiter = () => new Waiter([tun.fd, ...network.descriptors, bell]);
  let waiter = newWaiter();
  port.postMessage('ready' satisfies FromWorker);
  let busy = false;
  for (;;) {
    if (!busy) {
      waiter.wait(LONGEST_WAIT_MS);
      silence(bell);
    }
    busy = engine.pump(now());
    // However busy the wire is, requests have their turn.
    for (let message = nextMessage(port); message !== undefined; message = nextMessage(port)) {
      if (message === 'stop') {
        // The guard stays: what has to be protected is not sent in the clear now.
        network.close();
        guard.close();
        tun.close();
        return;
      }
      const answer: FromWorker = { line: answerLine(engine, message.line, now()) };
      port.postMessage(answer);
      // SAs have sockets come and go.
      waiter = newWaiter();
    }
  }
}

function nextMessage(port: MessagePort): ToWorker | undefined {
  return (receiveMessageOnPort(port) as { readonly message: ToWorker } | undefined)?.message;
}

if (parentPort !== null) run(parentPort, (workerData as WorkerStart).bell);
