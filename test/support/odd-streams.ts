/**
 * Streams of packets in ESP, in UDP or not, between Alice and Bob, with something odd about some of them.
 *
 * @module
 */
import type { CryptoProvider } from '../../src/crypto/context.ts';
import { Engine } from '../../src/dataplane/engine.ts';
import { NO_GUARD } from '../../src/dataplane/guard.ts';
import { MemoryHost, MemoryWire } from '../../src/dataplane/memory-wire.ts';
import type { Change } from '../../src/ipsec/change.ts';
import { EspTransform } from '../../src/ipsec/esp-transform.ts';
import { UNLIMITED } from '../../src/ipsec/lifetime.ts';
import type { Mode } from '../../src/ipsec/policy.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { IP_PROTOCOL } from '../../src/net/ip-protocol.ts';
import { setU8, setU16, setU32, u8 } from '../../src/octets/octets.ts';
import {
  IPV4_HEADER_LENGTH,
  IPV4_SOURCE,
  setIpv4TypeOfService,
  updateIpv4Checksum,
} from '../../src/wire/ipv4.ts';
import { emitTcp, TCP_FLAG, TCP_HEADER_LENGTH } from '../../src/wire/tcp.ts';
import { ALICE, ALICE6, BOB, BOB6, ipPacket, udpPacket } from './packets.ts';
import {
  addPolicy,
  addSa,
  espSa,
  inUdp,
  layer,
  mirrored,
  networkPolicy,
  policy,
  protect,
  tunnel,
} from './sas.ts';
import type { Messages } from './udp-messages.ts';

const PRIVATE: IpAddress = { version: 4, octets: Uint8Array.of(192, 168, 7, 9) };
const ENDS = { 4: [ALICE, BOB], 6: [ALICE6, BOB6] } as const;
/** Where ESP begins in an IPv4 packet. */
const ESP_AT = { raw: 20, udp: 28 } as const;
/** Of most packets; padding makes up for one octet less. */
const DATA_LENGTH = 120;

/** What protects the packets. */
export type Encryption = Pick<SaParameters, 'encryption' | 'integrity'>;

/** What may be odd about a packet inside, or about the ESP packet that it is in. */
export const KINDS = [
  'plain',
  'push',
  'other flow',
  'other acknowledgment',
  'odd length',
  'bad checksum',
  'no checksum',
  'marked',
  'other time to live',
  'forged',
  'forged trailer',
  'lost',
  'twice',
  'late',
  'overtaken',
  'other SPI',
  'no SPI',
  'dummy',
  'lying trailer',
  'short',
  'end of message',
  'congestion',
  'to the port of ESP',
  'ESP inside',
] as const;

export type Kind = (typeof KINDS)[number];

/** What trailers may say that what is inside is, and is not (RFC 4303 §2.6). */
const OTHER_TRAILERS: ReadonlyMap<Kind | undefined, number> = new Map([
  ['dummy', IP_PROTOCOL['ipv6-nonxt']],
  ['lying trailer', IP_PROTOCOL.ospf],
]);

/** Other ports than most have. */
const PORTS: ReadonlyMap<Kind, readonly [number, number]> = new Map([
  // The same sum: what the checksum of such a packet says holds under the ports of most, too.
  ['other flow', [7, 5202]],
  ['to the port of ESP', [4500, 4500]],
  ['ESP inside', [4500, 4500]],
]);

/** A stream: a packet for each kind. */
export interface Trip {
  readonly kinds: readonly Kind[];
  readonly version: 4 | 6;
  readonly protocol: 'tcp' | 'udp';
  /** Transport mode is for version 4 only. In UDP, a NAT has changed the source since checksums were made. */
  readonly mode: Mode;
  readonly carrier: 'raw' | 'udp';
  readonly change: Partial<SaParameters>;
}

/** TCP or UDP as `trip` has it, the `k`th of them, `sequenceNumber` having been sent. */
export function inner(trip: Trip, kind: Kind, k: number, sequenceNumber: number): Uint8Array {
  const [seen, destination] = ENDS[trip.version];
  const isBehindNat = trip.mode === 'transport' && trip.carrier === 'udp';
  const source = isBehindNat ? PRIVATE : seen;
  const odd = kind === 'odd length' ? 1 : 0;
  const data = Uint8Array.from(
    { length: kind === 'short' ? 40 : DATA_LENGTH - odd },
    (_, at) => k + at * (2 * k + 1),
  );
  if (kind === 'ESP inside') data.set([0, 0, 2, 1]);
  const [sourcePort, destinationPort] = PORTS.get(kind) ?? [8, 5201];
  const trafficClass = kind === 'marked' ? 3 : 2;
  const parts = { source, destination, trafficClass, dontFragment: true, identification: k + 1 };
  const ipLength = trip.version === 4 ? 20 : 40;
  let packet: Uint8Array;
  if (trip.protocol === 'udp') {
    packet = udpPacket(data, { ...parts, sourcePort, destinationPort });
    if (kind === 'no checksum') setU16(packet, ipLength + 6, 0);
  } else {
    const header = {
      sourcePort,
      destinationPort,
      sequenceNumber,
      acknowledgmentNumber: kind === 'other acknowledgment' ? 78 : 77,
      flags: kind === 'push' ? TCP_FLAG.ACK | TCP_FLAG.PSH : TCP_FLAG.ACK,
      window: 501,
      options: Uint8Array.of(1, 1, 8, 10, 0, 0, 7, 1, 0, 0, 7, 2),
    };
    const payload = new Uint8Array(TCP_HEADER_LENGTH + header.options.length + data.length);
    emitTcp(header, data, source, destination, payload, 0);
    packet = ipPacket({ ...parts, protocol: IP_PROTOCOL.tcp, payload });
  }
  if (isBehindNat) {
    packet.set(seen.octets, IPV4_SOURCE);
    updateIpv4Checksum(packet, 0);
  }
  if (kind === 'bad checksum') setU8(packet, packet.length - 1, u8(packet, packet.length - 1) ^ 1);
  if (kind === 'other time to live') {
    setU8(packet, trip.version === 4 ? 8 : 7, 60);
    if (trip.version === 4) updateIpv4Checksum(packet, 0);
  }
  return packet;
}

