/**
 * The SAs that come of an agreement: two for each layer, keyed.
 *
 * @module
 */
import type { IntegrityAlgorithm } from '../crypto/algorithm.ts';
import { NULL_INTEGRITY } from '../crypto/null.ts';
import { Secret } from '../crypto/secret.ts';
import type { Lifetime } from '../ipsec/lifetime.ts';
import { NO_EXTRAS, type SaParameters } from '../ipsec/sa-parameters.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { AgreedLayer, Agreement } from './agreement.ts';
import type { Path } from './path.ts';
import type { Protection } from './protection.ts';

export type SaDirection = 'inbound' | 'outbound';

/** Where SAs come from and go to. */
export interface SaPath {
  /** The ports that ESP in UDP has, which are those of IKE (RFC 3948 §2.1). */
  readonly path: Path;
  /** What the peer's address is to itself, if it told (NAT-OA): transport mode needs to know. */
  readonly peerOriginalAddress: IpAddress | null;
}

/** Octets of key material for the SA of `layer` and `direction`. */
export type KeySource = (layer: AgreedLayer, direction: SaDirection, length: number) => Secret;

/**
 * The SAs that `agreement` comes to, inbound ones first, and of each direction the outermost first: when
 * the first packet can go out, its answer can come in.
 */
export function sasOf(
  { layers }: Agreement,
  way: SaPath,
  keys: KeySource,
): readonly SaParameters[] {
  const outermostFirst = layers.toReversed();
  return (['inbound', 'outbound'] as const).flatMap((direction) =>
    outermostFirst.map((layer) => saOf(layer, direction, way, keys)),
  );
}

function saOf(
  agreed: AgreedLayer,
  direction: SaDirection,
  way: SaPath,
  keys: KeySource,
): SaParameters {
  const { layer, protection, inboundSpi, outboundSpi, extendedSequenceNumbers } = agreed;
  const { protocol, mode, local, remote } = layer;
  const isInbound = direction === 'inbound';
  const keymat = keys(agreed, direction, keymatLength(protection));
  const keysOfSa = keyed(protection, keymat);
  keymat.zeroise();
  return {
    protocol,
    mode,
    source: isInbound ? remote : local,
    destination: isInbound ? local : remote,
    spi: isInbound ? inboundSpi : outboundSpi,
    reqid: isInbound ? layer.inboundReqid : layer.outboundReqid,
    replayWindow: protocol === 'ipcomp' ? 0 : REPLAY_WINDOW,
    ...keysOfSa,
    ...NO_EXTRAS,
    compression: protection.protocol === 'ipcomp' ? protection.compression : null,
    encapsulation: agreed.inUdp ? encapsulationOf(agreed, isInbound, way) : null,
    extendedSequenceNumbers,
    softLifetime: softened(agreed.lifetime),
    hardLifetime: agreed.lifetime,
  };
}

function encapsulationOf(
  { layer: { mode } }: AgreedLayer,
  isInbound: boolean,
  { path: { local, remote }, peerOriginalAddress }: SaPath,
): SaParameters['encapsulation'] {
  const [source, destination] = isInbound ? [remote, local] : [local, remote];
  return {
    sourcePort: source.port,
    destinationPort: destination.port,
    // RFC 3948 §3.1.2: checksums in tunnels count the addresses within
    originalAddress: mode === 'transport' ? peerOriginalAddress : null,
  };
}

/** Octets of key material that one SA takes. */
export function keymatLength(protection: Protection): number {
  switch (protection.protocol) {
    case 'esp':
      return (protection.keyBits + keyBitsOf(protection.integrity)) / 8;
    case 'ah':
      return keyBitsOf(protection.integrity) / 8;
    case 'ipcomp':
      return 0;
  }
}

/** Ciphers first, with the nonce behind their key (RFC 3686 §5.1, RFC 4106 §8.1); then integrity. */
function keyed(
  protection: Protection,
  keymat: Secret,
): Pick<SaParameters, 'encryption' | 'integrity'> {
  switch (protection.protocol) {
    case 'esp': {
      const { algorithm, keyBits, integrity } = protection;
      const at = keyBits / 8;
      return {
        encryption: { algorithm, key: part(keymat, 0, at) },
        integrity: integrity === NULL_INTEGRITY ? null : withKey(integrity, keymat, at),
      };
    }
    case 'ah':
      return { encryption: null, integrity: withKey(protection.integrity, keymat, 0) };
    case 'ipcomp':
      return { encryption: null, integrity: null };
  }
}

/** With the length of ICV that its RFC wants, whatever PF_KEY made of it (RFC 4868 §2.3). */
function withKey(
  algorithm: IntegrityAlgorithm,
  keymat: Secret,
  at: number,
): NonNullable<SaParameters['integrity']> {
  const key = part(keymat, at, at + keyBitsOf(algorithm) / 8);
  return { algorithm, key, icvLength: algorithm.icvLength };
}

function part(keymat: Secret, from: number, to: number): Secret {
  return new Secret(keymat.expose().slice(from, to));
}

/** Integrity algorithms of IPsec have one length of key each. */
function keyBitsOf({ keyBits }: IntegrityAlgorithm): number {
  return keyBits[0] ?? 0;
}

/** When to negotiate again: at four fifths, as racoon had it. */
function softened({ seconds, octets, packets }: Lifetime): Lifetime {
  return {
    seconds: Math.floor(seconds * SOFT),
    octets: Math.floor(octets * SOFT),
    packets: Math.floor(packets * SOFT),
  };
}

const SOFT = 0.8;

/**
 * In packets: what RFC 4303 §3.4.3 prefers. racoon asked for 4, which drops packets wherever a network
 * changes their order.
 */
const REPLAY_WINDOW = 64;
