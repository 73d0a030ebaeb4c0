/**
 * Netlink messages as octets: the header that all families share, interfaces and routes, nf_tables,
 * XFRM.
 * No socket is opened here.
 *
 * @module
 */
export * from './attribute.ts';
export * from './host-address.ts';
export * from './link.ts';
export * from './nft-expression.ts';
export * from './nftables.ts';
export * from './nlmsg.ts';
export * from './route.ts';
export * from './xfrm-acquire.ts';
export * from './xfrm-address.ts';
export * from './xfrm-algorithm.ts';
export * from './xfrm-attributes.ts';
export * from './xfrm-constants.ts';
export * from './xfrm-counters.ts';
export * from './xfrm-database-info.ts';
export * from './xfrm-default-action.ts';
export * from './xfrm-deletion.ts';
export * from './xfrm-encapsulation.ts';
export * from './xfrm-event.ts';
export * from './xfrm-expire.ts';
export * from './xfrm-lifetime.ts';
export * from './xfrm-mapping.ts';
export * from './xfrm-mark.ts';
export * from './xfrm-migration.ts';
export * from './xfrm-offload.ts';
export * from './xfrm-policy.ts';
export * from './xfrm-policy-id.ts';
export * from './xfrm-policy-options.ts';
export * from './xfrm-policy-request.ts';
export * from './xfrm-replay.ts';
export * from './xfrm-report.ts';
export * from './xfrm-sa.ts';
export * from './xfrm-sa-id.ts';
export * from './xfrm-sa-options.ts';
export * from './xfrm-sa-request.ts';
export * from './xfrm-security-context.ts';
export * from './xfrm-selector.ts';
export * from './xfrm-template.ts';
