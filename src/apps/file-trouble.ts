/**
 * Files that cannot be read or written, and why not, in the words of the C library.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  ECONNREFUSED: 'Connection refused',
  EEXIST: 'File exists',
  EISDIR: 'Is a directory',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
};

/** What is in the file at `path`, 0 being standard input. Throws an error that says why it cannot. */
export function readOctets(path: string | 0): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw cannotOpen(path === 0 ? 'standard input' : path, error);
  }
}

/** That the file `name` cannot be opened, for the reason of `error`, which is of `node:fs`. */
export function cannotOpen(name: string, error: unknown): Error {
  return new Error(`Can't open \`${name}': ${whyNot(error)}`, { cause: error });
}

/** The reason that `error`, of `node:fs`, has for a person. */
export function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? `${error.code}` : '';
  return REASONS[code] ?? (code || `${error}`);
}
