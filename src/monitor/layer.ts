/**
 * What dissection finds: one value per protocol layer, each holding the next.
 *
 *   ethernet ─► ipv4 ─► ah ─► ipv4 ─► esp
 *                  │
 *                  └──► icmp ─► (quoted) ipv4 ─► udp
 *
 * A layer says what stands in the octets and judges nothing: whether an SA knows the SPI or a
 * checksum holds is for others to ask. Where octets are missing or make no sense, the chain ends in
 * a `truncated` or `malformed` layer.
 *
 * @module
 */
import type { IpAddress } from '../net/ip-address.ts';

export type Layer =
  | EthernetLayer
  | ArpLayer
  | Ipv4Layer
  | Ipv6Layer
  | Ipv6ExtensionLayer
  | Ipv6FragmentLayer
  | AhLayer
  | EspLayer
  | UdpLayer
  | NonEspMarkerLayer
  | NatKeepaliveLayer
  | IkeLayer
  | TcpLayer
  | IcmpLayer
  | Icmpv6Layer
  | LaterFragmentLayer
  | OpaqueLayer
  | TruncatedLayer
  | MalformedLayer
  | TooDeepLayer;

/** Where a layer stands in the octets that were dissected. */
export interface Place {
  readonly at: number;
  /** Octets of the layer on the wire, its payload included, as the layer below counts them. */
  readonly length: number;
  /** How many of these were captured. */
  readonly captured: number;
}

export interface EthernetLayer extends Place {
  readonly kind: 'ethernet';
  /** 6 octets each, views. */
  readonly destination: Uint8Array;
  readonly source: Uint8Array;
  /** Of the outermost IEEE 802.1Q tag; `null` when the frame has none. */
  readonly vlanId: number | null;
  readonly etherType: number;
  readonly payload: Layer;
}

/** RFC 826, for IPv4 over Ethernet. */
export interface ArpLayer extends Place {
  readonly kind: 'arp';
  readonly opcode: number;
  readonly senderHardware: Uint8Array;
  readonly senderProtocol: IpAddress;
  readonly targetHardware: Uint8Array;
  readonly targetProtocol: IpAddress;
}

/** RFC 791. */
export interface Ipv4Layer extends Place {
  readonly kind: 'ipv4';
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly typeOfService: number;
  /** As the header has it: more than `length` when the packet was cut before it was captured. */
  readonly totalLength: number;
  readonly identification: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** In octets. */
  readonly fragmentOffset: number;
  readonly ttl: number;
  readonly protocol: number;
  readonly payload: Layer;
}

/** RFC 8200. */
export interface Ipv6Layer extends Place {
  readonly kind: 'ipv6';
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly trafficClass: number;
  readonly flowLabel: number;
  readonly payloadLength: number;
  readonly hopLimit: number;
  readonly nextHeader: number;
  readonly payload: Layer;
}

/** Hop-by-Hop Options, Routing or Destination Options (RFC 8200 §4). */
export interface Ipv6ExtensionLayer extends Place {
  readonly kind: 'ipv6-extension';
  readonly header: 'hop-by-hop-options' | 'routing' | 'destination-options';
  readonly headerLength: number;
  /** The two octets that a Routing header goes on with; of no meaning in the others. */
  readonly routingType: number;
  readonly segmentsLeft: number;
  readonly nextHeader: number;
  readonly payload: Layer;
}

/** RFC 8200 §4.5. */
export interface Ipv6FragmentLayer extends Place {
  readonly kind: 'ipv6-fragment';
  /** In octets. */
  readonly fragmentOffset: number;
  readonly moreFragments: boolean;
  readonly identification: number;
  readonly nextHeader: number;
  readonly payload: Layer;
}

/** RFC 4302. */
export interface AhLayer extends Place {
  readonly kind: 'ah';
  readonly spi: number;
  readonly sequenceNumber: number;
  /** Not zero only if the sender breaks §2.3. */
  readonly reserved: number;
  /** What was captured of the ICV and its padding, a view. */
  readonly icv: Uint8Array;
  readonly nextHeader: number;
  readonly payload: Layer;
}

