/**
 * Drives an endpoint of IKE: one input after the other, and what comes of each is done before the next.
 *
 *     ports ── datagram ──┐                 ┌── transmit ──► ports
 *     timer ── time ──────┼──► endpoint ────┼── ask ───────► Answering ── answer ──► (again)
 *     backend ── event ───┘                 └── event ─────► whoever listens
 *
 * @module
 */
import type { IkeEvent } from '../../ike/event.ts';
import type { IkeInput } from '../../ike/input.ts';
import type { IkeOutput } from '../../ike/output.ts';
import type { IkePorts } from '../../ike/ports.ts';
import { KEEPALIVE } from '../../wire/esp-in-udp.ts';
import type { Answering } from './answering.ts';
import type { Endpoint } from './endpoint.ts';

/** What `setTimeout` takes. */
const LONGEST_DELAY_MS = 0x7fffffff;

export interface DriverParts {
  readonly endpoint: Endpoint;
  readonly ports: Pick<IkePorts, 'send'>;
  readonly answering: Answering;
  /** Told what becomes of negotiations. */
  readonly tell: (event: IkeEvent) => void;
  /** Told of what should not have happened, as a sentence. */
  readonly complain: (text: string) => void;
}

export class Driver {
  readonly #parts: DriverParts;
  #waiting: IkeInput[] = [];
  #busy = false;
  #timer: NodeJS.Timeout | null = null;
  /** The timer is set once for all that comes in one turn of the event loop: it takes a look at every peer. */
  #settingTimer: NodeJS.Immediate | null = null;
  #stopped = false;

  constructor(parts: DriverParts) {
    this.#parts = parts;
  }

  /** Has the endpoint take `input` now, or after those that it is at. */
  take(input: IkeInput): void {
    if (this.#stopped) return;
    this.#waiting.push(input);
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#step(next);
    }
    this.#busy = false;
    this.#settingTimer ??= setImmediate(() => this.#setTimer());
  }

  /** Takes nothing more. */
  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#settingTimer !== null) clearImmediate(this.#settingTimer);
  }

  /** One negotiation that goes wrong is no reason to end the others. */
  #step(input: IkeInput): void {
    const { endpoint, complain } = this.#parts;
    try {
      for (const output of endpoint.take(input, performance.now())) this.#perform(output);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      complain(`Cannot go on after an input (${input.kind}): ${text}`);
    }
  }

  #perform(output: IkeOutput): void {
    const { ports, answering, tell } = this.#parts;
    switch (output.kind) {
      case 'transmit':
        ports.send(output.path, output.datagram);
        return;
      case 'keepalive':
        ports.send(output.path, KEEPALIVE);
        return;
      case 'event':
        tell(output.event);
        return;
      case 'ask': {
        const { number, question } = output;
        void answering
          .answer(question)
          .then((answer) => this.take({ kind: 'answer', number, answer }));
        return;
      }
    }
  }

  #setTimer(): void {
    this.#settingTimer = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const deadline = this.#parts.endpoint.deadline();
    if (deadline === null || this.#stopped) return;
    // Timers may be early by a part of a millisecond, and nothing is due before its time.
    const delay = Math.ceil(deadline - performance.now()) + 1;
    this.#timer = setTimeout(
      () => this.take({ kind: 'time' }),
      Math.min(Math.max(0, delay), LONGEST_DELAY_MS),
    );
  }
}
