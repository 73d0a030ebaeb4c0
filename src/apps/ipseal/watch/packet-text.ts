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
import { writeObservation } from '../../../monitor/observation-line.ts';
import { phrase, type TextWriter } from '../../../octets/text-writer.ts';
import type { CapturedPacket } from '../../../wire/captured-packet.ts';
import { colours } from '../../colours.ts';
import type { HexDump, WatchCommand } from './options.ts';
import { isoTime, timeWriter, type WriteTime } from './time.ts';

/** Writes the text for a packet, its line ends included. */
export type WritePacket = (
  out: TextWriter,
  packet: CapturedPacket,
  observation: Observation,
) => void;

/** Prints as `command` asks; interfaces have names by `interfaceName`. */
export function packetWriter(
  command: WatchCommand,
  interfaceName: LineStyle['interfaceName'],
): WritePacket {
  if (command.json) {
    return (out, packet, observation) => {
      out.text(packetToLine(packet, observation, isoTime(packet))).phrase(LINE_END);
    };
  }
  const { verbosity, link, hexDump: dump } = command;
  const style: LineStyle = { verbosity, link, initiators: new IkeInitiators(), interfaceName };
  const writeStart = startWriter(command);
  return (out, packet, observation) => {
    const from = out.length;
    writeStart(out, packet);
    writeObservation(out, observation, style);
    if (observation.verdict?.kind === 'leak') out.text(colours.red(out.taken(from)));
    out.phrase(LINE_END);
    if (dump !== null) out.text(octetsOf(packet, observation.layer, dump));
  };
}

function startWriter({ number, time }: WatchCommand): WriteTime {
  const writeTime = timeWriter(time);
  if (!number) return writeTime;
  let count = 0;
  return (out, packet) => {
    count += 1;
    out.text(`${`${count}`.padStart(5)}  `);
    writeTime(out, packet);
  };
}

function octetsOf(packet: CapturedPacket, layer: Layer, dump: HexDump): string {
  const { octets, at, length } = packet;
  const from = dump.link ? at : networkLayerAt(layer);
  if (dump.digits) return hexDump(octets, from, at + length, dump.characters);
  return characterDump(octets, from, at + length);
}

const LINE_END = phrase('\n');
