/**
 * Takes the protection off copies of packets, layer by layer, as inbound processing does (RFC 4301
 * §5.2), for somebody who only watches: SAs that are not known, packets that were captured in part,
 * and replays are told of, not discarded; what neither SPD nor lifetimes allow is opened, too.
 *
 *   packet ──copied──► IP header ──► AH, ESP, IPComp? ──► SA, ICV, layer off ──┐
 *                          ▲                                                   │
 *                          └───────────────────────────────────────────────────┘
 *
 * @module
 */
import type { CryptoProvider } from '../crypto/context.ts';
import type { DiscardReason } from '../ipsec/discard-reason.ts';
import type { EspTransform } from '../ipsec/esp-transform.ts';
import { INFLATED_AT, IpcompTransform } from '../ipsec/ipcomp-transform.ts';
import { HEADROOM, LONGEST_PACKET, SCRATCH } from '../ipsec/packet.ts';
import type { IpsecProtocol, Mode } from '../ipsec/policy.ts';
import { tunnelledVersion } from '../ipsec/tunnel.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { u32 } from '../octets/octets.ts';
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
import { IPCOMP_HEADER_LENGTH, ipcompCpi, ipcompNextHeader } from '../wire/ipcomp.ts';
import {
  checkUdp,
  UDP_HEADER_LENGTH,
  udpDestinationPort,
  udpLength,
  udpSourcePort,
} from '../wire/udp.ts';
import { PacketCopy } from './packet-copy.ts';
import { newProtection, type Obstacle, type Protection } from './protection.ts';
import type { SeenSa } from './seen-sa.ts';
import type { WatchedSas } from './watched-sas.ts';

/** Layers that one packet may have; Linux has the same bound (XFRM_MAX_DEPTH). */
const MOST_LAYERS = 6;
/** IKE and ESP through NATs (RFC 3948 §2). */
const NAT_TRAVERSAL_PORT = 4500;

export class Unsealer {
  /** The layers found so far, outermost first: the first {@link count} of these. */
  readonly protections: readonly Protection[] = Array.from({ length: MOST_LAYERS }, newProtection);
  count = 0;
  /** What is left of the packet. */
  readonly copy: PacketCopy;
  readonly #crypto: CryptoProvider;
  readonly #octets: Uint8Array;
  readonly #sas: WatchedSas;
  readonly #inflater: IpcompTransform;

  /** Works on the memory of `crypto`, as much as a {@link PacketCopy} needs, which is its own. */
  constructor(sas: WatchedSas, crypto: CryptoProvider) {
    this.copy = new PacketCopy(crypto.memory);
    this.#crypto = crypto;
    this.#octets = crypto.memory.octets;
    this.#sas = sas;
    this.#inflater = new IpcompTransform({ spi: 0 }, crypto.memory);
  }

  /**
   * Begins with the IP packet of which `captured` octets stand at `at` of `octets`. `false` when they
   * do not begin with an IP header.
   */
  begin(octets: Uint8Array, at: number, captured: number): boolean {
    this.count = 0;
    return this.copy.take(octets, at, captured);
  }

  /**
   * Looks into the next layer, if there is one. `null` at the end: what is left has no protection, or
   * none that could be opened.
   */
  next(): Protection | null {
    const last = this.count > 0 ? this.protections[this.count - 1] : undefined;
    // AH hides nothing; but behind a wrong ICV is whatever a forger wanted.
    if (last?.obstacle && (last.protocol !== 'ah' || last.icv === 'bad')) return null;
    switch (this.copy.header.nextLayerProtocol) {
      case IP_PROTOCOL.esp:
        return this.#esp(
          this.copy.header.nextLayerAt,
          this.copy.end - this.copy.header.nextLayerAt,
        );
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
    const { nextLayerAt: at, isFragment } = this.copy.header;
    const octets = this.#octets;
    if (isFragment || checkUdp(octets, at, this.copy.end - at) !== null) return null;
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
    const { header } = this.copy;
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
    const { header } = this.copy;
    const at = header.nextLayerAt;
    const length = this.copy.end - at;
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
    const icvAt = this.copy.header.nextLayerAt + AH_ICV;
    const reason = transform.ah.open(this.copy.header, ahLength, protection.sequenceNumber);
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
    const { header } = this.copy;
    const at = header.nextLayerAt;
    const length = this.copy.end - at;
    if (header.fragmentOffset > 0) return blocked(protection, 'fragment');
    if (length < IPCOMP_HEADER_LENGTH) return blocked(protection, 'malformed');
    const sa = this.#sas.see('ipcomp', ipcompCpi(octets, at), octets, header);
    protection.sa = sa;
    const frontLength = at - this.copy.at;
    const nextHeader = ipcompNextHeader(octets, at);
    // No key is needed, and DEFLATE (RFC 2394) is what everybody has.
    const whole = !this.copy.truncated && !header.isFragment && frontLength <= HEADROOM;
    const inflated = whole ? this.#inflater.decompress(at, length, frontLength) : null;
    sa.count('unchecked', length);
    if (inflated === null || frontLength + inflated > LONGEST_PACKET) {
      return blocked(protection, whole ? 'malformed' : 'truncated');
    }
    this.copy.moved(INFLATED_AT - frontLength, frontLength + inflated);
    return this.#leave(protection, sa, INFLATED_AT, inflated, nextHeader);
  }

  /**
   * A packet of an IPComp tunnel that did not get shorter came as one of plain IP in IP (RFC 3173
   * §2.2): the tunnel's header is taken off if there is such an SA.
   */
  #uncompressed(): Protection | null {
    const { header } = this.copy;
    if (header.isFragment || !this.#sas.hasCompressedTunnel(this.#octets, header)) return null;
    const at = header.nextLayerAt;
    if (!this.copy.enter(at, this.copy.end - at, header.nextLayerProtocol)) return null;
    return this.next();
  }

  /** Why the packet at hand cannot be checked, whatever its SA. */
  #whyHidden({ keyed }: SeenSa): Obstacle | null {
    if (this.copy.header.isFragment) return 'fragment';
    if (this.copy.truncated) return 'truncated';
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
      this.copy.header.nextLayerProtocol = nextHeader;
      return protection;
    }
    if (mode === 'transport') this.copy.leavePayload(at, length, nextHeader);
    else if (!this.copy.enter(at, length, nextHeader)) this.#stopped(protection, 'malformed');
    return protection;
  }

  /** Nothing behind `protection` can be made out. */
  #stopped(protection: Protection, obstacle: Obstacle): Protection {
    this.copy.header.nextLayerProtocol = IP_PROTOCOL['ipv6-nonxt'];
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
