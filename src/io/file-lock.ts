/**
 * Locks that one process at a time has, and that end with it, however it ends (flock(2)).
 *
 * @module
 */
import { closeSync, openSync } from 'node:fs';
import { errno, libc, SystemError } from './libc.ts';

const LOCK_EX = 2;
const LOCK_NB = 4;
const EAGAIN = 11;
const PRIVATE = 0o600;

export class FileLock {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Takes the lock that the file at `path` stands for; `null` while another has it. */
  static take(path: string): FileLock | null {
    const fd = openSync(path, 'a', PRIVATE);
    if (libc.flock(fd, LOCK_EX | LOCK_NB) === 0) return new FileLock(fd);
    const reason = errno();
    closeSync(fd);
    if (reason === EAGAIN) return null;
    throw new SystemError(`lock ${path}`, reason);
  }

  release(): void {
    closeSync(this.#fd);
  }
}
