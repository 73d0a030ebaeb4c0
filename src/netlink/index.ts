/**
 * Netlink messages as octets: the header that all families share, interfaces and routes, nf_tables.
 * No socket is opened here.
 *
 * @module
 */
export * from './attribute.ts';
export * from './link.ts';
export * from './nft-expression.ts';
export * from './nftables.ts';
export * from './nlmsg.ts';
export * from './route.ts';
