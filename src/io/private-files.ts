/**
 * A directory of files that are their owner's alone, since they may hold keys.
 *
 * @module
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const PRIVATE_DIRECTORY = 0o700;
const PRIVATE_FILE = 0o600;
const OF_OTHERS = 0o077;

export class PrivateFiles {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes `directory` if need be. Throws where others could read or change what is in it. */
  static in(directory: string): PrivateFiles {
    try {
      mkdirSync(directory, { recursive: true, mode: PRIVATE_DIRECTORY });
    } catch (cause) {
      throw new Error(`Cannot make the directory ${directory}: try as root`, { cause });
    }
    const { mode, uid } = lstatSync(directory);
    if (uid !== process.geteuid?.())
      throw new Error(`Cannot use ${directory}: it belongs to another user (try as root)`);
    if ((mode & OF_OTHERS) !== 0) {
      throw new Error(`Cannot use ${directory}, which is open to others: chmod 700 ${directory}`);
    }
    return new PrivateFiles(directory);
  }

  path(name: string): string {
    return join(this.#directory, name);
  }

  /** What the file holds; `null` when there is none. */
  read(name: string): string | null {
    try {
      return readFileSync(this.path(name), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Puts `text` in the place of what the file holds, at once. */
  write(name: string, text: string): void {
    const next = this.path(`${name}.new`);
    wipe(next);
    const fd = openSync(next, 'wx', PRIVATE_FILE);
    try {
      writeWhole(fd, Buffer.from(text));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    const old = openExisting(this.path(name));
    renameSync(next, this.path(name));
    if (old !== null) zeroise(old);
  }

  /** Overwrites the file with zeros and removes it; none is as well. */
  remove(name: string): void {
    wipe(this.path(name));
  }
}

function wipe(path: string): void {
  const fd = openExisting(path);
  // First out of sight, so that nobody reads half of it.
  rmSync(path, { force: true });
  if (fd !== null) zeroise(fd);
}

function openExisting(path: string): number | null {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Overwrites all of an open file, and closes it. */
function zeroise(fd: number): void {
  try {
    writeWhole(fd, Buffer.alloc(fstatSync(fd).size));
    fsyncSync(fd);
    ftruncateSync(fd);
  } finally {
    closeSync(fd);
  }
}

function writeWhole(fd: number, octets: Buffer): void {
  for (let at = 0; at < octets.length; ) at += writeSync(fd, octets, at, octets.length - at);
  octets.fill(0);
}
