/**
 * Ranges of ports as the kernel has them: a port and a mask that says which of its bits count.
 *
 * @module
 */
import { isAnyPort, type PortRange } from '../../net/port-range.ts';

export interface MaskedPort {
  readonly port: number;
  readonly portMask: number;
}

/** All of a port counts. */
export const ALL_PORT_BITS = 0xffff;

/** Nothing of a port counts. */
export const ANY_MASKED_PORT: MaskedPort = { port: 0, portMask: 0 };

/**
 * `range` as a port and a mask: any port, one port, or a block as `1024-2047` that shares its
 * leading bits. `undefined` for other ranges.
 */
export function maskedPort(range: PortRange): MaskedPort | undefined {
  if (isAnyPort(range)) return ANY_MASKED_PORT;
  const differing = range.last - range.first;
  const isBlock = (differing & (differing + 1)) === 0 && (range.first & differing) === 0;
  return isBlock ? { port: range.first, portMask: ALL_PORT_BITS & ~differing } : undefined;
}

/** The range that `masked` matches; `undefined` when its ports do not lie in a row. */
export function portRangeOf({ port, portMask }: MaskedPort): PortRange | undefined {
  const differing = ALL_PORT_BITS & ~portMask;
  if ((differing & (differing + 1)) !== 0) return undefined;
  const first = port & portMask;
  return { first, last: first | differing };
}
