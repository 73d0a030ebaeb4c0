/**
 * The stretch of a packet that one dissector works on.
 *
 *   octets  ─────┬───────────────────────┬─ ─ ─ ─ ─ ┐
 *                │ at                    │ at + captured
 *                └───────────────────────┴─ ─ ─ ─ ─ ┘ at + length, as the lower layer says
 *
 * @module
 */
import type {
  Format,
  MalformedLayer,
  Place,
  Ports,
  TooDeepLayer,
  TruncatedLayer,
} from './layer.ts';

export interface Part extends Place {
  /** How many layers are below. */
  readonly depth: number;
}

/**
 * Implementation constant: layers looked into, so that IP within IP within IP, at 20 octets each,
 * neither exhausts the stack nor fills the screen.
 */
export const MAX_LAYERS = 24;

/** The payload of `part`, after `headerLength` octets; `length` if a header states it. */
export function payloadOf(
  part: Part,
  headerLength: number,
  length: number = part.length - headerLength,
): Part {
  return {
    octets: part.octets,
    at: part.at + headerLength,
    length,
    captured: Math.max(0, Math.min(part.captured - headerLength, length)),
    depth: part.depth + 1,
  };
}

/** A view of `length` octets of `part`, as many of them as were captured. */
export function viewOf(part: Part, offset: number, length: number): Uint8Array {
  const end = Math.min(offset + length, part.captured);
  return part.octets.subarray(part.at + offset, part.at + Math.max(offset, end));
}

/** The layer for a `part` that ends within the header of `format`. */
export function truncated(part: Part, format: Format, ports: Ports | null = null): TruncatedLayer {
  return {
    kind: 'truncated',
    octets: part.octets,
    at: part.at,
    length: part.length,
    captured: part.captured,
    format,
    ports,
  };
}

/** The layer for a `part` whose header of `format` contradicts itself. */
export function malformed(
  part: Part,
  format: Format,
  why: string,
  ports: Ports | null = null,
): MalformedLayer {
  return {
    kind: 'malformed',
    octets: part.octets,
    at: part.at,
    length: part.length,
    captured: part.captured,
    format,
    why,
    ports,
  };
}

/** The layer for a `part` below {@link MAX_LAYERS} others. */
export function tooDeep({ octets, at, length, captured }: Part): TooDeepLayer {
  return { kind: 'too-deep', octets, at, length, captured };
}
