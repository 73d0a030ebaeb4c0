/**
 * Dissection and printing of packets: the public subpath `ipseal/monitor`.
 *
 * @example
 * import { dissect, formatLine } from 'ipseal/monitor';
 * import { LINK_TYPE_OF } from 'ipseal/wire';
 * console.log(formatLine(dissect(packet, LINK_TYPE_OF.RAW)));
 *
 * @module
 */
export { dissect, dissectCaptured } from './dissect.ts';
export { type Matcher, matcherOf } from './filter/matcher.ts';
export { parseFilter } from './filter/parse.ts';
export type { Filter, FilterProblem } from './filter/syntax.ts';
export type { IcvCheck } from './icv-check.ts';
export { IkeInitiators } from './ike-initiators.ts';
export { type LayerJson, type PacketJson, packetToLine } from './json.ts';
export type * from './layer.ts';
export { formatLine } from './line.ts';
export type { LineStyle } from './line-style.ts';
export { type Observation, observe } from './observation.ts';
