/**
 * How 64-bit machines lay out what sendmsg(2) and recvmsg(2) take.
 *
 * @module
 */

/** `struct msghdr`. */
export const MSGHDR = {
  NAME: 0,
  NAME_LENGTH: 8,
  VECTOR: 16,
  VECTOR_COUNT: 24,
  CONTROL: 32,
  CONTROL_LENGTH: 40,
  FLAGS: 48,
  LENGTH: 56,
} as const;

/** `struct mmsghdr`: a `struct msghdr`, and how many octets were sent or received. */
export const MMSGHDR = { RECEIVED: 56, LENGTH: 64 } as const;

/** `struct iovec`. */
export const IOVEC = { BASE: 0, LENGTH_OF: 8, LENGTH: 16 } as const;

/** `struct cmsghdr`. */
export const CMSGHDR = { LENGTH_OF: 0, LEVEL: 8, TYPE: 12, DATA: 16 } as const;