/** RFC 4303. What follows the 8 octets of header is sealed. */
export interface EspLayer extends Place {
  readonly kind: 'esp';
  readonly spi: number;
  readonly sequenceNumber: number;
}

/** RFC 768. */
export interface UdpLayer extends Place, Ports {
  readonly kind: 'udp';
  /** As the header has it. */
  readonly datagramLength: number;
  /** Whether this is the first fragment only, and so shorter than it says. */
  readonly fragmented: boolean;
  readonly payload: Layer;
}

/** Four octets of zero before an IKE message on port 4500 (RFC 3948 §2.2). */
export interface NonEspMarkerLayer extends Place {
  readonly kind: 'non-esp-marker';
  readonly payload: Layer;
}

/** One octet of ff on port 4500 (RFC 3948 §2.3). */
export interface NatKeepaliveLayer extends Place {
  readonly kind: 'nat-keepalive';
}

/** An IKE message, not looked into. */
export interface IkeLayer extends Place {
  readonly kind: 'ike';
}

/** RFC 9293. */
export interface TcpLayer extends Place, Ports {
  readonly kind: 'tcp';
  readonly sequenceNumber: number;
  readonly acknowledgmentNumber: number;
  readonly headerLength: number;
  readonly flags: number;
  readonly window: number;
  readonly urgentPointer: number;
  /** Those that are whole and captured, END_OF_OPTION_LIST included. */
  readonly options: readonly TcpOption[];
  /** Why there are no more options. */
  readonly optionsEnd: 'complete' | 'malformed' | 'truncated';
}

export interface TcpOption {
  readonly kind: number;
  /** After kind and length, a view. */
  readonly data: Uint8Array;
}

/** RFC 792. */
export interface IcmpLayer extends Place {
  readonly kind: 'icmp';
  readonly type: number;
  readonly code: number;
  /** Identifier and sequence number, next-hop MTU, gateway, pointer. */
  readonly secondWord: number;
  /** The packet that an error is about; `null` for other types. */
  readonly quoted: Layer | null;
}

/** RFC 4443, RFC 4861. */
export interface Icmpv6Layer extends Place {
  readonly kind: 'icmpv6';
  readonly type: number;
  readonly code: number;
  readonly secondWord: number;
  /** Whom a neighbour solicitation or advertisement is about; `null` for other types. */
  readonly target: IpAddress | null;
  readonly quoted: Layer | null;
}

/** The payload of a fragment that is not the first: without a header of its own. */
export interface LaterFragmentLayer extends Place {
  readonly kind: 'later-fragment';
  readonly protocol: number;
}

/** A payload that is not looked into. `protocol` is its IP protocol number, if it has one. */
export interface OpaqueLayer extends Place {
  readonly kind: 'opaque';
  readonly protocol: number | null;
}

/** The octets end before the header of `format` does. */
export interface TruncatedLayer extends Place {
  readonly kind: 'truncated';
  readonly format: Format;
  /** Of TCP and UDP, if they were captured. */
  readonly ports: Ports | null;
}

/** The header of `format` contradicts itself; `why` is short: `bad-hlen 16`. */
export interface MalformedLayer extends Place {
  readonly kind: 'malformed';
  readonly format: Format;
  readonly why: string;
  readonly ports: Ports | null;
}

/** More layers than {@link MAX_LAYERS} in `part.ts`. */
export interface TooDeepLayer extends Place {
  readonly kind: 'too-deep';
}

export interface Ports {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** The formats that can end early, as tcpdump writes them in `[|esp]`. */
export type Format =
  | 'link'
  | 'ether'
  | 'vlan'
  | 'arp'
  | 'ip'
  | 'ip6'
  | 'hbhopt'
  | 'rt6'
  | 'dstopt'
  | 'frag6'
  | 'ah'
  | 'esp'
  | 'udp'
  | 'tcp'
  | 'icmp'
  | 'icmp6'
  | 'isakmp_rfc3948'
  | 'isakmp';
