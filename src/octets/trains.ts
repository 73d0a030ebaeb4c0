/**
 * Trains of packets: many that stand in memory at equal distances and are as long as each other, so that
 * one step is done for all before the next step begins.
 *
 *     at          at + stride   at + 2 * stride
 *     packet 0    packet 1      packet 2         ...
 *
 * What a step does is written in the folder assembly/, and compiled to WebAssembly: there a packet costs
 * less than crossing from one function to another does here.
 *
 * @module
 */

/** Where a train stands. */
export interface Train {
  /** The first packet, ... */
  at: number;
  /** ... how far it is from one to the next, ... */
  stride: number;
  /** ... the octets of each, ... */
  length: number;
  /** ... and how many they are. */
  count: number;
}

/** Works on one memory, from its beginning; assembly/ says of each function what it does. */
export interface Trains {
  /** Puts segments of a large packet (`assembly/segments.ts`). */
  cut(
    to: number,
    stride: number,
    count: number,
    at: number,
    headerLength: number,
    ipLength: number,
    size: number,
    first: number,
    ipSum: number,
    sum: number,
    isTcp: boolean,
  ): void;
  /** Puts ESP headers and trailers around payloads (`assembly/esp.ts`). */
  enclose(
    at: number,
    stride: number,
    count: number,
    length: number,
    ivLength: number,
    paddedLength: number,
    spi: number,
    sequenceNumber: number,
    nextHeader: number,
  ): void;
  /** Writes IVs that count up (`assembly/esp.ts`). */
  countIvs(at: number, stride: number, count: number, high: number, low: number): void;
  /** Puts copies of headers where packets begin (`assembly/esp.ts`). */
  front(
    at: number,
    stride: number,
    count: number,
    from: number,
    length: number,
    identification: number,
    sum: number,
  ): void;
  /** How many packets of UDP are like the first (`assembly/alike.ts`). */
  alike(at: number, stride: number, count: number): number;
  /** How many plain IPv4 headers are like the first (`assembly/alike.ts`). */
  alikeIpv4(at: number, stride: number, count: number): number;
  /** Goes on with a list of foreign calls (`assembly/calls.ts`). */
  goOn(to: number, length: number, times: number): void;
  /** Writes the nonces that belong to them (`assembly/calls.ts`). */
  nonces(
    to: number,
    step: number,
    times: number,
    saltLength: number,
    ivAt: number,
    stride: number,
  ): void;
  /** How many ESP packets of an SA are numbered one by one (`assembly/openings.ts`). */
  consecutive(
    at: number,
    stride: number,
    count: number,
    spi: number,
    sequenceNumber: number,
  ): number;
  /** How many plaintexts of ESP end in the same trailer (`assembly/openings.ts`). */
  endAlike(at: number, stride: number, count: number, trailer: number): number;
  /** Appends TCP segments to a packet under way (`assembly/joining.ts`). */
  joinTcp(
    to: number,
    first: number,
    at: number,
    stride: number,
    count: number,
    ipLength: number,
    headerLength: number,
    size: number,
    sequenceNumber: number,
    sum: number,
    hasIp: boolean,
    isSummed: boolean,
  ): number;
  /** Appends UDP datagrams to a packet under way (`assembly/joining.ts`). */
  joinUdp(
    to: number,
    first: number,
    at: number,
    stride: number,
    count: number,
    ipLength: number,
    headerLength: number,
    size: number,
    sum: number,
    hasIp: boolean,
    isSummed: boolean,
  ): number;
}
