/**
 * Running things as a user without rights, who may not be able to read this checkout where it is
 * (in root's own directory, say): it is mounted for him where he can.
 *
 * @module
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTemporaryDirectory } from './cleanup.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
/** Of the user and his group. */
export const NOBODY_ID = 65534;

const ENTER = `mount --bind "$1" "$2"; cd "$2"; shift 2
exec setpriv --reuid ${NOBODY_ID} --regid ${NOBODY_ID} --clear-groups "$@"`;

/** That user, for as long as he is needed. */
export interface Nobody {
  /** The checkout as he sees it. */
  readonly project: string;
  /** To be put before the words of a command; it runs in {@link project}. */
  readonly words: readonly string[];
  readonly remove: () => void;
}

/**
 * The words of setpriv for a process that has, and ever can have, these capabilities alone: by the
 * names of linux/capability.h, in lower case and without `cap_`.
 */
export function restrictedTo(...capabilities: readonly string[]): string[] {
  const only = ['-all', ...capabilities.map((name) => `+${name}`)].join();
  const sets = ['--inh-caps', '--ambient-caps', '--bounding-set'].flatMap((set) => [set, only]);
  return [...sets, '--no-new-privs'];
}

/** Makes room for him; he has `rights`, words of setpriv, if any. Needs root. */
export function makeNobody(rights: readonly string[] = []): Nobody {
  const { path, remove } = makeTemporaryDirectory();
  const project = join(path, 'project');
  mkdirSync(project);
  chmodSync(path, 0o755);
  return {
    project,
    words: ['unshare', '--mount', 'sh', '-ec', ENTER, 'sh', PROJECT, project, ...rights, '--'],
    remove,
  };
}
