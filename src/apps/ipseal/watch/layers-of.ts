/**
 * How the layers of a packet are found.
 *
 * @module
 */
import type { Layer } from '../../../monitor/layer.ts';
import type { CapturedPacket } from '../../../wire/captured-packet.ts';

export type LayersOf = (packet: CapturedPacket) => Layer;
