/**
 * Network namespaces: whole hosts' worth of interfaces, routes and firewalls in one kernel.
 *
 * A namespace belongs to a thread; Node's own work happens on the main thread, so what is opened or
 * started while inside stays inside, whoever uses it later.
 *
 * @module
 */
import { fstatSync, statSync } from 'node:fs';
import { LINUX, libc, succeed } from './libc.ts';

const CLONE_NEWNET = 0x40000000;
const OWN_NAMESPACE = '/proc/thread-self/ns/net';

export class NetworkNamespace {
  /** Names the namespace to the kernel. */
  readonly fd: number;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** The namespace that the thread is in now. */
  static current(): NetworkNamespace {
    return new NetworkNamespace(openOwn());
  }

  /** Makes an empty namespace; it lasts until it is closed and nobody is inside. */
  static create(): NetworkNamespace {
    return elsewhere(
      () => succeed(libc.unshare(CLONE_NEWNET), 'make a network namespace'),
      () => new NetworkNamespace(openOwn()),
    );
  }

  /** Runs `action`, which must be done when it returns, inside. Processes it starts are inside. */
  within<T>(action: () => T): T {
    // Who is inside needs no privilege to enter.
    if (fstatSync(this.fd).ino === statSync(OWN_NAMESPACE).ino) return action();
    return elsewhere(
      () => succeed(libc.setns(this.fd, CLONE_NEWNET), 'enter a network namespace'),
      action,
    );
  }

  close(): void {
    libc.close(this.fd);
  }
}

/** Leaves the own namespace by `leave`, and comes back to it after `action`. */
function elsewhere<T>(leave: () => void, action: () => T): T {
  const home = openOwn();
  try {
    // Who has not left need not return: a failure to leave is told as it is.
    leave();
    try {
      return action();
    } finally {
      succeed(libc.setns(home, CLONE_NEWNET), 'return to the own network namespace');
    }
  } finally {
    libc.close(home);
  }
}

function openOwn(): number {
  const flags = LINUX.O_RDONLY | LINUX.O_CLOEXEC;
  return succeed(libc.open(OWN_NAMESPACE, flags), `open ${OWN_NAMESPACE}`);
}
