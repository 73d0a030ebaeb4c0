/**
 * What the main thread of `ipseald` and the data-plane workers say to each other: most of it the main thread
 * and worker 0.
 *
 *      main                              worker
 *        request 7, line ─────────────────►
 *        ◄───────────────── answer 7, line, rest: dump
 *        more 7 ──────────────────────────►              one part each, when its reader took the last
 *        ◄───────────────── answer 7, line, rest: none
 *
 *        request 8, line ─────────────────►
 *        ◄─────────────── answer 8, line, rest: events
 *        ◄──────────────────────────── events             from then on, for all who asked
 *        unwatch ─────────────────────────►               when nobody is left
 *
 * The same way goes what IKE sends and receives by ports that ESP comes to:
 *
 *        ike-ports 1, ends ───────────────►
 *        ◄──────────── ike-ports 1, closed
 *        send-ike ────────────────────────►
 *        ◄─────────────────────────── ike                 messages, as long as few wait
 *        ike-taken, count ────────────────►
 *
 * The other workers hear of what changes from worker 0, and tell the main thread of their events:
 *
 *      worker 0                          worker 1, 2 ...
 *        follow, update, more ────────────►               in parts; it waits until each is taken
 *        follow, update ──────────────────►               the last: until all is in force
 *        watch, or not ───────────────────►
 *        ◄─────────────────────── used-up                 an SA, by its octets or packets
 *
 * @module
 */
import type * as v from 'valibot';
import type { Path } from '../../ike/path.ts';
import type { UdpEnd } from '../../ipsec/sa-parameters.ts';
import type { SaIdSchema } from '../control/values.ts';
import type { UpdateMessage } from './update-message.ts';

/** What follows the line of an answer: nothing, parts that have to be asked for, or events. */
export type Rest = 'none' | 'dump' | 'events';

/** To a worker. */
export type ToWorker = ToFirst | ToCopy | ToAny;

export type ToAny =
  | { readonly kind: 'stop' }
  /** Whether it is there: it answers when it has its turn. */
  | { readonly kind: 'ask' };

/** From the main thread to worker 0, and from the other workers. */
export type ToFirst = ToResponder | ToRelay | FromCopy;

/** From worker 0 to another. */
export type ToCopy =
  /** A part of an update; with the one that has no `more` after it, all of it comes into force. */
  | { readonly kind: 'follow'; readonly update: UpdateMessage; readonly more: boolean }
  /** Whether anybody wants to be told of events. */
  | { readonly kind: 'watch'; readonly isWatched: boolean };

/** From another to worker 0. */
export interface FromCopy {
  readonly kind: 'used-up';
  readonly id: v.InferInput<typeof SaIdSchema>;
}

/** What the worker answers. Requests are numbered by the main thread. */
export type ToResponder =
  | { readonly kind: 'request'; readonly id: number; readonly line: string }
  | { readonly kind: 'more'; readonly id: number }
  /** Nobody reads the rest of the dump. */
  | { readonly kind: 'abandon'; readonly id: number }
  | { readonly kind: 'unwatch' };

/** A message of IKE, without non-ESP marker. */
export interface IkeDatagram {
  readonly path: Path;
  readonly message: Uint8Array;
}

/** What is asked of the worker for IKE. */
export type ToRelay =
  /** IKE speaks from these ports alone now: those that ESP comes to, too, and others. */
  | {
      readonly kind: 'ike-ports';
      readonly id: number;
      readonly shared: readonly UdpEnd[];
      readonly plain: readonly UdpEnd[];
    }
  | ({ readonly kind: 'send-ike' } & IkeDatagram)
  /** So many messages were taken. */
  | { readonly kind: 'ike-taken'; readonly count: number };

/** What the worker tells IKE. */
export type FromRelay =
  | {
      readonly kind: 'ike-ports';
      readonly id: number;
      /** Those of the shared ones that could not be opened, and why, as a sentence. */
      readonly closed: readonly { readonly end: UdpEnd; readonly reason: string }[];
      /** Why none of it is let past the policies, as a sentence. */
      readonly failure: string | null;
    }
  | { readonly kind: 'ike'; readonly datagrams: readonly IkeDatagram[] };

/** To the main thread. */
export type FromWorker = FromParts | { readonly kind: 'here' };

export type FromParts =
  | FromResponder
  | FromRelay
  /** Others took away what enforces policies, and it is there again. */
  | { readonly kind: 'guard-restored' };

/** The answers of the worker. */
export type FromResponder =
  | {
      readonly kind: 'answer';
      readonly id: number;
      readonly line: string;
      readonly rest: Rest;
    }
  /** A line for each event. */
  | { readonly kind: 'events'; readonly lines: readonly string[] };
