/**
 * The protections that faults are tried on: every protocol, mode and sort of algorithm that has a
 * way of its own through the data plane, over either IP version.
 *
 * @module
 */
import { AES_GCM_16 } from '../../src/crypto/aes-gcm.ts';
import type { CryptoProvider } from '../../src/crypto/context.ts';
import type { SaRecord } from '../../src/ipsec/backend.ts';
import { ESP_IN_UDP_PORT, type SaParameters } from '../../src/ipsec/sa-parameters.ts';
import { formatIpAddress, type IpAddress } from '../../src/net/ip-address.ts';
import { ENDS, INSIDE, type Version } from './data-path-pair.ts';
import { EnginePair } from './engine-pair.ts';
import { generator } from './generator.ts';
import { type Layer, layerChanges, layerSas, type Protection } from './layers.ts';
import { address, countedOctets, udpPacket } from './packets.ts';
import { addPolicy, cipherOf, network, policy } from './sas.ts';

/** A {@link Protection} with what tests want to know of it. */
export interface NamedProtection extends Protection {
  readonly name: string;
  /** The IP version on the wire. */
  readonly outer: Version;
  /** The IP version of what is protected. */
  readonly inner: Version;
}

const GCM: Partial<SaParameters> = { encryption: cipherOf(AES_GCM_16), integrity: null };
const ESN: Partial<SaParameters> = { extendedSequenceNumbers: true };
const IN_UDP: Partial<SaParameters> = {
  encapsulation: {
    sourcePort: ESP_IN_UDP_PORT,
    destinationPort: ESP_IN_UDP_PORT,
    originalAddress: null,
  },
};

const TRANSPORT: readonly (readonly [string, readonly Layer[]])[] = [
  ['ESP, AEAD', [{ protocol: 'esp', sa: GCM }]],
  ['ESP, AEAD, ESN', [{ protocol: 'esp', sa: { ...GCM, ...ESN } }]],
  ['ESP, CBC and HMAC', [{ protocol: 'esp' }]],
  ['ESP, CBC and HMAC, ESN', [{ protocol: 'esp', sa: ESN }]],
  ['ESP in UDP', [{ protocol: 'esp', sa: { ...GCM, ...IN_UDP } }]],
  ['AH', [{ protocol: 'ah' }]],
  ['AH, ESN', [{ protocol: 'ah', sa: ESN }]],
  ['AH around ESP', [{ protocol: 'esp', sa: GCM }, { protocol: 'ah' }]],
  ['IPComp in ESP', [{ protocol: 'ipcomp' }, { protocol: 'esp' }]],
];

const TUNNEL: readonly (readonly [string, Layer])[] = [
  ['ESP, AEAD', { protocol: 'esp', sa: GCM }],
  ['ESP, CBC and HMAC', { protocol: 'esp' }],
  ['ESP in UDP', { protocol: 'esp', sa: { ...GCM, ...IN_UDP } }],
  ['AH', { protocol: 'ah' }],
];

const VERSIONS = [4, 6] as const;

/** All of them: transport mode over both versions, tunnels of either version in either. */
export const PROTECTIONS: readonly NamedProtection[] = [
  ...VERSIONS.flatMap((version) =>
    TRANSPORT.map(([name, layers]) => ({
      ...{ name: `${name}, over IPv${version}`, outer: version, inner: version },
      ...{ between: texts(ENDS[version]), layers },
    })),
  ),
  ...VERSIONS.flatMap((outer) =>
    VERSIONS.flatMap((inner) =>
      TUNNEL.map(([name, layer]) => ({
        ...{ name: `${name}, IPv${inner} in a tunnel over IPv${outer}`, outer, inner },
        between: texts([INSIDE[inner].source, INSIDE[inner].destination] as const),
        layers: [{ ...layer, tunnel: texts(ENDS[outer]) }],
      })),
    ),
  ),
];

/** Alice's SA that is met first on the way in. */
export function outermostSa(protection: Protection): SaParameters {
  const sa = layerSas(protection).at(-2);
  if (sa === undefined) throw new Error('Bug: a protection without layers');
  return sa;
}

/** `protection` with other parameters in the SAs of its outermost layer. */
export function varied(protection: NamedProtection, sa: Partial<SaParameters>): NamedProtection {
  const last = protection.layers.length - 1;
  const layers = protection.layers.map((layer, k) =>
    k === last ? { ...layer, sa: { ...layer.sa, ...sa } } : layer,
  );
  return { ...protection, layers };
}

/** A small UDP datagram that is to be protected; IPComp makes it shorter. */
export function smallPacket(protection: Protection, sourcePort = 40000): Uint8Array {
  const compresses = protection.layers.some(({ protocol }) => protocol === 'ipcomp');
  const [source, destination] = endsOf(protection);
  const payload = compresses ? new Uint8Array(96) : countedOctets(11);
  return udpPacket(payload, { source, destination, sourcePort });
}

/** Octets that IPComp does not make fewer. */
export function incompressible(length: number): Uint8Array {
  const random = generator(length);
  return Uint8Array.from({ length }, () => random(256));
}

/** Between whom packets are to be protected. */
export function endsOf({ between }: Protection): readonly [IpAddress, IpAddress] {
  return [address(between[0]), address(between[1])];
}

/** Alice and Bob under `protection`. Bob lets nothing else in. */
export function pairUnder(protection: Protection, crypto?: () => CryptoProvider): EnginePair {
  const pair = new EnginePair(crypto === undefined ? {} : { crypto });
  const { alice, bob } = layerChanges(protection);
  const nothingElse = (['0.0.0.0/0', '::/0'] as const).map((text) => {
    const everybody = { localAddress: network(text), remoteAddress: network(text) };
    return addPolicy(
      policy('inbound', { kind: 'discard' }, { ...everybody, priority: 0xffffffff }),
    );
  });
  pair.commit(alice, [...bob, ...nothingElse]);
  return pair;
}

/** What Alice puts on the wire for `packet`. */
export function sealedBy(pair: EnginePair, packet: Uint8Array): Uint8Array {
  pair.seen.length = 0;
  pair.alice.host.send(packet);
  pair.alice.engine.pump(pair.now);
  const sealed = pair.seen[0]?.octets;
  if (sealed === undefined) throw new Error('Bug: nothing on the wire');
  return sealed;
}

/**
 * What becomes of a packet that somebody sends to Bob: what his host gets, or the reason for which it
 * was discarded; `lose` when no host would look at it, or fragments are missing. Throws when it was
 * delivered and counted, or counted twice.
 */
export function becomes(pair: EnginePair, octets: Uint8Array): Uint8Array | string {
  const before = pair.bob.engine.discards();
  const delivered = pair.attack(octets);
  const counted = Object.entries(pair.bob.engine.discards()).flatMap(([reason, count]) =>
    new Array<string>(count - (before[reason] ?? 0)).fill(reason),
  );
  const outcomes = [...delivered, ...counted];
  if (outcomes.length > 1) throw new Error(`Bug: one packet, counted so: ${outcomes.join(', ')}`);
  return outcomes[0] ?? 'lose';
}

/** What the operator can see of Bob's SAs, but for what they discarded: numbers, packets, octets, times. */
export function bobsSas(pair: EnginePair): readonly Omit<SaRecord, 'discards'>[] {
  return [...pair.bob.engine.sas(pair.now)].map(({ discards: _, ...rest }) => rest);
}

function texts([a, b]: readonly [IpAddress, IpAddress]): readonly [string, string] {
  return [formatIpAddress(a), formatIpAddress(b)];
}
