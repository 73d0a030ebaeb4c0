/**
 * IPsec itself (RFC 4301): SAs, policies, selectors, the port to whoever carries them out, and the
 * tables and transforms of our own stack.
 *
 * @module
 */
export * from './backend.ts';
export type { Change, SaPair } from './change.ts';
export * from './compression.ts';
export { DISCARD_REASONS, type DiscardReason } from './discard-reason.ts';
export * from './events.ts';
export { type Lifetime, UNLIMITED } from './lifetime.ts';
export { MemoryBackend } from './memory-backend.ts';
export * from './policy.ts';
export * from './sa-parameters.ts';
export type { SecurityContext } from './security-context.ts';
export * from './selector.ts';
export type { SpiRequest } from './spi-request.ts';
