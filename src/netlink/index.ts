/**
 * Netlink messages as octets: the header that all families share, interfaces and routes, nf_tables,
 * XFRM.
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
export * from './xfrm-address.ts';
export * from './xfrm-algorithm.ts';
export * from './xfrm-constants.ts';
export * from './xfrm-lifetime.ts';
export * from './xfrm-policy.ts';
export * from './xfrm-policy-request.ts';
export * from './xfrm-replay.ts';
export * from './xfrm-sa.ts';
export * from './xfrm-sa-request.ts';
export * from './xfrm-selector.ts';
export * from './xfrm-template.ts';
