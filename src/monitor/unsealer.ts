/**
 * Takes the protection off copies of packets, layer by layer, as inbound processing does (RFC 4301
 * §5.2), for somebody who only watches: SAs that are not known, packets that were captured in part,
 * and replays are told of, not discarded; what neither SPD nor lifetimes allow is opened, too.
 *
 *   packet ──copied──► IP header ──► AH, ESP, IPComp? ──► SA, ICV, layer off ──┐
 *                          ▲                                                   │
 *                          └───────────────────────────────────────────────────┘
 *
 * Fragments are put together first (RFC 4303 §3.4.1): the last one to come shows the whole.
 *
 * @module
 */
import type { CryptoProvider, Memory } from '../crypto/context.ts';
import type { DiscardReason } from '../ipsec/discard-reason.ts';
import type { EspTransform } from '../ipsec/esp-transform.ts';
import { moveIpHeader } from '../ipsec/ip-header.ts';
import { INFLATED_AT, IpcompTransform } from '../ipsec/ipcomp-transform.ts';
import {
  HEADROOM,
  LONGEST_PACKET,
  type Packet,
  SCRATCH,
  SCRATCH_LENGTH,
  TAILROOM,
} from '../ipsec/packet.ts';
import type { IpsecProtocol, Mode } from '../ipsec/policy.ts';
import { Reassembly } from '../ipsec/reassembly.ts';
import { tunnelledVersion } from '../ipsec/tunnel.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { u8, u32 } from '../octets/octets.ts';
import {
  AH_ICV,
  ahHeaderLength,
  ahNextHeader,
  ahSequenceNumber,
  ahSpi,
  checkAh,
} from '../wire/ah.ts';
import { checkEsp, ESP_HEADER_LENGTH, espSequenceNumber, espSpi } from '../wire/esp.ts';
import { NON_ESP_MARKER } from '../wire/esp-in-udp.ts';
import { finishIpHeader, type IpHeader, newIpHeader, readIp } from '../wire/ip.ts';
import { IPCOMP_HEADER_LENGTH, ipcompCpi, ipcompNextHeader } from '../wire/ipcomp.ts';
import { IPV4_HEADER_LENGTH, ipv4TotalLength } from '../wire/ipv4.ts';
import { IPV6_HEADER_LENGTH, ipv6PayloadLength } from '../wire/ipv6.ts';
import {
  checkUdp,
  UDP_HEADER_LENGTH,
  udpDestinationPort,
  udpLength,
  udpSourcePort,
} from '../wire/udp.ts';
import { newProtection, type Obstacle, type Protection } from './protection.ts';
import type { SeenSa } from './seen-sa.ts';
import type { WatchedSas } from './watched-sas.ts';

/** Where copies stand. */
const PACKET_AT = SCRATCH_LENGTH + HEADROOM;
/** Octets of memory that an {@link Unsealer} works on: room for the longest packet of IPv6, too. */
export const UNSEALER_MEMORY: number = PACKET_AT + IPV6_HEADER_LENGTH + LONGEST_PACKET + TAILROOM;
/** Layers that one packet may have; Linux has the same bound (XFRM_MAX_DEPTH). */
const MOST_LAYERS = 6;
/** IKE and ESP through NATs (RFC 3948 §2). */
const NAT_TRAVERSAL_PORT = 4500;

export class Unsealer {
  /** The layers found so far, outermost first: the first {@link count} of these. */
  readonly protections: readonly Protection[] = Array.from({ length: MOST_LAYERS }, newProtection);
  count = 0;
  /** The IP header of what is left, in {@link memory}. */
  readonly header: IpHeader = newIpHeader();
  readonly memory: Memory;
  /** Whether what is left was inside a tunnel. */
  tunnelled = false;
  readonly #crypto: CryptoProvider;
  readonly #octets: Uint8Array;
  readonly #sas: WatchedSas;
  readonly #inflater: IpcompTransform;
  readonly #packet: Packet;
  readonly #reassembly = new Reassembly();
  #truncated = false;
  #capturedEnd = PACKET_AT;

  /** Works on the memory of `crypto`, {@link UNSEALER_MEMORY} octets, which are its own. */
  constructor(sas: WatchedSas, crypto: CryptoProvider) {
    this.memory = crypto.memory;
    this.#crypto = crypto;
    this.#octets = crypto.memory.octets;
    this.#sas = sas;
    this.#inflater = new IpcompTransform({ spi: 0 }, crypto.memory);
    this.#packet = { memory: crypto.memory, at: PACKET_AT, length: 0 };
  }

