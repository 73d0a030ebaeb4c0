/**
 * What a command of racoonctl is.
 *
 * @module
 */
import type { AdminClient } from '../racoon/admin/client.ts';
import type { RacoonctlCommand } from './options.ts';

/** Does its work with a racoon that listens; resolves with the exit status. */
export type Work = (racoon: AdminClient) => Promise<number>;

/** What a command makes of the words behind it. Throws `WrongWords` and `UsageError`. */
export type Action = (words: readonly string[], command: RacoonctlCommand) => Work;
