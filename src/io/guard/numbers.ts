/**
 * The names and numbers that the guard takes from spaces shared with the rest of the host.
 *
 * @module
 */

/** The TUN device through which the host hands over packets to protect. */
export const TUN_NAME = 'ipseal0';

/** The nf_tables table (family inet). */
export const GUARD_TABLE = 'ipseal';

/** The routing table, named for RFC 4301, and the priority of the rule that leads to it. */
export const ROUTING_TABLE = 4301;
export const RULE_PRIORITY = 4301;

/** The two bits of a packet's mark that are the data plane's; others are left as they are. */
export const MARK_MASK = 0x30000000;
/** On packets that the data plane sends: protected already. */
export const MARK_OWN = 0x10000000;
/** On packets that a policy protects: to be routed into the TUN device, and nowhere else. */
export const MARK_CAPTURED = 0x20000000;
/** On packets that must not leave. */
export const MARK_REFUSED = 0x30000000;
