/**
 * Numbers that outgrow 31 bits.
 *
 * @module
 */

/**
 * Zero, for a field that comes to hold large numbers. V8 takes it for a double, and so the field for one from
 * the beginning. A field that begins with a small integer changes the shape of its object when it outgrows that,
 * and all that was compiled for objects of the old shape is thrown away: in the midst of a packet flow.
 */
export const GROWING_ZERO = -0;
