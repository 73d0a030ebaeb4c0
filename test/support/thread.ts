/**
 * What Linux lets a single thread be: in another network namespace, without a capability. Both last
 * for the length of a call.
 *
 * @module
 */
import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';

const library = koffi.load(null);
const setns = library.func('int setns(int fd, int type)');
const capget = library.func('int capget(void *header, _Out_ void *data)');
const capset = library.func('int capset(void *header, void *data)');

const CLONE_NEWNET = 0x40000000;
const CAP_NET_ADMIN = 12;
/** _LINUX_CAPABILITY_VERSION_3, and 0 for the calling thread. */
const THIS_THREAD = Uint32Array.of(0x20080522, 0);
/** Effective, permitted and inheritable capabilities, 32 of them, then the next 32. */
const CAPABILITY_WORDS = 6;

/** Calls `action` in the namespace that `ip netns` calls `name`; sockets stay where they open. */
export function inNamespace<T>(name: string, action: () => T): T {
  const here = openSync('/proc/thread-self/ns/net', 'r');
  const there = openSync(`/run/netns/${name}`, 'r');
  try {
    must(setns(there, CLONE_NEWNET), 'enter a network namespace');
    return action();
  } finally {
    must(setns(here, CLONE_NEWNET), 'come back from a network namespace');
    closeSync(here);
    closeSync(there);
  }
}

/** Calls `action`, which must not wait for anything, without CAP_NET_ADMIN. */
export function withoutNetAdmin<T>(action: () => T): T {
  const all = new Uint32Array(CAPABILITY_WORDS);
  must(capget(octets(THIS_THREAD), octets(all)), 'read capabilities');
  const fewer = all.slice();
  fewer[0] = (all[0] ?? 0) & ~(1 << CAP_NET_ADMIN);
  must(capset(octets(THIS_THREAD), octets(fewer)), 'lay down a capability');
  try {
    return action();
  } finally {
    must(capset(octets(THIS_THREAD), octets(all)), 'take up a capability');
  }
}

function octets(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer);
}

function must(result: unknown, doing: string): void {
  if (result !== 0) throw new Error(`Cannot ${doing}`);
}
