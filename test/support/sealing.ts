/**
 * Packets of an SA with any sequence number and any payload, authentic all the same: what a peer can
 * send that has lost its mind, or that met with what takes a live sender years.
 *
 * @module
 */
import { nodeProvider } from '../../src/crypto/node-provider.ts';
import { AhTransform } from '../../src/ipsec/ah-transform.ts';
import { EspTransform } from '../../src/ipsec/esp-transform.ts';
import { LONGEST_PACKET, SCRATCH_LENGTH, TAILROOM } from '../../src/ipsec/packet.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import { IP_PROTOCOL } from '../../src/net/ip-protocol.ts';
import { finishIpHeader, newIpHeader, readIp } from '../../src/wire/ip.ts';
import { emitUdpHeader, UDP_HEADER_LENGTH } from '../../src/wire/udp.ts';
import { ipPacket } from './packets.ts';

/** Makes the IP packet with that sequence number around a payload of protocol `nextHeader`. */
export type Seal = (
  sequenceNumber: number,
  payload: Uint8Array,
  nextHeader: number,
) => Uint8Array<ArrayBufferLike>;

const PAYLOAD_AT = SCRATCH_LENGTH + 256;

/** A {@link Seal} with the keys of `sa`, from its source to its destination. */
export function sealing(sa: SaParameters): Seal {
  const octets = new Uint8Array(PAYLOAD_AT + LONGEST_PACKET + TAILROOM);
  const crypto = nodeProvider({ octets });
  const { source, destination } = sa;
  if (sa.protocol === 'ah') {
    const ah = new AhTransform(sa, crypto);
    return (sequenceNumber, payload, nextHeader) => {
      const behind = new Uint8Array(ah.headerLength + payload.length);
      behind.set(payload, ah.headerLength);
      const whole = ipPacket({ source, destination, protocol: IP_PROTOCOL.ah, payload: behind });
      octets.set(whole, PAYLOAD_AT);
      const header = newIpHeader();
      readIp(header, octets, PAYLOAD_AT, whole.length);
      ah.seal(header, nextHeader, sequenceNumber);
      finishIpHeader(octets, header);
      return octets.slice(PAYLOAD_AT, PAYLOAD_AT + whole.length);
    };
  }
  const esp = new EspTransform(sa, crypto);
  return (sequenceNumber, payload, nextHeader) => {
    octets.set(payload, PAYLOAD_AT);
    esp.seal(PAYLOAD_AT, payload.length, nextHeader, sequenceNumber);
    const at = PAYLOAD_AT - esp.headerLength;
    const sealed = octets.subarray(at, at + esp.sealedLength(payload.length));
    const { encapsulation } = sa;
    if (encapsulation === null) {
      return ipPacket({ source, destination, protocol: IP_PROTOCOL.esp, payload: sealed });
    }
    const datagram = new Uint8Array(UDP_HEADER_LENGTH + sealed.length);
    emitUdpHeader(
      encapsulation.sourcePort,
      encapsulation.destinationPort,
      datagram.length,
      datagram,
      0,
    );
    datagram.set(sealed, UDP_HEADER_LENGTH);
    return ipPacket({ source, destination, protocol: IP_PROTOCOL.udp, payload: datagram });
  };
}

/**
 * A {@link Seal} for whole packets, as `sa` carries them: all of them in tunnel mode, what is behind
 * their IP header in transport mode.
 */
export function sealingPackets(
  sa: SaParameters,
): (sequenceNumber: number, packet: Uint8Array) => Uint8Array {
  const seal = sealing(sa);
  return (sequenceNumber, packet) => {
    const header = newIpHeader();
    if (!readIp(header, packet, 0, packet.length)) throw new Error('Bug: no packet to seal');
    if (sa.mode === 'transport') {
      return seal(sequenceNumber, packet.subarray(header.length), header.nextLayerProtocol);
    }
    const isIpv4 = header.version === 4;
    return seal(sequenceNumber, packet, isIpv4 ? IP_PROTOCOL.ipencap : IP_PROTOCOL.ipv6);
  };
}
