/**
 * How a verb joins `ipseal`: its `command.ts` has its command line, and loads the rest when it is asked
 * for.
 *
 * @module
 */
import { type Command, Option } from 'commander';

/** Adds a verb, or verbs that belong together; each hands its exit status to `end`. */
export type AddVerb = (program: Command, end: (exitStatus: number) => void) => void;

// The options that say whose SAD and SPD a verb is about.
export const BACKEND: Option = new Option('--backend <backend>', 'auto, kernel or userspace');
export const CONTROL: Option = new Option('--control <path>', 'the control socket of ipseald');

// Those that say which connection must not be cut off: `session.ts`.
export const SESSION: Option = new Option(
  '--session <flow>',
  'do not cut SRC,PORT,DST,PORT (default: the SSH connection)',
);
export const ALLOW_LOCK_OUT: Option = new Option('--allow-lock-out', 'cut it nevertheless');
