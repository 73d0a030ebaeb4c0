/**
 * The Diffie-Hellman exchange in the groups of IKE (RFC 2409 §6, RFC 3526, RFC 5903), by node:crypto.
 *
 * Random octets come in; private values and what both ends come to share are {@link Secret}s.
 *
 * @module
 */
import {
  createDiffieHellman,
  createECDH,
  type DiffieHellman,
  type ECDH,
  getDiffieHellman,
} from 'node:crypto';
import { fromHex, toHex } from '../octets/hex.ts';
import { Malformed, type Parsed } from '../octets/malformed.ts';
import { concatenate, u8 } from '../octets/octets.ts';
import type { DhGroup, EcpGroup, ModpGroup } from './dh-group.ts';
import { Secret } from './secret.ts';

/** How many random octets {@link dhPrivateValue} is made of. */
export function dhRandomLength(group: DhGroup): number {
  // FIPS 186-5 A.2.1: 64 bits more than the order has, so that the remainder shows no bias.
  return group.kind === 'modp' ? group.exponentLength : fieldLength(group) + 8;
}

/** A private value from {@link dhRandomLength} `random` octets, which are overwritten. */
export function dhPrivateValue(group: DhGroup, random: Uint8Array): Secret {
  if (random.length !== dhRandomLength(group)) {
    throw new RangeError(
      `Cannot make a private value of ${group.name}: needs ${dhRandomLength(group)} random octets, got ${random.length}`,
    );
  }
  if (group.kind === 'modp') {
    // Neither 0 nor 1, whatever the octets.
    random[0] = u8(random, 0) | 0x80;
    return new Secret(random);
  }
  const scalar = (BigInt(`0x${toHex(random)}`) % (group.order - 1n)) + 1n;
  random.fill(0);
  return new Secret(leftPadded(octetsOf(scalar), fieldLength(group)));
}

/** Octets of a public value in a KE payload (RFC 2409 §5; RFC 5903 §7). */
export function dhPublicLength(group: DhGroup): number {
  return group.kind === 'modp' ? fieldLength(group) : 2 * fieldLength(group);
}

/** The public value of `own`: what a KE payload carries, {@link dhPublicLength} octets. */
export function dhPublicValue(group: DhGroup, own: Secret): Uint8Array {
  if (group.kind === 'modp') {
    return withModp(group, own, (exchange) =>
      leftPadded(exchange.generateKeys(), fieldLength(group)),
    );
  }
  // The point without the octet that says that it is not compressed (RFC 5903 §7).
  return new Uint8Array(ecdhOf(group, own).getPublicKey().subarray(1));
}

/**
 * What both ends share: `g^xy`, as long as the prime; on a curve the first coordinate (RFC 5903 §7).
 * `Malformed` when the peer's public value is none, or one that gives the secret away (RFC 6989 §2).
 */
export function dhSharedSecret(group: DhGroup, own: Secret, peer: Uint8Array): Parsed<Secret> {
  const length = dhPublicLength(group);
  if (peer.length !== length) {
    return new Malformed(WHAT, `${group.name} has ${length} octets, got ${peer.length}`);
  }
  return group.kind === 'modp' ? modpShared(group, own, peer) : ecpShared(group, own, peer);
}

function modpShared(group: ModpGroup, own: Secret, peer: Uint8Array): Parsed<Secret> {
  const value = BigInt(`0x${toHex(peer)}`);
  // RFC 6989 §2.1: 1 < y < p - 1; the primes of all groups are safe ones.
  if (value <= 1n || value >= primeOf(group) - 1n) return OUT_OF_RANGE;
  return withModp(
    group,
    own,
    (exchange) => new Secret(leftPadded(exchange.computeSecret(peer), fieldLength(group))),
  );
}

function ecpShared(group: EcpGroup, own: Secret, peer: Uint8Array): Parsed<Secret> {
  const ecdh = ecdhOf(group, own);
  try {
    const shared = ecdh.computeSecret(concatenate([UNCOMPRESSED, peer]));
    return new Secret(leftPadded(shared, fieldLength(group)));
  } catch {
    // RFC 6989 §2.3: OpenSSL looks whether the point is on the curve.
    return NOT_ON_CURVE;
  }
}

/** What a private value was last used in: its public value, which OpenSSL works out anew, is there, too. */
const ecdhs = new WeakMap<Secret, ECDH>();

function ecdhOf(group: EcpGroup, own: Secret): ECDH {
  const known = ecdhs.get(own);
  if (known !== undefined) return known;
  const ecdh = createECDH(group.openssl);
  ecdh.setPrivateKey(own.expose());
  ecdhs.set(own, ecdh);
  return ecdh;
}

/** What `use` gives for `group` with the private value `own`, which does not stay behind. */
function withModp<T>(group: ModpGroup, own: Secret, use: (exchange: DiffieHellman) => T): T {
  const exchange = exchangeOf(group);
  exchange.setPrivateKey(own.expose());
  try {
    return use(exchange);
  } finally {
    exchange.setPrivateKey(ONE);
  }
}

/**
 * One exchange for each group: OpenSSL proves the primes of some whenever it makes one, which takes it
 * a tenth of a second.
 */
const exchanges = new Map<ModpGroup, DiffieHellman>();

function exchangeOf(group: ModpGroup): DiffieHellman {
  const known = exchanges.get(group);
  if (known !== undefined) return known;
  const exchange = createDiffieHellman(getDiffieHellman(group.openssl).getPrime(), GENERATOR);
  exchanges.set(group, exchange);
  return exchange;
}

function primeOf(group: ModpGroup): bigint {
  return BigInt(`0x${toHex(exchangeOf(group).getPrime())}`);
}

function fieldLength({ bits }: DhGroup): number {
  return Math.ceil(bits / 8);
}

function octetsOf(value: bigint): Uint8Array {
  return fromHex(value.toString(16)) ?? new Uint8Array(0);
}

/** `octets` behind zeros, `length` altogether; the octets given are overwritten. */
function leftPadded(octets: Uint8Array, length: number): Uint8Array {
  const padded = new Uint8Array(length);
  padded.set(octets, length - octets.length);
  octets.fill(0);
  return padded;
}

const GENERATOR = 2;
const ONE = Uint8Array.of(1);
const UNCOMPRESSED = Uint8Array.of(4);
const WHAT = 'public value';
const OUT_OF_RANGE = new Malformed(WHAT, 'is not between 1 and the prime less 1');
const NOT_ON_CURVE = new Malformed(WHAT, 'is no point of the curve');
