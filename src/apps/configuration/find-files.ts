/**
 * The files that a pattern of racoon.conf's `include` means.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { FoundFiles } from '../../config/racoon/files.ts';

/**
 * The files that match `pattern`, sorted; none where there are none. Wildcards stand for what they do in a
 * shell, in the last part of the path alone.
 */
export function findFiles(pattern: string): FoundFiles {
  const path = pattern.replace(/^~(?=\/)/, homedir());
  try {
    const names = /[*?[]/.test(basename(path)) ? matching(path) : existsSync(path) ? [path] : [];
    return { files: names.map((name) => ({ name, text: readFileSync(name, 'utf8') })) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : `${error}` };
  }
}

function matching(path: string): readonly string[] {
  const folder = dirname(path);
  const shape = basename(path)
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('[!', '[^')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  // A wildcard at the beginning does not stand for a hidden file.
  const wanted = new RegExp(`^(?!\\.)${shape}$`);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => wanted.test(name)) : [];
  return names.sort().map((name) => join(folder, name));
}
