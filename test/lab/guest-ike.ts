/**
 * What tests have of an IKE daemon in a guest, whichever it is.
 *
 * @module
 */

/** Connections are named as its configuration has them. */
export interface GuestIke {
  /** What it has logged: of the last half second some may be missing. */
  readonly log: string;
  /** Negotiates with the peer; resolves when SAs are in force, rejects when there are to be none. */
  initiate(connection: string): Promise<unknown>;
  /** Negotiates other SAs in the place of those in force. */
  rekey(connection: string): Promise<unknown>;
  /** Ends the connection, and tells the peer. */
  terminate(connection: string): Promise<unknown>;
  /** Ends it without a word to its peers. */
  kill(): void;
}
