/**
 * What has to become of a protected packet that had one bit turned on the wire, bit by bit: written
 * from the RFCs' diagrams, with nothing of the data plane.
 *
 *     IP header │ UDP header, if any │ AH or ESP │ what those vouch for
 *
 * @module
 */
import type { DiscardReason } from '../../src/ipsec/discard-reason.ts';
import type { NamedProtection } from './protections.ts';

/**
 * `deliver`: nothing vouches for the bit. `lose`: no host would look at the packet, or it waits for
 * fragments that do not exist. Else the reason for which it is discarded, one of several where
 * neighbouring fields decide.
 */
export type Fate = 'deliver' | 'lose' | Reasons;

type Reasons = readonly (DiscardReason | 'lose')[];

/** A field: so many bits, with the fate of each. */
type Field = readonly [bits: number, fate: Fate];

/** The fate of each bit of a packet of `length` octets, the first that its SAs carry. */
export function fatesOf(protection: NamedProtection, length: number): readonly Fate[] {
  const headers = [...ipFields(protection), ...udpFields(protection), ...ipsecFields(protection)];
  const fates = headers.flatMap(([bits, fate]) => new Array<Fate>(bits).fill(fate));
  const rest = new Array<Fate>(length * 8 - fates.length).fill(FORGED);
  return [...fates, ...rest];
}

const FORGED: Reasons = ['in-state-proto-error'];
const UNKNOWN: Reasons = ['in-no-states'];
const ELSEWHERE: Reasons = ['in-state-mismatch'];
/** Not a layer of ours any more, or ours with a nonsense header. */
const OTHER_PROTOCOL: Reasons = [
  'in-no-states',
  'in-hdr-error',
  'in-tmpl-mismatch',
  'in-pol-block',
];
/** A datagram that is no ESP, between hosts whose policy wants ESP, or has no word for it. */
const NO_ESP: Reasons = ['in-tmpl-mismatch', 'in-pol-block'];
const SHORTER: Reasons = ['in-state-proto-error', 'in-hdr-error', 'lose'];
const ANYTHING: Reasons = [...OTHER_PROTOCOL, 'in-state-proto-error', 'in-state-mismatch', 'lose'];

function outermost({ layers }: NamedProtection) {
  const layer = layers.at(-1);
  if (layer === undefined) throw new Error('Bug: a protection without layers');
  const isAh = layer.protocol === 'ah';
  const isUdp = layer.sa?.encapsulation != null;
  return { isAh, isUdp, isTunnel: layer.tunnel !== undefined };
}

/** RFC 791 §3.1, RFC 8200 §3; what AH vouches for is in RFC 4302 §3.3.3.1. */
function ipFields(protection: NamedProtection): readonly Field[] {
  const { isAh, isUdp, isTunnel } = outermost(protection);
  // A NAT may have changed it (RFC 3948 §5.1).
  const source: Fate = isUdp && isTunnel ? 'deliver' : ELSEWHERE;
  // Datagrams to another address are not even ESP.
  const destination: Fate = isUdp ? ['in-pol-block'] : UNKNOWN;
  const length: Fate = isUdp ? [...NO_ESP, 'lose'] : SHORTER;
  if (protection.outer === 6) {
    return [
      [4, 'lose'],
      [8, 'deliver'],
      [20, 'deliver'],
      [16, length],
      [8, OTHER_PROTOCOL],
      [8, 'deliver'],
      [128, source],
      [128, destination],
    ];
  }
  return [
    [8, ANYTHING],
    [8, 'deliver'],
    [16, length],
    [16, isAh ? FORGED : 'deliver'],
    [2, 'deliver'],
    // More fragments, and the offset: a part of something.
    [14, 'lose'],
    [8, 'deliver'],
    [8, OTHER_PROTOCOL],
    // Mended with every other bit.
    [16, 'lose'],
    [32, source],
    [32, destination],
  ];
}

/** RFC 768; a receiver of ESP does not rely on the checksum (RFC 3948 §2.1). */
function udpFields(protection: NamedProtection): readonly Field[] {
  if (!outermost(protection).isUdp) return [];
  return [
    [16, 'deliver'],
    [16, NO_ESP],
    [16, [...NO_ESP, ...FORGED, 'in-hdr-error']],
    [16, 'deliver'],
  ];
}

/** RFC 4303 §2, RFC 4302 §2. */
function ipsecFields(protection: NamedProtection): readonly Field[] {
  const spi: Field = [32, UNKNOWN];
  // Number 1 with its last bit turned is 0, which is never sent (RFC 4303 §3.3.3).
  const sequenceNumber: readonly Field[] = [
    [31, FORGED],
    [1, ['in-state-seq-error']],
  ];
  if (!outermost(protection).isAh) return [spi, ...sequenceNumber];
  return [[8, FORGED], [8, ['in-hdr-error']], [16, FORGED], spi, ...sequenceNumber];
}
