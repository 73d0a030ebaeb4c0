/**
 * What the main thread of `ipseald` and the data-plane worker say to each other.
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
 * @module
 */

/** What follows the line of an answer: nothing, parts that have to be asked for, or events. */
export type Rest = 'none' | 'dump' | 'events';

/** To the worker. */
export type ToWorker = ToResponder | { readonly kind: 'stop' };

/** What the worker answers. Requests are numbered by the main thread. */
export type ToResponder =
  | { readonly kind: 'request'; readonly id: number; readonly line: string }
  | { readonly kind: 'more'; readonly id: number }
  /** Nobody reads the rest of the dump. */
  | { readonly kind: 'abandon'; readonly id: number }
  | { readonly kind: 'unwatch' };

/** To the main thread. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'answer';
      readonly id: number;
      readonly line: string;
      readonly rest: Rest;
    }
  /** A line for each event. */
  | { readonly kind: 'events'; readonly lines: readonly string[] };
