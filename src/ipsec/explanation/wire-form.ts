/**
 * What a protected packet is made of on the wire: header by header from the outside in, with the
 * octets that each takes. The lengths are those of the transforms (`esp-layout.ts`, `ah-transform.ts`).
 *
 * @module
 */
import type { EncryptionAlgorithm } from '../../crypto/algorithm.ts';
import { NULL } from '../../crypto/null.ts';
import { ipProtocolTitle } from '../../net/ip-protocol.ts';
import { ESP_HEADER_LENGTH, ESP_TRAILER_LENGTH } from '../../wire/esp.ts';
import { TCP_HEADER_LENGTH } from '../../wire/tcp.ts';
import { UDP_HEADER_LENGTH } from '../../wire/udp.ts';
import { ahLength } from '../ah-transform.ts';
import { EspLayout } from '../esp-layout.ts';
import { formatSpi, type SaParameters } from '../sa-parameters.ts';
import { outerHeaderLength } from '../tunnel.ts';
import { type Flow, ipHeaderLength, leastLength, nextLayerHeaderLength } from './flow.ts';

/** Something that stands in a packet. */
export interface WirePart {
  /** `IPv4 header`, `ESP header`, `ICV`. */
  readonly name: string;
  readonly octets: number;
  /** Whether nobody on the way can read it. */
  readonly hidden: boolean;
  /** What else is to be said, as a clause; `null` when nothing is. */
  readonly note: string | null;
}

/** One packet on the wire. */
export interface WireForm {
  /** Octets of the packet as its sender made it. */
  readonly plainLength: number;
  /**
   * Octets of the IP packet on the wire; at most, where IPComp may make it shorter. The `parts` add up
   * to that.
   */
  readonly length: number;
  /** From the outside in; payload and padding are there even if they are of no octets. */
  readonly parts: readonly WirePart[];
}

/** What protection leaves of a link. */
export interface Room {
  /** Octets of the largest IP packet that the link carries. */
  readonly linkMtu: number;
  /** Octets of the largest packet that fits once it is protected; 0 when none does. */
  readonly mtu: number;
  /** Octets of TCP payload in such a packet without options (RFC 9293 §3.7.1); 0 when none fit. */
  readonly mss: number;
}

/** A packet of `flow` of `plainLength` octets under `sas`, innermost first. */
export function wireForm(flow: Flow, sas: readonly SaParameters[], plainLength: number): WireForm {
  let parts = plainParts(flow, plainLength);
  for (const sa of sas) parts = wrapped(parts, sa);
  return { plainLength, length: octetsOf(parts), parts };
}

/** What `sas` leave of a link that carries packets of up to `linkMtu` octets. */
export function roomUnder(flow: Flow, sas: readonly SaParameters[], linkMtu: number): Room {
  let mtu = linkMtu;
  const least = leastLength(flow);
  while (mtu >= least && wireForm(flow, sas, mtu).length > linkMtu) mtu -= 1;
  if (mtu < least) mtu = 0;
  const mss = Math.max(0, mtu - ipHeaderLength(flow) - TCP_HEADER_LENGTH);
  return { linkMtu, mtu, mss };
}

function plainParts(flow: Flow, plainLength: number): WirePart[] {
  const header = nextLayerHeaderLength(flow);
  const parts = [visible(ipName(flow.source.version), ipHeaderLength(flow))];
  if (header > 0 && flow.protocol !== null) {
    parts.push(visible(`${ipProtocolTitle(flow.protocol)} header`, header));
  }
  return [...parts, visible('payload', Math.max(0, plainLength - octetsOf(parts)))];
}

/** `parts` of an IP packet with one more layer, as `Outbound.protect` puts it on. */
function wrapped(parts: readonly WirePart[], sa: SaParameters): WirePart[] {
  const [first, ...rest] = parts;
  const { version } = sa.destination;
  const isTunnel = sa.mode === 'tunnel' || first === undefined;
  const front = isTunnel ? visible(ipName(version), outerHeaderLength(version)) : first;
  return [front, ...sealed(isTunnel ? parts : rest, sa)];
}

function sealed(payload: readonly WirePart[], sa: SaParameters): WirePart[] {
  switch (sa.protocol) {
    case 'esp':
      return sealedEsp(payload, sa);
    case 'ah':
      return [visible('AH', ahLength(sa), spiNote(sa)), ...payload];
    case 'ipcomp':
      return [visible('IPComp header', 0, COMPRESSION_NOTE), ...payload];
  }
}

/** RFC 3173 §2.2. */
const COMPRESSION_NOTE = '4 octets if what follows gets shorter by it, else it goes as it is';

function sealedEsp(payload: readonly WirePart[], sa: SaParameters): WirePart[] {
  const { encryption, encapsulation } = sa;
  const layout = new EspLayout(sa);
  const length = octetsOf(payload);
  const padding = layout.paddedLength(length) - length - ESP_TRAILER_LENGTH;
  const hidden = encryption !== null && hides(encryption.algorithm);
  const inside = [
    ...payload,
    visible('padding', padding),
    visible('ESP trailer', ESP_TRAILER_LENGTH),
  ].map((part) => ({ ...part, hidden: part.hidden || hidden }));
  const parts = [
    visible('ESP header', ESP_HEADER_LENGTH, spiNote(sa)),
    ...(layout.ivLength > 0 ? [visible('IV', layout.ivLength)] : []),
    ...inside,
    ...(layout.icvLength > 0 ? [visible('ICV', layout.icvLength)] : []),
  ];
  if (encapsulation === null) return parts;
  const { sourcePort, destinationPort } = encapsulation;
  const ports = `port ${sourcePort} to ${destinationPort}`;
  return [visible('UDP header', UDP_HEADER_LENGTH, ports), ...parts];
}

function hides(algorithm: EncryptionAlgorithm): boolean {
  return algorithm.kind === 'aead' ? algorithm.encrypts : algorithm !== NULL;
}

function visible(name: string, octets: number, note: string | null = null): WirePart {
  return { name, octets, hidden: false, note };
}

function spiNote({ spi }: SaParameters): string {
  return `SPI ${formatSpi(spi)}`;
}

function ipName(version: 4 | 6): string {
  return `IPv${version} header`;
}

function octetsOf(parts: readonly WirePart[]): number {
  return parts.reduce((sum, { octets }) => sum + octets, 0);
}
