/**
 * Which backend a command is told to work on. How it is opened is `open-backend.ts`.
 *
 * @module
 */
import { UsageError } from './getopt.ts';

/** What `--backend` takes. */
const BACKEND_CHOICES = ['auto', 'kernel', 'userspace'] as const;
export type BackendChoice = (typeof BACKEND_CHOICES)[number];

/** Reads `--backend`'s value, or IPSEAL_BACKEND's; `auto` when neither is given. Throws `UsageError`. */
export function backendChoice(given: string | null | undefined): BackendChoice {
  const word = given || process.env['IPSEAL_BACKEND'] || 'auto';
  const choice = BACKEND_CHOICES.find((known) => known === word);
  if (choice !== undefined) return choice;
  throw new UsageError(`there is no backend "${word}": choose auto, kernel or userspace`);
}
