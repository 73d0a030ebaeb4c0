/**
 * The attacker's four packets, and what bob has to say to each.
 *
 * @module
 */
import type { DiscardReason } from '../../../ipsec/discard-reason.ts';
import { parseIpAddress } from '../../../net/ip-address.ts';
import { IP_PROTOCOL } from '../../../net/ip-protocol.ts';
import { setU32, u32 } from '../../../octets/octets.ts';
import { AH_HEADER_LENGTH } from '../../../wire/ah.ts';
import { ESP_SEQUENCE_NUMBER, ESP_SPI } from '../../../wire/esp.ts';
import { emitEcho, ICMP_HEADER_LENGTH, ICMP_TYPE } from '../../../wire/icmp.ts';
import {
  emitIpv4Header,
  IPV4_HEADER_LENGTH,
  ipv4HeaderLength,
  ipv4Protocol,
} from '../../../wire/ipv4.ts';
import { ALICE, BOB } from './stage.ts';

export interface Attack {
  readonly name: string;
  readonly packet: Uint8Array;
  /** The counter that has to go up. */
  readonly reason: DiscardReason;
}

/** Where AH has its SPI and sequence number; ESP has them at its front. */
const AH_SPI = 4;
const AH_SEQUENCE_NUMBER = 8;
/** A bit of the sequence number that the few packets of the demonstration do not reach. */
const FLIPPED_BIT = 0x100;
const UNKNOWN_SPI = 0x0badc0de;

/** The attacks, made from `genuine`: a protected packet from alice to bob, taken off the wire. */
export function attacksWith(genuine: Uint8Array): Attack[] {
  const header = ipv4HeaderLength(genuine, 0);
  const isAh = ipv4Protocol(genuine, 0) === IP_PROTOCOL.ah;
  const spiAt = header + (isAh ? AH_SPI : ESP_SPI);
  const sequenceAt = header + (isAh ? AH_SEQUENCE_NUMBER : ESP_SEQUENCE_NUMBER);
  return [
    {
      name: 'a forged packet in the clear',
      packet: forgedPing(),
      reason: 'in-tmpl-mismatch',
    },
    {
      name: 'a genuine packet, sent again',
      packet: genuine.slice(),
      reason: 'in-state-seq-error',
    },
    {
      name: 'the same with one bit flipped',
      packet: changed(genuine, sequenceAt, (value) => value ^ FLIPPED_BIT),
      reason: 'in-state-proto-error',
    },
    {
      name: 'the same with an unknown SPI',
      packet: changed(genuine, spiAt, () => UNKNOWN_SPI),
      reason: 'in-no-states',
    },
  ];
}

/** Whether `packet` is AH or ESP and whole enough to be tampered with. */
export function isProtected(packet: Uint8Array): boolean {
  const protocol = ipv4Protocol(packet, 0);
  return (
    (protocol === IP_PROTOCOL.ah || protocol === IP_PROTOCOL.esp) &&
    packet.length >= ipv4HeaderLength(packet, 0) + AH_HEADER_LENGTH
  );
}

/** An echo request that claims to be alice's. */
function forgedPing(): Uint8Array {
  const payload = new TextEncoder().encode('let me in');
  const packet = new Uint8Array(IPV4_HEADER_LENGTH + ICMP_HEADER_LENGTH + payload.length);
  emitEcho(ICMP_TYPE.ECHO_REQUEST, 0x666, 1, payload, packet, IPV4_HEADER_LENGTH);
  const source = parseIpAddress(ALICE);
  const destination = parseIpAddress(BOB);
  if (source === undefined || destination === undefined) throw new Error('Bug: no addresses');
  emitIpv4Header(
    {
      typeOfService: 0,
      totalLength: packet.length,
      identification: 1,
      dontFragment: false,
      ttl: 64,
      protocol: IP_PROTOCOL.icmp,
      source,
      destination,
    },
    packet,
    0,
  );
  return packet;
}

function changed(packet: Uint8Array, at: number, change: (value: number) => number): Uint8Array {
  const copy = packet.slice();
  setU32(copy, at, change(u32(copy, at)));
  return copy;
}