  /** How many octets of what is left were captured. */
  get captured(): number {
    return Math.min(this.#packet.length, this.#capturedEnd - this.#packet.at);
  }

  /**
   * Begins with the IP packet of which `captured` octets stand at `at` of `octets`. `false` when they
   * do not begin with an IP header.
   */
  begin(octets: Uint8Array, at: number, captured: number): boolean {
    this.count = 0;
    this.tunnelled = false;
    const length = wholeLength(octets, at, captured);
    if (length < 0) return false;
    this.#place(octets.subarray(at, at + Math.min(captured, length)), length);
    if (!readIp(this.header, this.#octets, PACKET_AT, length)) return false;
    if (!this.header.isFragment || this.#truncated) return true;
    const packet = this.#octets.subarray(PACKET_AT, PACKET_AT + length);
    const whole = this.#reassembly.take(packet);
    if (whole === null) return true;
    this.#place(whole, whole.length);
    return readIp(this.header, this.#octets, PACKET_AT, whole.length);
  }

  /**
   * Looks into the next layer, if there is one. `null` at the end: what is left has no protection, or
   * none that could be opened.
   */
  next(): Protection | null {
    const last = this.count > 0 ? this.protections[this.count - 1] : undefined;
    // AH hides nothing; but behind a wrong ICV is whatever a forger wanted.
    if (last?.obstacle && (last.protocol !== 'ah' || last.icv === 'bad')) return null;
    switch (this.header.nextLayerProtocol) {
      case IP_PROTOCOL.esp:
        return this.#esp(this.header.nextLayerAt, this.#end() - this.header.nextLayerAt);
      case IP_PROTOCOL.ah:
        return this.#ah();
      case IP_PROTOCOL.ipcomp:
        return this.#ipcomp();
      case IP_PROTOCOL.udp:
        return this.#udp();
      case IP_PROTOCOL.ipencap:
      case IP_PROTOCOL.ipv6:
        return last === undefined ? null : this.#uncompressed();
      default:
        return null;
    }
  }

  #place(packet: Uint8Array, length: number): void {
    this.#octets.set(packet, PACKET_AT);
    this.#truncated = packet.length < length;
    // What was not captured reads as zeros.
    if (this.#truncated) this.#octets.fill(0, PACKET_AT + packet.length, PACKET_AT + length);
    this.#packet.at = PACKET_AT;
    this.#packet.length = length;
    this.#capturedEnd = PACKET_AT + packet.length;
  }

  #end(): number {
    return this.#packet.at + this.#packet.length;
  }

  #begun(protocol: IpsecProtocol): Protection | null {
    const protection = this.protections[this.count];
    if (protection === undefined) return null;
    this.count += 1;
    protection.protocol = protocol;
    protection.sa = null;
    protection.sequenceNumber = 0;
    protection.icv = 'unchecked';
    protection.obstacle = null;
    protection.arrival = null;
    protection.mode = null;
    protection.opened = false;
    return protection;
  }

  #udp(): Protection | null {
    const { nextLayerAt: at, isFragment } = this.header;
    const octets = this.#octets;
    if (isFragment || checkUdp(octets, at, this.#end() - at) !== null) return null;
    const [from, to] = [udpSourcePort(octets, at), udpDestinationPort(octets, at)];
    if (!this.#carriesEsp(from) && !this.#carriesEsp(to)) return null;
    const length = udpLength(octets, at) - UDP_HEADER_LENGTH;
    const espAt = at + UDP_HEADER_LENGTH;
    // RFC 3948 §2: keepalives and IKE are told apart from ESP by what they begin with.
    if (length <= ESP_HEADER_LENGTH || u32(octets, espAt) === NON_ESP_MARKER) return null;
    return this.#esp(espAt, length);
  }

  #carriesEsp(port: number): boolean {
    return port === NAT_TRAVERSAL_PORT || this.#sas.isUdpPort(port);
  }

  #esp(at: number, length: number): Protection | null {
    const protection = this.#begun('esp');
    if (protection === null) return null;
    const octets = this.#octets;
    const { header } = this;
    if (header.fragmentOffset > 0) return blocked(protection, 'fragment');
    if (checkEsp(octets, at, length) !== null) return blocked(protection, 'malformed');
    const sa = this.#sas.see('esp', espSpi(octets, at), octets, header);
    protection.sa = sa;
    const number = sa.track.whole(espSequenceNumber(octets, at));
    protection.sequenceNumber = number;
    const hidden = this.#whyHidden(sa);
    const transform = sa.keyed?.transform ?? null;
    if (hidden !== null || transform?.protocol !== 'esp') {
      return this.#passed(blocked(protection, hidden ?? 'no-keys'), sa, length);
    }
    const { esp } = transform;
    const reason = this.#open(esp, at, length, number);
    const checks = sa.keyed?.checks ?? false;
    if (reason !== null) {
      protection.icv = checks ? 'bad' : 'unchecked';
      return this.#passed(blocked(protection, checks ? 'wrong-icv' : 'wrong-padding'), sa, length);
    }
    protection.icv = checks ? 'ok' : 'unchecked';
    this.#passed(protection, sa, length);
    return this.#takeOff(protection, esp, sa);
  }

  /** All that the crypto provider does for a packet is put off, to be done in one call. */
  #open(esp: EspTransform, at: number, length: number, number: number): DiscardReason | null {
    if (!esp.opensLater) return esp.open(at, length, number);
    const asked = esp.openLater(at, length);
    if (asked < 0) return 'in-hdr-error';
    this.#crypto.settle();
    return esp.opened(at, length, this.#crypto.wasAuthentic(asked));
  }

  #ah(): Protection | null {
    const protection = this.#begun('ah');
    if (protection === null) return null;
    const octets = this.#octets;
    const { header } = this;
    const at = header.nextLayerAt;
    const length = this.#end() - at;
    if (header.fragmentOffset > 0) return this.#stopped(protection, 'fragment');
    if (checkAh(octets, at, length) !== null) return this.#stopped(protection, 'malformed');
    const sa = this.#sas.see('ah', ahSpi(octets, at), octets, header);
    protection.sa = sa;
    protection.sequenceNumber = sa.track.whole(ahSequenceNumber(octets, at));
    const ahLength = ahHeaderLength(octets, at);
    protection.obstacle = this.#verifyAh(protection, sa, ahLength);
    this.#passed(protection, sa, length);
    const nextHeader = ahNextHeader(octets, at);
    return this.#leave(protection, sa, at + ahLength, length - ahLength, nextHeader);
  }

  /** AH hides nothing: what is behind it is there whether the ICV can be checked or not. */
  #verifyAh(protection: Protection, sa: SeenSa, ahLength: number): Obstacle | null {
    const hidden = this.#whyHidden(sa);
    const transform = sa.keyed?.transform ?? null;
    if (hidden !== null || transform?.protocol !== 'ah') return hidden ?? 'no-keys';
    const icvAt = this.header.nextLayerAt + AH_ICV;
    const reason = transform.ah.open(this.header, ahLength, protection.sequenceNumber);
    const { icvLength } = sa.keyed?.pattern.sa.integrity ?? { icvLength: 0 };
    if (reason !== 'in-hdr-error') {
      this.#octets.copyWithin(icvAt, SCRATCH.icv, SCRATCH.icv + icvLength);
    }
    protection.icv = reason === null ? 'ok' : 'bad';
    return reason === null ? null : 'wrong-icv';
  }

  #ipcomp(): Protection | null {
    const protection = this.#begun('ipcomp');
    if (protection === null) return null;
    const octets = this.#octets;
    const { header } = this;
    const at = header.nextLayerAt;
    const length = this.#end() - at;
    if (header.fragmentOffset > 0) return blocked(protection, 'fragment');
    if (length < IPCOMP_HEADER_LENGTH) return blocked(protection, 'malformed');
    const sa = this.#sas.see('ipcomp', ipcompCpi(octets, at), octets, header);
    protection.sa = sa;
    const frontLength = at - this.#packet.at;
    const nextHeader = ipcompNextHeader(octets, at);
    // No key is needed, and DEFLATE (RFC 2394) is what everybody has.
    const whole = !this.#truncated && !header.isFragment && frontLength <= HEADROOM;
    const inflated = whole ? this.#inflater.decompress(at, length, frontLength) : null;
    sa.count('unchecked', length);
    if (inflated === null || frontLength + inflated > LONGEST_PACKET) {
      return blocked(protection, whole ? 'malformed' : 'truncated');
    }
    this.#follow(INFLATED_AT - frontLength);
    this.#packet.length = frontLength + inflated;
    this.#capturedEnd = INFLATED_AT + inflated;
    return this.#leave(protection, sa, INFLATED_AT, inflated, nextHeader);
  }

