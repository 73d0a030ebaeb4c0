/**
 * Files that nobody but their owner may read: those with keys.
 *
 * @module
 */
import { closeSync, existsSync, fchmodSync, openSync, writeFileSync } from 'node:fs';
import { whyNot } from './file-trouble.ts';

/** Its owner's alone. */
const OWNER_ONLY = 0o600;

/** The text of one file and where it goes. */
export interface PrivateFile {
  readonly path: string;
  readonly text: string;
  /** How the text is written; UTF-8 unless said. */
  readonly encoding?: BufferEncoding;
}

/**
 * Writes `files`, all or none as far as can be seen beforehand. Throws when one of them is there, unless
 * `overwrite`, and where
 * one cannot be written.
 */
export function writePrivateFiles(files: readonly PrivateFile[], overwrite: boolean): void {
  const [present] = overwrite ? [] : files.filter(({ path }) => existsSync(path));
  if (present !== undefined) throw refusal(present.path);
  for (const file of files) writePrivateFile(file, overwrite);
}

function writePrivateFile({ path, text, encoding }: PrivateFile, overwrite: boolean): void {
  const fd = opened(path, overwrite ? 'w' : 'wx');
  try {
    // It may have been there before, for everybody to read.
    fchmodSync(fd, OWNER_ONLY);
    writeFileSync(fd, text, encoding ?? 'utf8');
  } finally {
    closeSync(fd);
  }
}

function opened(path: string, flags: string): number {
  try {
    return openSync(path, flags, OWNER_ONLY);
  } catch (error) {
    throw new Error(`Cannot write ${path}: ${whyNot(error)}`, { cause: error });
  }
}

function refusal(path: string): Error {
  return new Error(`Cannot write ${path}: it is there already, and --force was not given`);
}
