/**
 * A packet as it is printed: when, and what.
 *
 * @module
 */
import { packetToLine } from '../../../monitor/json.ts';
import { formatLine } from '../../../monitor/line.ts';
import type { Observation } from '../../../monitor/observation.ts';
import type { CapturedPacket } from '../../../wire/captured-packet.ts';
import type { WatchCommand } from './options.ts';
import { isoTime, timeFormat } from './time.ts';

/** The text for a packet, its line ends included. */
export type PacketText = (packet: CapturedPacket, observation: Observation) => string;

/** Prints as `command` asks. */
export function packetText(command: WatchCommand): PacketText {
  if (command.json) {
    return (packet, observation) => `${packetToLine(packet, observation, isoTime(packet))}\n`;
  }
  const time = timeFormat(command.time);
  return (packet, { layer }) => `${time(packet)}${formatLine(layer)}\n`;
}