/** The databases of both sides. */
export function changesOf(trip: Trip, encryption: Encryption): Record<'alice' | 'bob', Change[]> {
  const { mode } = trip;
  const plain = espSa({ mode, ...encryption, ...trip.change });
  const sa = trip.carrier === 'udp' ? inUdp(plain) : plain;
  const action = protect(mode === 'tunnel' ? tunnel('esp', ALICE, BOB) : layer('esp'));
  const out =
    trip.version === 4
      ? policy('outbound', action)
      : networkPolicy('outbound', action, '2001:db8:9::1/128', '2001:db8:9::2/128');
  // Who sends knows of no limits.
  const unlimited = { ...sa, hardLifetime: UNLIMITED, softLifetime: UNLIMITED };
  return {
    alice: [addSa(unlimited), addPolicy(out)],
    bob: [addSa(sa), addPolicy(mirrored(out))],
  };
}

/** ESP packets with what is inside of them, one for each kind, as Alice sends them. */
export function sealed(
  trip: Trip,
  crypto: CryptoProvider,
  changes: readonly Change[],
): Uint8Array[] {
  const wire = new MemoryWire();
  const seen: Uint8Array[] = [];
  wire.tap((octets) => seen.push(octets));
  const host = new MemoryHost();
  const alice = new Engine({
    crypto,
    protectedInterface: host,
    unprotectedInterface: wire.left,
    guard: NO_GUARD,
    unmatched: 'discard',
  });
  alice.commit(changes, 0);
  let sequenceNumber = 0xffff_f000;
  const sequenceNumbers: number[] = [];
  for (const [k, kind] of trip.kinds.entries()) {
    const packet = inner(trip, kind, k, sequenceNumber);
    sequenceNumbers.push(sequenceNumber);
    const headersLength = (trip.version === 4 ? 20 : 40) + 32;
    sequenceNumber = (sequenceNumber + packet.length - headersLength) >>> 0;
    host.send(packet);
  }
  while (alice.pump(0));
  const [sa] = [...alice.sas(0)];
  if (sa === undefined) throw new Error('Bug: no SA');
  return seen.map((packet, k) => {
    const nextHeader = OTHER_TRAILERS.get(trip.kinds[k]);
    if (nextHeader === undefined) return packet;
    const content = inner(trip, 'plain', k, sequenceNumbers[k] ?? 0);
    return withTrailer(trip, packet, k, content, nextHeader, sa.parameters, crypto);
  });
}

/** The ESP packet `sealed`, number `k + 1`, made again with a trailer that says something else. */
function withTrailer(
  trip: Trip,
  packet: Uint8Array,
  k: number,
  content: Uint8Array,
  nextHeader: number,
  sa: SaParameters,
  crypto: CryptoProvider,
): Uint8Array {
  const AT = 0x1000;
  const transform = new EspTransform(sa, crypto);
  const { octets } = crypto.memory;
  const payload = trip.mode === 'tunnel' ? content : content.subarray(IPV4_HEADER_LENGTH);
  octets.set(payload, AT);
  transform.seal(AT, payload.length, nextHeader, k + 1);
  const at = AT - transform.headerLength;
  const made = packet.slice();
  made.set(octets.subarray(at, at + transform.sealedLength(payload.length)), ESP_AT[trip.carrier]);
  transform.destroy();
  return made;
}

/** What becomes of `packets` on their way, as messages. */
export function sendAll(trip: Trip, packets: readonly Uint8Array[], messages: Messages): void {
  const espAt = ESP_AT[trip.carrier];
  const late: Uint8Array[] = [];
  for (const [k, packet] of packets.entries()) {
    const kind = trip.kinds[k];
    if (kind === 'end of message') messages.endMessage();
    if (kind === 'lost') continue;
    if (kind === 'late') {
      late.push(packet);
      continue;
    }
    const copy = packet.slice();
    const last = copy.length - 1;
    if (kind === 'forged') setU8(copy, last, u8(copy, last) ^ 1);
    if (kind === 'forged trailer') setU8(copy, last - 17, u8(copy, last - 17) ^ 1);
    if (kind === 'other SPI') setU8(copy, espAt + 3, u8(copy, espAt + 3) ^ 1);
    if (kind === 'no SPI') setU32(copy, espAt, 0);
    if (kind === 'congestion') {
      // Datagrams of one message have one traffic class.
      if (trip.carrier === 'udp') messages.endMessage();
      setIpv4TypeOfService(copy, 0, 3);
      updateIpv4Checksum(copy, 0);
    }
    const ahead = packets[k + 5];
    if (kind === 'overtaken' && ahead !== undefined) {
      messages.endMessage();
      messages.put(ahead);
      messages.endMessage();
    }
    messages.put(copy);
    if (kind === 'twice') messages.put(copy);
    for (const other of late.splice(0)) messages.put(other);
  }
}
