/**
 * PF_KEY version 2 (RFC 2367) with KAME's and Linux's extensions: messages as octets, laid out as
 * Linux lays them out. No socket is opened here.
 *
 * @module
 */
export * from './address.ts';
export * from './constants.ts';
export * from './extension.ts';
export * from './key.ts';
export * from './lifetime.ts';
export * from './message.ts';
export * from './policy.ts';
export * from './proposal.ts';
export * from './sa.ts';
export * from './security-context.ts';
export * from './small-extensions.ts';
export * from './socket-address.ts';
export * from './supported.ts';
