/**
 * What a worker does between batches of packets.
 *
 *   worker 0     answers the main thread, has the ports of IKE, keeps time for all
 *   the others   make worker 0's changes in their copies of its databases
 *
 * @module
 */
import * as v from 'valibot';
import type { Engine } from '../../dataplane/engine.ts';
import type { NetworkSockets } from '../../io/network-sockets.ts';
import type { Instant } from '../../ipsec/backend.ts';
import type { BackendEvent } from '../../ipsec/events.ts';
import type { SaId } from '../../ipsec/sa-parameters.ts';
import { joined, type Update } from '../../ipsec/update.ts';
import { SaIdSchema, saIdToJson } from '../control/values.ts';
import { eventLine } from './answer.ts';
import type { Crew } from './crew.ts';
import type { IkeRelay, RelayParts } from './ike-relay.ts';
import type { FromCopy, FromResponder, ToAny, ToCopy, ToFirst, ToWorker } from './messages.ts';
import { Responder } from './responder.ts';
import { fromMessage } from './update-message.ts';

export interface Duties {
  /** Does what `message` asks for. */
  take(message: Exclude<ToWorker, ToAny>, now: Instant): void;
  /** Does what is due, a little at a time; returns whether there is more to do now. */
  keepTime(now: Instant): boolean;
  /** Tells what happened since the last time. */
  tell(): void;
}

export class FirstDuties implements Duties {
  readonly #parts: RelayParts & { readonly engine: Engine };
  readonly #relay: IkeRelay;
  readonly #responder: Responder;

  constructor(
    engine: Engine,
    network: NetworkSockets,
    relay: IkeRelay,
    send: (message: FromResponder) => void,
  ) {
    this.#parts = { engine, network };
    this.#relay = relay;
    this.#responder = new Responder(engine, send);
  }

  take(message: ToFirst, now: Instant): void {
    switch (message.kind) {
      case 'ike-ports':
      case 'send-ike':
      case 'ike-taken':
        this.#relay.take(message, this.#parts, now);
        return;
      case 'used-up':
        this.#parts.engine.noteUsedUp(v.parse(SaIdSchema, message.id));
        return;
      default:
        this.#responder.take(message, now);
    }
  }

  keepTime(now: Instant): boolean {
    const { engine } = this.#parts;
    const hasMore = engine.tellExpired(now);
    return engine.keepAlive(now) || hasMore;
  }

  tell(): void {
    this.#responder.tellEvents();
    this.#relay.flush();
  }
}

export class CopyDuties implements Duties {
  readonly #engine: Engine;
  readonly #crew: Crew;
  readonly #send: (message: FromResponder) => void;
  #events: BackendEvent[] = [];
  /** Of an update of which there is more to come. */
  #parts: Update[] = [];

  constructor(engine: Engine, crew: Crew, send: (message: FromResponder) => void) {
    this.#engine = engine;
    this.#crew = crew;
    this.#send = send;
  }

  take(message: ToCopy): void {
    switch (message.kind) {
      case 'follow':
        this.#follow(fromMessage(message.update), message.more);
        this.#crew.noteUpdate();
        return;
      case 'watch':
        this.#engine.watch(message.isWatched ? (event) => this.#note(event) : null);
        return;
    }
  }

  keepTime(): boolean {
    return false;
  }

  tell(): void {
    if (this.#events.length === 0) return;
    const lines = this.#events.map(eventLine);
    this.#events = [];
    this.#send({ kind: 'events', lines });
  }

  #follow(part: Update, more: boolean): void {
    this.#parts.push(part);
    if (more) return;
    this.#engine.follow(joined(this.#parts.splice(0)), (id) => this.#tellUsedUp(id));
  }

  #tellUsedUp(id: SaId): void {
    const message: FromCopy = { kind: 'used-up', id: saIdToJson(id) };
    this.#crew.ports[0]?.postMessage(message);
    this.#crew.wake(0);
  }

  /** Of what it only follows, worker 0 tells. */
  #note(event: BackendEvent): void {
    if (event.kind === 'acquire' || event.kind === 'overrun') this.#events.push(event);
  }
}
