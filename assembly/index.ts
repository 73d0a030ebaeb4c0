/**
 * What there is to be done to many octets, or to many packets that are alike, compiled to WebAssembly: it
 * works on the memory that the packets stand in.
 *
 * @module
 */
export { alike, alikeIpv4 } from './alike';
export { goOn, nonces } from './calls';
export { countIvs, enclose, front } from './esp';
export { joinTcp, joinUdp } from './joining';
export { consecutive, endAlike } from './openings';
export { cut } from './segments';
export { copy, sum } from './sums';
