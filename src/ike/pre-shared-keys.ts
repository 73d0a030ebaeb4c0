/**
 * The secrets that peers share with us, by who they are.
 *
 * @module
 */
import type { Secret } from '../crypto/secret.ts';
import { formatIpAddress, parseIpAddress } from '../net/ip-address.ts';
import type { Origin } from './origin.ts';

export interface PreSharedKey {
  /** An address, a name, `user@name` or a key ID; {@link ANYBODY} is everybody. */
  readonly identity: string;
  readonly key: Secret;
  readonly at: Origin;
}

/** The first key for `identity`, or for everybody, in the order of the file. */
export function keyFor(keys: readonly PreSharedKey[], identity: string): PreSharedKey | undefined {
  const wanted = canonicalIdentity(identity);
  return keys.find((each) => each.identity === ANYBODY || each.identity === wanted);
}

/** `identity` as keys have it: addresses are written in one way only. */
export function canonicalIdentity(identity: string): string {
  const address = parseIpAddress(identity);
  return address === undefined ? identity : formatIpAddress(address);
}

/** Who has this for an identity shares the key with all that have no line before it. */
export const ANYBODY = '*';
