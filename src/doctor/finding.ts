/**
 * What an examination finds, as `ipseal doctor --json` has it.
 *
 * @module
 */

/**
 * How bad it is: as it should be; good to know; it may do harm; it does, or something does not work
 * because of it.
 */
export type FindingStatus = 'ok' | 'note' | 'warning' | 'problem';

export interface Finding {
  /** The examination, for programs: `nat`. */
  readonly check: string;
  readonly status: FindingStatus;
  /** One sentence. */
  readonly says: string;
  /** A command for a shell that shows it. */
  readonly proof: string;
  /** What to do about it: commands for a shell where that is possible. `null` when nothing is to be done. */
  readonly fix: string | null;
}
