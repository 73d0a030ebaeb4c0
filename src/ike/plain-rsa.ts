/**
 * Bare RSA keys, without a certificate: who knows the peer's public key beforehand needs no authority.
 *
 * @module
 */
import type { Secret } from '../crypto/secret.ts';
import type { IpAddress } from '../net/ip-address.ts';
import { type Prefix, prefixCovers } from '../net/prefix.ts';
import type { Origin } from './origin.ts';
import type { Path } from './path.ts';

/** A key of a file. Numbers have their most significant octet first, and no zero before it. */
export interface PlainRsaKey {
  /** Between which addresses it is used; `null` is any. */
  readonly local: Prefix | null;
  readonly remote: Prefix | null;
  readonly modulus: Uint8Array;
  readonly publicExponent: Uint8Array;
  /** `null` in a public key. */
  readonly secrets: RsaSecrets | null;
  readonly at: Origin;
}

/** The private numbers (RFC 8017 §3.2), under the names that they have there. */
export interface RsaSecrets {
  readonly d: Secret;
  readonly p: Secret;
  readonly q: Secret;
  readonly dP: Secret;
  readonly dQ: Secret;
  readonly qInv: Secret;
}

/** Those of `keys` that are for `path`, and among them those that are meant the most narrowly. */
export function keysForPath<K extends Pick<PlainRsaKey, 'local' | 'remote'>>(
  keys: readonly K[],
  { local, remote }: Path,
): readonly K[] {
  const fitting = keys.filter(
    (key) => covers(key.local, local.address) && covers(key.remote, remote.address),
  );
  const narrowest = Math.max(...fitting.map(narrowness));
  return fitting.filter((key) => narrowness(key) === narrowest);
}

function covers(prefix: Prefix | null, address: IpAddress): boolean {
  if (prefix === null) return true;
  return prefix.address.version === address.version && prefixCovers(prefix, address.octets, 0);
}

function narrowness({ local, remote }: Pick<PlainRsaKey, 'local' | 'remote'>): number {
  return (local?.length ?? 0) + (remote?.length ?? 0);
}
