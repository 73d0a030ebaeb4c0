/**
 * Tunnel mode: the outer IP header (RFC 4301 §5.1.2), and what of it comes to bear on the inner one
 * at the other end (RFC 6040).
 *
 * @module
 */
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import type { IpHeader } from '../wire/ip.ts';
import { readIp } from '../wire/ip.ts';
import {
  emitIpv4Header,
  IPV4_HEADER_LENGTH,
  ipv4DontFragment,
  ipv4TypeOfService,
  setIpv4TypeOfService,
  updateIpv4Checksum,
} from '../wire/ipv4.ts';
import {
  emitIpv6Header,
  IPV6_HEADER_LENGTH,
  IPV6_LEAST_MTU,
  ipv6TrafficClass,
  setIpv6TrafficClass,
} from '../wire/ipv6.ts';
import type { Packet } from './packet.ts';
import type { SaParameters } from './sa-parameters.ts';

const TIME_TO_LIVE = 64;

/** The two bits of ECN (RFC 3168 §5): Not-ECT is 0, ECT(1) is 1, ECT(0) is 2, CE is 3. */
const ECN_MASK = 3;
/** What becomes of the inner ECN, which names the row, under each outer one; `null` is a drop. */
const ECN_AT_EGRESS: readonly (readonly (number | null)[])[] = [
  [0, 0, 0, null],
  [1, 1, 1, 3],
  [2, 1, 2, 3],
  [3, 3, 3, 3],
];

/** Octets of the outer header of a tunnel between addresses of `version`. */
export function outerHeaderLength(version: 4 | 6): number {
  return version === 4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
}

/** What a header in front of an IP packet of `version` says that it is. */
export function tunnelledProtocol(version: 4 | 6): number {
  return version === 4 ? IP_PROTOCOL.ipencap : IP_PROTOCOL.ipv6;
}

/**
 * DSCP and ECN of the packet at `at`, which the outer header takes over (RFC 4301 §5.1.2, RFC 6040
 * §4.1, normal mode).
 */
export function trafficClassOf(octets: Uint8Array, at: number, version: 4 | 6): number {
  return version === 4 ? ipv4TypeOfService(octets, at) : ipv6TrafficClass(octets, at);
}

/**
 * Whether the outer header must forbid fragments of the packet of `length` octets at `at`: where the
 * inner one does (RFC 4301 §8.1). IPv6 does, save for packets that every link must carry (RFC 2473
 * §7.1).
 */
export function forbidsFragments(
  octets: Uint8Array,
  at: number,
  length: number,
  version: 4 | 6,
): boolean {
  return version === 4 ? ipv4DontFragment(octets, at) : length > IPV6_LEAST_MTU;
}

/** What an outer header takes from the packet inside. */
export interface OuterFields {
  trafficClass: number;
  dontFragment: boolean;
}

/**
 * Puts the outer header of `sa` before `packet`, whose octets are a payload of `protocol` by now.
 * Fills `header` anew.
 */
export function putOuterHeader(
  packet: Packet,
  header: IpHeader,
  { source, destination }: Pick<SaParameters, 'source' | 'destination'>,
  protocol: number,
  { trafficClass, dontFragment }: OuterFields,
  identification: number,
): void {
  const { octets } = packet.memory;
  const payloadLength = packet.length;
  const length = outerHeaderLength(destination.version);
  packet.at -= length;
  packet.length += length;
  if (destination.version === 4) {
    emitIpv4Header(
      {
        typeOfService: trafficClass,
        totalLength: packet.length,
        identification,
        dontFragment,
        ttl: TIME_TO_LIVE,
        protocol,
        source,
        destination,
      },
      octets,
      packet.at,
    );
  } else {
    emitIpv6Header(
      {
        trafficClass,
        flowLabel: 0,
        payloadLength,
        nextHeader: protocol,
        hopLimit: TIME_TO_LIVE,
        source,
        destination,
      },
      octets,
      packet.at,
    );
  }
  readIp(header, octets, packet.at, packet.length);
}

/**
 * Has the inner header at `at` tell the congestion that the outer one, with `outerTrafficClass`, met
 * on its way (RFC 6040 §4.2). `false` when the packet must be dropped: congestion was marked on one
 * whose sender does not understand marks.
 */
export function carryCongestion(
  octets: Uint8Array,
  at: number,
  version: 4 | 6,
  outerTrafficClass: number,
): boolean {
  const inner = trafficClassOf(octets, at, version);
  const ecn = ECN_AT_EGRESS[inner & ECN_MASK]?.[outerTrafficClass & ECN_MASK] ?? null;
  if (ecn === null) return false;
  if (ecn === (inner & ECN_MASK)) return true;
  const trafficClass = (inner & ~ECN_MASK) | ecn;
  if (version === 6) {
    setIpv6TrafficClass(octets, at, trafficClass);
  } else {
    setIpv4TypeOfService(octets, at, trafficClass);
    updateIpv4Checksum(octets, at);
  }
  return true;
}

/** The IP version that `protocol` announces behind a tunnel's header; `null` when it is no IP. */
export function tunnelledVersion(protocol: number): 4 | 6 | null {
  if (protocol === IP_PROTOCOL.ipencap) return 4;
  return protocol === IP_PROTOCOL.ipv6 ? 6 : null;
}
