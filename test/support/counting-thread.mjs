/**
 * A thread that counts packets of an SA which other threads count, too: it takes sequence numbers, accepts those
 * that all of them are given, in an order of its own, and tells which were its own.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { SharedCounts } from '../../dist/ipsec/shared-counts.js';

const { memory, window, first, trains, numbers } = workerData;
const counts = new SharedCounts(memory, window);
const start = new Int32Array(first);

// All of them at once.
Atomics.add(start, 1, 1);
Atomics.notify(start, 1);
for (let ready = Atomics.load(start, 1); ready < start[0]; ready = Atomics.load(start, 1)) {
  Atomics.wait(start, 1, ready, 1000);
}
const taken = [];
for (const length of trains) {
  taken.push([counts.take(length), length]);
  counts.use(100, length, 1);
}
const accepted = numbers.filter((number) => counts.mayAccept(number) && counts.accept(number));
parentPort.postMessage({ taken, accepted });
