/**
 * The file with the number of racoon's process.
 *
 * @module
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const FOLDER = '/var/run';
const USUAL_NAME = 'racoon.pid';
const MODE = 0o644;

/** Where `path pidfile "NAME"` means; the usual place where nothing was said. */
export function pidFilePath(name: string | null): string {
  return resolve(FOLDER, name ?? USUAL_NAME);
}

/** Writes `pid`. Throws where it cannot. */
export function writePidFile(path: string, pid: number): void {
  writeFileSync(path, `${pid}\n`, { mode: MODE });
}

/** Removes the file, if it is still that of `pid`. */
export function removePidFile(path: string, pid: number): void {
  try {
    if (readFileSync(path, 'utf8').trim() === `${pid}`) rmSync(path);
  } catch {
    // It is gone, or not ours to remove.
  }
}
