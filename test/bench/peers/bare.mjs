/**
 * Nothing between the hosts but the wire.
 *
 * @module
 */

/** Nothing hinders it. */
export function obstacle() {
  return null;
}

/** Resolves with bob's address. */
export async function start({ bob }) {
  return { address: bob.address };
}
