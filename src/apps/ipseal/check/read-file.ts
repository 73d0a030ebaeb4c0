/**
 * Files for `ipseal check`: read with what the system knows of them, names in them looked up, changed in
 * place.
 *
 * @module
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { CheckedText } from '../../../config/lint/checked-text.ts';
import { formOf } from '../../../config/lint/form-of.ts';
import { checkIfcfg } from '../../../config/lint/ifcfg/check-ifcfg.ts';
import { checkPsk } from '../../../config/lint/psk/check-psk.ts';
import { checkRacoon, type RacoonCheck } from '../../../config/lint/racoon/check-racoon.ts';
import type { FileFacts } from '../../../config/lint/rule.ts';
import { checkSetkey, type SetkeyCheck } from '../../../config/lint/setkey/check-setkey.ts';
import type { FoundFiles } from '../../../config/racoon/files.ts';
import type { SetkeyOptions } from '../../../config/setkey/compile-context.ts';
import { findFiles } from '../../configuration/find-files.ts';
import { lookUpNames } from '../../setkey/names.ts';
import { openSource } from '../../setkey/run.ts';
import { interfaceOf } from './interface-files.ts';

/** A file's text and what is known besides. */
export interface OpenedFile {
  readonly name: string;
  readonly text: string;
  readonly facts: FileFacts;
}

/** Opens the file at `path`, or standard input for `-`. Throws an error that says why it cannot. */
export function openFile(path: string): OpenedFile {
  const { name, text } = openSource(path);
  const mode = path === '-' ? null : statSync(path).mode & 0o7777;
  return { name, text, facts: { mode } };
}

/** Checks `file` in the form that it has. Throws where another file that belongs to it is missing. */
export async function checkFile(
  file: OpenedFile,
  options: SetkeyOptions,
  ignored: ReadonlySet<string>,
): Promise<CheckedText> {
  switch (formOf(file.name, file.text)) {
    case 'setkey':
      return checkSetkeyFile(file, options, ignored);
    case 'racoon':
      return checkRacoonFile(file, ignored);
    case 'psk':
      return checkPsk(file, file.facts, ignored);
    case 'ifcfg':
      return checkInterface(file, options, ignored);
  }
}

/** Checks a setkey file, once more when names in it had to be looked up. */
export async function checkSetkeyFile(
  { name, text, facts }: OpenedFile,
  options: SetkeyOptions,
  ignored: ReadonlySet<string>,
): Promise<SetkeyCheck> {
  const check = checkSetkey({ name, text }, facts, options, ignored);
  const { hosts, services } = check.wantedNames;
  if (hosts.length === 0 && !services) return check;
  const names = await lookUpNames(check.wantedNames);
  return checkSetkey({ name, text }, facts, { ...options, names }, ignored);
}

/** Checks the interface that `file` belongs to, with the other files of it that lie beside. */
function checkInterface(
  file: OpenedFile,
  options: SetkeyOptions,
  ignored: ReadonlySet<string>,
): CheckedText {
  const { name, paths, own } = interfaceOf(file.name);
  const there = paths.filter((path) => path === file.name || existsSync(path));
  if (!there.includes(own)) {
    throw new Error(`${file.name}: there is no ${own}, which would say what these keys are for`);
  }
  const files = there.map((path) => (path === file.name ? file : openFile(path)));
  return checkIfcfg(name, files, options, ignored);
}

/** Checks a racoon.conf, again and again until all that it includes was found. */
function checkRacoonFile(file: OpenedFile, ignored: ReadonlySet<string>): RacoonCheck {
  const files = new Map<string, FoundFiles>();
  for (;;) {
    const check = checkRacoon(file, { files }, ignored);
    if (check.wantedFiles.length === 0) return check;
    for (const pattern of check.wantedFiles) files.set(pattern, findFiles(pattern));
  }
}

/**
 * Puts `text` in the place of the file at `path`, all of it or nothing: whoever reads it meanwhile has the
 * old or the new. Owner and mode stay; a symbolic link goes on to point there.
 */
export function replaceFile(path: string, text: string): void {
  const target = realpathSync(path);
  const { mode, uid, gid } = statSync(target);
  const draft = `${target}.${process.pid}.new`;
  // Before anything is in it, nobody but us may read it: there are keys in it.
  const fd = openSync(draft, 'wx', 0o600);
  try {
    writeFileSync(fd, text);
    const made = fstatSync(fd);
    if (made.uid !== uid || made.gid !== gid) chownSync(draft, uid, gid);
    chmodSync(draft, mode & 0o7777);
    fsyncSync(fd);
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}
