/**
 * What becomes of an ICV before somebody who watches.
 *
 * @module
 */

/** `unchecked` where there is none, too, or nobody has the key. */
export type IcvCheck = 'ok' | 'bad' | 'unchecked';
