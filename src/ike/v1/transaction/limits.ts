/**
 * How much a peer may say of itself, and how much of it is kept.
 *
 * @module
 */

// Implementation constants

/** Octets of a user name: more than any host allows. */
export const MOST_USER_OCTETS = 255;
/** Octets of a password: what crypt(3) takes, with a zero behind it. */
export const MOST_PASSWORD_OCTETS = 511;
/** Octets of a banner: more would have to go in many datagrams. */
export const MOST_BANNER_OCTETS = 4096;
/** Servers, domains and networks of each kind that a client keeps. */
export const MOST_ENTRIES = 64;
/** How long it may take from phase 1 until quick mode may begin: people type their passwords. */
export const LONGEST_LOGIN_MS = 180_000;
/** How long an exchange that is done is kept, to answer what comes again. */
export const EXCHANGE_MEMORY_MS = 60_000;
/** Exchanges that a peer begins under one phase 1. */
export const MOST_TRANSACTIONS = 256;
/** A user who guesses waits no longer than this, as with racoon. */
export const MOST_PENALTY_MS = 10_000;
/** Hosts whose wrong passwords are remembered; those who wait least are forgotten first. */
export const MOST_THROTTLED_HOSTS = 4096;
