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
export { dissect } from './dissect.ts';
export type * from './layer.ts';
export { formatLine } from './line.ts';
