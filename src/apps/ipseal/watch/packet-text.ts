/**
 * A packet as it is printed: its number, when, and what; then its octets.
 *
 * @module
 */
import { characterDump, hexDump, networkLayerAt } from '../../../monitor/hex-dump.ts';
import { IkeInitiators } from '../../../monitor/ike-initiators.ts';
import { packetToLine } from '../../../monitor/json.ts';
import type { Layer } from '../../../monitor/layer.ts';
import type { LineStyle } from '../../../monitor/line-style.ts';
import type { Observation } from '../../../monitor/observation.ts';
import { formatObservation } from '../../../monitor/observation-line.ts';
import type { CapturedPacket } from '../../../wire/captured-packet.ts';
import { colours } from '../../colours.ts';
import type { HexDump, WatchCommand } from './options.ts';
import { isoTime, timeFormat } from './time.ts';

/** The text for a packet, its line ends included. */
export type PacketText = (packet: CapturedPacket, observation: Observation) => string;

/** Prints as `command` asks; interfaces have names by `interfaceName`. */
export function packetText(
  command: WatchCommand,
  interfaceName: LineStyle['interfaceName'],
): PacketText {
  if (command.json) {
    return (packet, observation) => `${packetToLine(packet, observation, isoTime(packet))}\n`;
  }
  const { verbosity, link, hexDump: dump } = command;
  const style: LineStyle = { verbosity, link, initiators: new IkeInitiators(), interfaceName };
  const start = startFormat(command);
  return (packet, observation) => {
    const line = `${start(packet)}${formatObservation(observation, style)}`;
    const text = `${observation.verdict?.kind === 'leak' ? colours.red(line) : line}\n`;
    return dump === null ? text : text + octetsOf(packet, observation.layer, dump);
  };
}

function startFormat({ number, time }: WatchCommand): (packet: CapturedPacket) => string {
  const when = timeFormat(time);
  if (!number) return when;
  let count = 0;
  return (packet) => {
    count += 1;
    return `${`${count}`.padStart(5)}  ${when(packet)}`;
  };
}

function octetsOf(packet: CapturedPacket, layer: Layer, dump: HexDump): string {
  const { octets, at, length } = packet;
  const from = dump.link ? at : networkLayerAt(layer);
  if (dump.digits) return hexDump(octets, from, at + length, dump.characters);
  return characterDump(octets, from, at + length);
}
