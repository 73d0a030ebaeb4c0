/**
 * Ranges of transport-layer ports.
 *
 * @module
 */

/** The ports from `first` to `last`, both included; 0 to 65535. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Every port, and packets that have none (ANY of RFC 4301 §4.4.1.1). */
export const ANY_PORT: PortRange = { first: 0, last: 0xffff };

/** One port alone. */
export function onePort(port: number): PortRange {
  return { first: port, last: port };
}

/** Whether `range` is {@link ANY_PORT}. */
export function isAnyPort(range: PortRange): boolean {
  return range.first === ANY_PORT.first && range.last === ANY_PORT.last;
}

/** `any`, `5901`, or `1000-2000`. */
export function formatPortRange(range: PortRange): string {
  if (isAnyPort(range)) return 'any';
  return range.first === range.last ? `${range.first}` : `${range.first}-${range.last}`;
}
