/**
 * Packets as `ipseal watch --json` prints them: an object a line. docs/watch.md has the schema.
 *
 * @module
 */

import { toHex } from '../octets/hex.ts';
import type { CapturedPacket } from '../wire/captured-packet.ts';
import type { IcvCheck } from './icv-check.ts';
import type { Ipv4Layer, Ipv6Layer, Layer } from './layer.ts';
import { outermostIp, payloadOf } from './layer-chain.ts';
import type { Observation } from './observation.ts';
import { type ProtectionJson, protectionToJson } from './protection-json.ts';
import type { VerdictKind } from './verdict.ts';

/** Within a version fields may be added; none changes its meaning or goes away. */
export const PACKET_JSON_VERSION = 1;

/** A packet. `time` is UTC, to the microsecond or nanosecond: `2026-11-21T16:15:58.734512Z`. */
export interface PacketJson {
  readonly version: typeof PACKET_JSON_VERSION;
  readonly type: 'packet';
  readonly time: string;
  /** Octets on the wire, and how many of them were captured. */
  readonly length: number;
  readonly captured: number;
  /** Of the outermost IP header; `null` where there is none. */
  readonly src: string | null;
  readonly dst: string | null;
  /** From the outermost in. */
  readonly layers: readonly LayerJson[];
  readonly icv: IcvCheck;
  /** The packet within, opened; `null` where it was not. */
  readonly inner: PacketJson | null;
  /** The AH, ESP and IPComp among `layers`, outermost first, as far as somebody looked into them. */
  readonly protections: readonly ProtectionJson[];
  /** `null` where no policy was asked. */
  readonly verdict: VerdictKind | null;
  /** What is the matter, where the verdict is not as it should be. */
  readonly why: string | null;
}

/**
 * A {@link Layer} without its payload and its place: `layer` is its kind, addresses are text, other
 * octets hexadecimal digits; what an ICMP error quotes is a row of layers.
 */
export interface LayerJson {
  readonly layer: Layer['kind'];
  /** Octets, the payload's included. */
  readonly length: number;
  readonly [field: string]: unknown;
}

/** What is known of a packet, captured at `time`, as one line without its end. */
export function packetToLine(
  { originalLength, length }: CapturedPacket,
  observation: Observation,
  time: string,
): string {
  return JSON.stringify(toJson(time, observation, originalLength, length, null));
}

function toJson(
  time: string,
  { layer, icv, inner, protections, verdict }: Observation,
  length: number,
  captured: number,
  outer: Ipv4Layer | Ipv6Layer | null,
): PacketJson {
  // In transport mode a packet has the header of the one that it was in.
  const ip = outermostIp(layer) ?? outer;
  return {
    version: PACKET_JSON_VERSION,
    type: 'packet',
    time,
    length,
    captured,
    src: ip?.source.text ?? null,
    dst: ip?.destination.text ?? null,
    layers: rowOf(layer),
    icv,
    inner: inner && toJson(time, inner, inner.layer.length, inner.layer.captured, ip),
    protections: protections.map(protectionToJson),
    verdict: verdict?.kind ?? null,
    why: verdict?.why ?? null,
  };
}

function rowOf(layer: Layer): LayerJson[] {
  const row: LayerJson[] = [];
  for (let at: Layer | null = layer; at !== null; at = payloadOf(at)) row.push(layerToJson(at));
  return row;
}

function layerToJson(layer: Layer): LayerJson {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(layer)) {
    if (!LEFT_OUT.has(name)) fields[name] = valueToJson(value);
  }
  return { layer: layer.kind, length: layer.length, ...fields };
}

const LEFT_OUT: ReadonlySet<string> = new Set([
  'kind',
  'octets',
  'at',
  'length',
  'captured',
  'payload',
]);

function valueToJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(valueToJson);
  if (value === null || typeof value !== 'object') return value;
  if (isLayer(value)) return rowOf(value);
  if ('text' in value) return value.text;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, valueToJson(field)]),
  );
}

function isLayer(value: object): value is Layer {
  return 'kind' in value && 'captured' in value;
}
