/**
 * Reading the files of an interface, and finding interfaces.
 *
 * @module
 */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { IfcfgFile } from '../../config/ifcfg/environment.ts';
import {
  filesOf,
  type IfcfgOptions,
  type IfcfgReading,
  outlineOf,
  readIfcfg,
} from '../../config/ifcfg/read.ts';
import { whyNot } from '../file-trouble.ts';
import type { Places } from './places.ts';

/** An interface as its files have it. */
export interface LoadedInterface {
  readonly name: string;
  /** The paths of the files that there are, in the order in which they were read. */
  readonly files: readonly string[];
  readonly reading: IfcfgReading;
  /** Those files with keys that others than their owner may read, with the reason as a clause. */
  readonly exposed: readonly string[];
  /** When any of them was written last, in milliseconds since the epoch. */
  readonly writtenMs: number;
}

interface FileOnDisk extends IfcfgFile {
  /** Why others can read it, as a clause; `null` when they cannot. */
  readonly exposure: string | null;
  readonly writtenMs: number;
}

/**
 * Reads the interface that `word` names: `ipsec0`, `ifcfg-ipsec0`, or the path of its file. Throws an
 * error that says which file is missing or cannot be read.
 */
export function loadInterface(
  word: string,
  places: Pick<Places, 'scripts'>,
  options: IfcfgOptions = {},
): LoadedInterface {
  const directory = word.includes('/') ? dirname(word) : places.scripts;
  // What stands before "ifcfg-" stands before "keys-", too.
  const [, prefix = '', name = basename(word)] = /^(.*?)ifcfg-(.+)$/.exec(basename(word)) ?? [];
  const paths = filesOf(name).map((file) => join(directory, `${prefix}${file}`));
  const own = paths.at(-2);
  const files = paths.flatMap((path) => readFile(path) ?? []);
  if (!files.some((file) => file.name === own)) {
    throw new Error(`there is no ${own}: interfaces are files called ifcfg-NAME`);
  }
  const reading = readIfcfg(name, files, options);
  const secret = files.filter((file) => reading.secretFiles.includes(file.name));
  return {
    name,
    files: files.map((file) => file.name),
    reading,
    exposed: secret.flatMap((file) =>
      file.exposure === null ? [] : `${file.name} ${file.exposure}`,
    ),
    writtenMs: Math.max(...files.map((file) => file.writtenMs)),
  };
}

/** An interface of a directory. */
export interface ListedInterface {
  readonly name: string;
  /** Whether it comes up with the host. */
  readonly onBoot: boolean;
}

/** The interfaces of `TYPE=IPSEC`, by name. Throws where there is no such directory. */
export function listInterfaces({ scripts }: Pick<Places, 'scripts'>): ListedInterface[] {
  const names = entriesOf(scripts).flatMap((entry) => /^ifcfg-(.+)$/.exec(entry)?.[1] ?? []);
  return names
    .filter((name) => !LEFT_BY_EDITORS.test(name))
    .toSorted()
    .flatMap((name) => {
      const files = filesOf(name).filter((file) => file.startsWith('ifcfg-'));
      const { isIpsec, onBoot } = outlineOf(
        files.flatMap((file) => readFile(join(scripts, file)) ?? []),
      );
      return isIpsec ? [{ name, onBoot }] : [];
    });
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    throw new Error(`cannot look for ifcfg-NAME in ${directory}: ${whyNot(error)}`);
  }
}

/** `null` when there is no such file. */
function readFile(path: string): FileOnDisk | null {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new Error(`cannot read ${path}: ${whyNot(error)}`);
  }
  try {
    const { mode, uid, mtimeMs } = fstatSync(fd);
    const text = readFileSync(fd, 'utf8');
    return { name: path, text, exposure: exposureOf(mode, uid, path), writtenMs: mtimeMs };
  } finally {
    closeSync(fd);
  }
}

function exposureOf(mode: number, uid: number, path: string): string | null {
  if ((mode & 0o077) !== 0) {
    const octal = (mode & 0o7777).toString(8).padStart(4, '0');
    return `has keys, and others than its owner may use it (mode ${octal}): chmod 600 ${path}`;
  }
  if (uid === 0 || uid === process.geteuid?.()) return null;
  return `has keys, and belongs to user ${uid}: chown root ${path}`;
}

/** The code of a system error; an empty text where it is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? `${error.code}` : '';
}

/** As the service `network` passed over. */
const LEFT_BY_EDITORS = /~$|\.(bak|old|orig|rpmnew|rpmorig|rpmsave)$/;
