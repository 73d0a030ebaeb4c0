/**
 * Writing a file so that it is never half written.
 *
 * @module
 */
import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';

/** A file as it is to be. */
export interface FileText {
  readonly path: string;
  readonly text: string;
  /** Its permissions: 0o600. */
  readonly mode: number;
}

/** Replaces a file as a whole: who reads it meanwhile reads the old text or the new. */
export function replaceFile({ path, text, mode }: FileText): void {
  const target = existsSync(path) ? realpathSync(path) : path;
  const temporary = `${target}.${process.pid}.new`;
  const fd = openSync(temporary, 'wx', 0o600);
  try {
    try {
      fchmodSync(fd, mode);
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
