/**
 * How much of a message is looked at.
 *
 * @module
 */

// Implementation constants

/**
 * Payloads of one chain. The longest that are seen have some thirty vendor IDs; what a datagram could
 * hold, in payloads of four octets, are sixteen thousand.
 */
export const MOST_PAYLOADS = 128;
/**
 * Proposals of one SA payload, and transforms of one proposal: what their own numbers, of one octet,
 * can count (RFC 2408 §3.5, §3.6).
 */
export const MOST_PROPOSALS = 255;
/** Data attributes of one transform, notification or configuration. */
export const MOST_ATTRIBUTES = 128;

// Specification constants

/** A nonce is of 8 to 256 octets (RFC 2409 §5). */
export const LEAST_NONCE_LENGTH = 8;
export const MOST_NONCE_LENGTH = 256;