  /**
   * A packet of an IPComp tunnel that did not get shorter came as one of plain IP in IP (RFC 3173
   * §2.2): the tunnel's header is taken off if there is such an SA.
   */
  #uncompressed(): Protection | null {
    const { header } = this;
    if (header.isFragment || !this.#sas.hasCompressedTunnel(this.#octets, header)) return null;
    const at = header.nextLayerAt;
    if (!this.#enter(at, this.#end() - at, header.nextLayerProtocol)) return null;
    return this.next();
  }

  /** Why the packet at hand cannot be checked, whatever its SA. */
  #whyHidden({ keyed }: SeenSa): Obstacle | null {
    if (this.header.isFragment) return 'fragment';
    if (this.#truncated) return 'truncated';
    return keyed === null ? 'no-sa' : null;
  }

  /** Notes that a packet of `sa` went by; fragments count once they are one. */
  #passed(protection: Protection, sa: SeenSa, octets: number): Protection {
    if (protection.obstacle === 'fragment') return protection;
    sa.count(protection.icv, octets);
    // A forged number says nothing about those that are missing.
    if (protection.icv !== 'bad') protection.arrival = sa.track.note(protection.sequenceNumber);
    return protection;
  }

  #takeOff(protection: Protection, esp: EspTransform, sa: SeenSa): Protection {
    return this.#leave(protection, sa, esp.payloadAt, esp.payloadLength, esp.nextHeader);
  }

  /** Leaves of the packet what the layer was about: the payload at `at`, of protocol `nextHeader`. */
  #leave(
    protection: Protection,
    { keyed }: SeenSa,
    at: number,
    length: number,
    nextHeader: number,
  ): Protection {
    protection.opened = true;
    protection.payloadAt = at;
    protection.payloadLength = length;
    protection.nextHeader = nextHeader;
    const mode = modeOf(nextHeader, keyed?.pattern.tellsMode ? keyed.pattern.sa.mode : null);
    protection.mode = mode;
    // A dummy packet (RFC 4303 §2.6) holds nothing.
    if (protection.protocol !== 'ah' && nextHeader === IP_PROTOCOL['ipv6-nonxt']) {
      this.header.nextLayerProtocol = nextHeader;
      return protection;
    }
    if (mode === 'transport') this.#leavePayload(at, length, nextHeader);
    else if (!this.#enter(at, length, nextHeader)) this.#stopped(protection, 'malformed');
    return protection;
  }

  /** Transport mode: the IP header goes to the payload. */
  #leavePayload(at: number, length: number, nextHeader: number): void {
    const { header } = this;
    header.length = header.nextLayerAt - header.at;
    header.protocolAt = header.nextLayerProtocolAt;
    const distance = at - header.length - this.#packet.at;
    moveIpHeader(this.#packet, header, distance, header.length + length, nextHeader);
    finishIpHeader(this.#octets, header);
    readIp(header, this.#octets, this.#packet.at, this.#packet.length);
  }

  /** Tunnel mode: what was inside is a packet by itself. */
  #enter(at: number, length: number, nextHeader: number): boolean {
    const version = tunnelledVersion(nextHeader);
    if (version === null || !readIp(this.header, this.#octets, at, length)) return false;
    if (this.header.version !== version) return false;
    this.#packet.at = at;
    this.#packet.length = this.header.totalLength;
    this.tunnelled = true;
    return true;
  }

  /** Takes note that the packet was moved to `at`. */
  #follow(at: number): void {
    const { header } = this;
    const distance = at - this.#packet.at;
    header.at += distance;
    header.protocolAt += distance;
    header.nextLayerAt += distance;
    header.nextLayerProtocolAt += distance;
    header.sourceAt += distance;
    header.destinationAt += distance;
    this.#packet.at = at;
  }

  /** Nothing behind `protection` can be made out. */
  #stopped(protection: Protection, obstacle: Obstacle): Protection {
    this.header.nextLayerProtocol = IP_PROTOCOL['ipv6-nonxt'];
    return blocked(protection, obstacle);
  }
}

function blocked(protection: Protection, obstacle: Obstacle): Protection {
  protection.obstacle = obstacle;
  return protection;
}

/** What the payload looks like; but in transport mode, it may be IP in IP of somebody else. */
function modeOf(nextHeader: number, told: Mode | null): Mode {
  const isIp = tunnelledVersion(nextHeader) !== null;
  return isIp && told !== 'transport' ? 'tunnel' : 'transport';
}

/** Octets of the IP packet at `at`, as its header says; -1 when there is no whole header. */
function wholeLength(octets: Uint8Array, at: number, captured: number): number {
  const version = captured > 0 ? u8(octets, at) >>> 4 : 0;
  if (version === 4 && captured >= IPV4_HEADER_LENGTH) {
    return ipv4TotalLength(octets, at);
  }
  if (version !== 6 || captured < IPV6_HEADER_LENGTH) return -1;
  return IPV6_HEADER_LENGTH + ipv6PayloadLength(octets, at);
}
