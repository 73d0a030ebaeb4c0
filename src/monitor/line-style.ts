/**
 * How lines are to be written.
 *
 * @module
 */
import type { IkeInitiators } from './ike-initiators.ts';

export interface LineStyle {
  /** How often tcpdump's `-v` was given. */
  readonly verbosity: number;
  /** The link-layer header, too (`-e`). */
  readonly link: boolean;
  /** Who began which IKE SA; `null` where lines are functions of one packet. */
  readonly initiators: IkeInitiators | null;
  /** The name of the interface with index `index`; `null` when it has none. */
  readonly interfaceName: (index: number) => string | null;
}

/** A line of one packet. */
export const PLAIN: LineStyle = {
  verbosity: 0,
  link: false,
  initiators: null,
  interfaceName: () => null,
};
