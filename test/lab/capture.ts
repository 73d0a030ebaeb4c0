/**
 * Debian's tcpdump as an independent witness: what it captures in a namespace and how it reads it.
 *
 * @module
 */
import { join } from 'node:path';
import { makeTemporaryDirectory } from './cleanup.ts';
import { type Command, pause, succeed } from './command.ts';
import type { Namespace } from './namespace.ts';

export interface CaptureOptions {
  /** Default: a temporary file that is removed when the test process ends. */
  readonly file?: string;
  /** What to capture, in tcpdump's words; everything when absent. */
  readonly filter?: string;
  /** Octets kept of each packet; all when absent. With few, many packets may come in a burst. */
  readonly snapLength?: number;
}

/** A capture that runs. */
export class Capture {
  readonly file: string;
  readonly #tcpdump: Command;

  /** Use {@link startCapture}. */
  constructor(file: string, tcpdump: Command) {
    this.file = file;
    this.#tcpdump = tcpdump;
  }

  /**
   * Lets what is on its way arrive, closes the file and returns its path. Rejects when packets were
   * missed.
   */
  async stop(): Promise<string> {
    await pause(SETTLE_MS);
    await this.#drain();
    const { status, stderr } = await this.#tcpdump.stop('SIGINT');
    if (status !== 0 || !/^0 packets dropped by kernel$/m.test(stderr)) {
      throw new Error(`Cannot capture to ${this.file}: ${stderr}`);
    }
    return this.file;
  }

  /**
   * Waits until tcpdump has read all that the kernel has for it, as it tells at SIGUSR1: at SIGINT it
   * leaves the rest unread.
   */
  async #drain(): Promise<void> {
    for (let tries = 0; tries < DRAIN_TRIES; tries += 1) {
      this.#tcpdump.kill('SIGUSR1');
      await pause(POLL_MS);
      const told = [...this.#tcpdump.stderr.matchAll(COUNTS)].at(-1);
      if (told !== undefined && Number(told[1]) >= Number(told[2])) return;
    }
  }
}

/** Captures from `device` of `namespace`. Resolves when tcpdump listens. */
export async function startCapture(
  namespace: Namespace,
  device: string,
  options: CaptureOptions = {},
): Promise<Capture> {
  const file = options.file ?? join(makeTemporaryDirectory().path, 'capture.pcap');
  const tcpdump = namespace.spawn([
    'tcpdump',
    // As root, tcpdump would otherwise give up the right to write to `file`.
    ...['-Z', 'root'],
    // Each packet at once: both from the kernel's ring and to the file.
    ...['--immediate-mode', '-U'],
    ...['-B', `${RING_KIB}`, ...(options.snapLength ? ['-s', `${options.snapLength}`] : [])],
    ...['-n', '-i', device, '-w', file],
    ...(options.filter === undefined ? [] : [options.filter]),
  ]);
  await tcpdump.until(/listening on/);
  return new Capture(file, tcpdump);
}

/** What tcpdump has to say about the packets of a capture, a line each unless `args` ask for more. */
export async function tcpdumpLines(
  pcap: string,
  args: readonly string[] = [],
): Promise<readonly string[]> {
  const text = await succeed(null, ['tcpdump', '-n', '-r', pcap, ...args]);
  return text.split('\n').filter((line) => line !== '');
}

const SETTLE_MS = 100;
const POLL_MS = 20;
const DRAIN_TRIES = 500;
/** What was written, and what there was to be. */
const COUNTS = /^tcpdump: (\d+) packets? captured, (\d+) packets? received/gm;
/** The kernel's ring has slots of one packet each, as long as the longest that is kept. */
const RING_KIB = 32 << 10;
