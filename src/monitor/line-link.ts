/**
 * What tcpdump writes of the headers before IP, which is little without `-e`, and of ARP.
 *
 * @module
 */
import { hex16 } from '../octets/hex.ts';
import type { TextWriter } from '../octets/text-writer.ts';
import { ARP_OPCODE } from '../wire/arp.ts';
import { ETHER_TYPE_OF } from '../wire/ethernet.ts';
import { COOKED_PACKET_TYPE } from '../wire/linux-cooked.ts';
import { VLAN_ETHER_TYPE } from '../wire/vlan.ts';
import type {
  ArpLayer,
  CookedLayer,
  EthernetLayer,
  Layer,
  LoopbackLayer,
  VlanLayer,
} from './layer.ts';
import type { LineStyle } from './line-style.ts';

/** Writes the line of what is within. */
type Within = (out: TextWriter, layer: Layer, style: LineStyle) => TextWriter;

/** Below this, an EtherType is a length (IEEE Std 802.3 §3.2.6). */
const LEAST_ETHER_TYPE = 1536;

/** `02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype IPv4 (0x0800), length 98: `, with `-e`. */
export function writeEthernet(
  out: TextWriter,
  layer: EthernetLayer,
  style: LineStyle,
  within: Within,
): TextWriter {
  const { source, destination, etherType, length, payload } = layer;
  const shown = isLookedInto(payload);
  if (style.link || !shown) {
    const type = etherType < LEAST_ETHER_TYPE ? '802.3' : etherTypeWords(etherType);
    out.text(`${source.text} > ${destination.text}, ${type}, length ${length}: `);
  }
  return shown ? within(out, payload, style) : out;
}

/** `vlan 5, p 0, ethertype IPv4 (0x0800), `, with `-e`; `null` is in a frame, else after `header`. */
export function writeVlan(
  out: TextWriter,
  layer: VlanLayer,
  header: CookedLayer | null,
  style: LineStyle,
  within: Within,
): TextWriter {
  const { vlanId, priority, dropEligible, etherType, payload } = layer;
  const shown = isLookedInto(payload);
  const isCut = payload.kind === 'truncated' && payload.format === 'vlan';
  if (style.link) out.text(`vlan ${vlanId}, p ${priority}${dropEligible ? ', DEI' : ''}, `);
  if (style.link ? !isCut : header !== null || !shown) {
    const name = ETHER_TYPES.get(etherType) ?? 'Unknown';
    out.text(`${header === null ? etherTypeWords(etherType) : `ethertype ${name}`}, `);
  }
  return shown ? within(out, payload, style) : out;
}

/** `eth0  In  `, of version 2; with `-e` version 1 says something, too. */
export function writeCooked(
  out: TextWriter,
  layer: CookedLayer,
  style: LineStyle,
  within: Within,
): TextWriter {
  const { packetType, interfaceIndex, etherType, length, source, payload } = layer;
  const shown = isLookedInto(payload);
  const way = PACKET_TYPES[packetType] ?? '?';
  if (interfaceIndex !== null) {
    const name = style.interfaceName(interfaceIndex);
    out.text(`${(name ?? '?').padEnd(5)} ${way.padEnd(3)} `);
    if (style.link) out.text(`ifindex ${interfaceIndex} `);
  } else if (style.link) {
    out.text(`${way.padStart(3)} `);
  }
  if (style.link) {
    const address = source === null ? '' : `${source.text} `;
    out.text(`${address}${etherTypeWords(etherType)}, length ${length}: `);
  } else if (!shown) {
    out.text(`${etherTypeWords(etherType)}, length ${payload.length}: `);
  }
  if (payload.kind === 'vlan') return writeVlan(out, payload, layer, style, within);
  return shown ? within(out, payload, style) : out;
}

/** `AF IPv4 (2), length 140: `, with `-e`. */
export function writeLoopback(
  out: TextWriter,
  layer: LoopbackLayer,
  style: LineStyle,
  within: Within,
): TextWriter {
  const { family, length, payload } = layer;
  const shown = isLookedInto(payload);
  if (style.link || !shown) {
    out.text(`AF ${FAMILIES.get(family) ?? 'Unknown'} (${family}), length ${length}: `);
  }
  return shown ? within(out, payload, style) : out;
}

/** `ARP, Request who-has 10.9.0.2 tell 10.9.0.1, length 28`. */
export function arpLine(layer: ArpLayer, { link, verbosity }: LineStyle): string {
  const kinds = verbosity > 0 ? 'Ethernet (len 6), IPv4 (len 4), ' : '';
  return `${link ? '' : 'ARP, '}${kinds}${arpMessage(layer)}, length ${layer.length}`;
}

function arpMessage(layer: ArpLayer): string {
  const sender = layer.senderProtocol.text;
  if (layer.opcode === ARP_OPCODE.REPLY)
    return `Reply ${sender} is-at ${layer.senderHardware.text}`;
  if (layer.opcode !== ARP_OPCODE.REQUEST) return `op ${layer.opcode}`;
  const { octets, text } = layer.targetHardware;
  const whose = octets.some((octet) => octet !== 0) ? ` (${text})` : '';
  return `Request who-has ${layer.targetProtocol.text}${whose} tell ${sender}`;
}

function isLookedInto(payload: Layer): boolean {
  return payload.kind !== 'opaque';
}

function etherTypeWords(etherType: number): string {
  return `ethertype ${ETHER_TYPES.get(etherType) ?? 'Unknown'} (0x${hex16(etherType)})`;
}

const ETHER_TYPES: ReadonlyMap<number, string> = new Map<number, string>([
  [ETHER_TYPE_OF.IPV4, 'IPv4'],
  [ETHER_TYPE_OF.IPV6, 'IPv6'],
  [ETHER_TYPE_OF.ARP, 'ARP'],
  [VLAN_ETHER_TYPE.CUSTOMER, '802.1Q'],
  [VLAN_ETHER_TYPE.SERVICE, '802.1Q-QinQ'],
  [VLAN_ETHER_TYPE.OLD_SERVICE, '802.1Q-9100'],
  [VLAN_ETHER_TYPE.OTHER_OLD_SERVICE, '802.1Q-9200'],
  [0x88cc, 'LLDP'],
]);

const PACKET_TYPES: Readonly<Record<number, string>> = {
  [COOKED_PACKET_TYPE.TO_US]: 'In',
  [COOKED_PACKET_TYPE.BROADCAST]: 'B',
  [COOKED_PACKET_TYPE.MULTICAST]: 'M',
  [COOKED_PACKET_TYPE.TO_OTHERS]: 'P',
  [COOKED_PACKET_TYPE.FROM_US]: 'Out',
};

const FAMILIES: ReadonlyMap<number, string> = new Map([
  [2, 'IPv4'],
  [24, 'IPv6'],
  [28, 'IPv6'],
  [30, 'IPv6'],
]);
