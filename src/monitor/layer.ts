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
import type { CookedVersion } from '../wire/linux-cooked.ts';
import type { HardwareAddress, PacketAddress } from './address-table.ts';

export type Layer =
  | EthernetLayer
  | VlanLayer
  | CookedLayer
  | LoopbackLayer
  | ArpLayer
  | Ipv4Layer
  | Ipv6Layer
  | Ipv6ExtensionLayer
  | Ipv6FragmentLayer
  | AhLayer
  | EspLayer
  | IpcompLayer
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
  readonly octets: Uint8Array;
  readonly at: number;
  /** Octets of the layer on the wire, its payload included, as the layer below counts them. */
  readonly length: number;
  /** How many of these were captured. */
  readonly captured: number;
}

export interface EthernetLayer extends Place {
  readonly kind: 'ethernet';
  readonly destination: HardwareAddress;
  readonly source: HardwareAddress;
  /** Of the payload, or of the first tag. */
  readonly etherType: number;
  readonly payload: Layer;
}

/** A tag of IEEE 802.1Q, or one of several. */
export interface VlanLayer extends Place {
  readonly kind: 'vlan';
  readonly vlanId: number;
  readonly priority: number;
  readonly dropEligible: boolean;
  /** Of the payload, or of the next tag. */
  readonly etherType: number;
  readonly payload: Layer;
}

/** What Linux puts in place of a link-layer header, in one of two versions. */
export interface CookedLayer extends Place {
  readonly kind: 'cooked';
  readonly version: CookedVersion;
  /** A `COOKED_PACKET_TYPE`. */
  readonly packetType: number;
  /** What kind of interface, by Linux's numbers. */
  readonly hardwareType: number;
  /** Of the sender; `null` if it is none of six octets. */
  readonly source: HardwareAddress | null;
  /** `null` in version 1. */
  readonly interfaceIndex: number | null;
  readonly etherType: number;
  readonly payload: Layer;
}

/** The address family before packets of BSD's loopback interfaces. */
export interface LoopbackLayer extends Place {
  readonly kind: 'loopback';
  readonly family: number;
  readonly payload: Layer;
}

/** RFC 826, for IPv4 over Ethernet. */
export interface ArpLayer extends Place {
  readonly kind: 'arp';
  readonly opcode: number;
  readonly senderHardware: HardwareAddress;
  readonly senderProtocol: PacketAddress;
  readonly targetHardware: HardwareAddress;
  readonly targetProtocol: PacketAddress;
}

/** RFC 791. */
export interface Ipv4Layer extends Place {
  readonly kind: 'ipv4';
  readonly source: PacketAddress;
  readonly destination: PacketAddress;
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
  readonly source: PacketAddress;
  readonly destination: PacketAddress;
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

/** RFC 3173. What follows the 4 octets of header is compressed. */
export interface IpcompLayer extends Place {
  readonly kind: 'ipcomp';
  readonly cpi: number;
  readonly nextHeader: number;
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

/** An IKE message, of version 1 (RFC 2408) or 2 (RFC 7296). */
export interface IkeLayer extends Place {
  readonly kind: 'ike';
  /** 8 octets each, views; version 1 calls them cookies. */
  readonly initiatorSpi: Uint8Array;
  readonly responderSpi: Uint8Array;
  /** Of the first payload; 0 if there is none. */
  readonly nextPayload: number;
  readonly majorVersion: number;
  readonly minorVersion: number;
  readonly exchangeType: number;
  readonly flags: number;
  readonly messageId: number;
  /** As the header has it. */
  readonly messageLength: number;
  /** Those in the clear that are whole and captured. */
  readonly payloads: readonly IkePayload[];
  /** Why there are no more: `encrypted` if what follows, or the last one, is. */
  readonly payloadsEnd: 'complete' | 'encrypted' | 'malformed' | 'truncated';
}

export interface IkePayload {
  readonly type: number;
  /** Octets, the payload's header included. */
  readonly length: number;
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
  readonly target: PacketAddress | null;
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
  | 'sll'
  | 'sll2'
  | 'null'
  | 'arp'
  | 'ip'
  | 'ip6'
  | 'hbhopt'
  | 'rt6'
  | 'dstopt'
  | 'frag6'
  | 'ah'
  | 'esp'
  | 'ipcomp'
  | 'udp'
  | 'tcp'
  | 'icmp'
  | 'icmp6'
  | 'isakmp_rfc3948'
  | 'isakmp';
