/**
 * `ipseal check`: looks at configuration files for what is wrong, weak, or hardly what was meant.
 *
 * Exit status 0: nothing that counts; 1: an error, or under `--strict` a warning; 2: it could not be
 * asked so, or a file not be read.
 *
 * @module
 */
import type { Diagnostic } from '../../../config/diagnostic.ts';
import { TABLE } from '../../../config/lint/entries.ts';
import { formOf } from '../../../config/lint/form-of.ts';
import { comparePeers } from '../../../config/peer/compare.ts';
import type { SetkeyOptions } from '../../../config/setkey/compile-context.ts';
import { UsageError } from '../../getopt.ts';
import { version } from '../../version.ts';
import { complain } from '../complain.ts';
import type { CheckedFile } from './checked-file.ts';
import { fixFile } from './fix.ts';
import { jsonOfFiles, jsonOfPeers } from './json.ts';
import { checkFile, checkSetkeyFile, openFile } from './read-file.ts';
import { sarifOf } from './sarif.ts';
import { formatPeers, formatReport, formatTable } from './text.ts';

export interface CheckOptions {
  readonly list?: boolean;
  readonly peer?: boolean;
  readonly json?: boolean;
  readonly sarif?: boolean;
  readonly fix?: boolean;
  readonly fixAlso?: string;
  readonly ignore?: string;
  readonly strict?: boolean;
  readonly kernelMode?: boolean;
  readonly rfc4868?: boolean;
}

/** Runs the command; resolves with its exit status. */
export async function check(files: readonly string[], options: CheckOptions): Promise<number> {
  try {
    refuseNonsense(files, options);
    if (options.list === true) return list(options);
    if (options.peer === true) return await checkPeers(files, options);
    return await checkFiles(files, options);
  } catch (error) {
    complain(error instanceof Error ? error.message : `${error}`);
    return UNUSABLE;
  }
}

function refuseNonsense(files: readonly string[], options: CheckOptions): void {
  const { list, peer, json, sarif, fix, fixAlso } = options;
  const fixes = fix === true || fixAlso !== undefined;
  if (list === true) {
    if (files.length > 0) throw new UsageError('--list takes no file');
    return;
  }
  if (files.length === 0)
    throw new UsageError('name the files to look at, or - for standard input');
  if (json === true && sarif === true)
    throw new UsageError('--json and --sarif exclude each other');
  if (peer === true && files.length !== 2) {
    throw new UsageError("--peer takes two files: this host's and the peer's");
  }
  if (peer === true && (fixes || sarif === true)) {
    throw new UsageError('--peer goes with neither --fix nor --sarif');
  }
  if (fixes && files.includes('-')) throw new UsageError('--fix cannot change standard input');
}

function list({ json }: CheckOptions): number {
  const text = json === true ? `${JSON.stringify(TABLE, null, 2)}\n` : formatTable(TABLE);
  process.stdout.write(text);
  return CLEAN;
}

async function checkFiles(files: readonly string[], options: CheckOptions): Promise<number> {
  const ignored = codesOf(options.ignore, '--ignore');
  const also = codesOf(options.fixAlso, '--fix-also');
  const fixes = options.fix === true || options.fixAlso !== undefined;
  const checked: CheckedFile[] = [];
  const isNew = onceEach();
  for (const path of files) {
    const ask = (file: Parameters<typeof checkFile>[0]) =>
      checkFile(file, reading(options), ignored);
    const fixed = fixes ? await fixFile(path, also, ask) : [];
    const opened = openFile(path);
    const { form, diagnostics } = await ask(opened);
    checked.push({ name: opened.name, form, diagnostics: diagnostics.filter(isNew), fixed });
  }
  if (options.json === true) print(jsonOfFiles(checked));
  else if (options.sarif === true) print(sarifOf(checked, TABLE, version()));
  else process.stdout.write(formatReport(checked));
  const counts = (diagnostic: Diagnostic) =>
    diagnostic.severity === 'error' || options.strict === true;
  return checked.some(({ diagnostics }) => diagnostics.some(counts)) ? FOUND : CLEAN;
}

/** Whether a diagnostic is told for the first time: files of one interface, and includes, are read by several. */
function onceEach(): (diagnostic: Diagnostic) => boolean {
  const told = new Set<string>();
  return ({ file, line, column, code, message }) => {
    const text = JSON.stringify([file, line, column, code, message]);
    return !told.has(text) && told.add(text) !== undefined;
  };
}

async function checkPeers(files: readonly string[], options: CheckOptions): Promise<number> {
  const checks = [];
  for (const path of files) {
    const opened = openFile(path);
    if (formOf(opened.name, opened.text) === 'ifcfg') throw new UsageError(peerHint(opened.name));
    const { file, diagnostics } = await checkSetkeyFile(opened, reading(options), new Set());
    checks.push({ name: opened.name, file, diagnostics });
  }
  const [a, b] = checks;
  if (a?.file == null || b?.file == null) {
    const broken = checks.filter(({ file }) => file === null);
    process.stdout.write(
      formatReport(broken.map((each) => ({ ...each, form: 'setkey', fixed: [] }))),
    );
    return FOUND;
  }
  const ignored = codesOf(options.ignore, '--ignore');
  const differences = comparePeers(a.file, b.file).filter(({ code }) => !ignored.has(code));
  const names = [a.name, b.name] as const;
  if (options.json === true) print(jsonOfPeers(names, differences));
  else process.stdout.write(formatPeers(names, differences));
  return differences.length > 0 ? FOUND : CLEAN;
}

function peerHint(name: string): string {
  return `--peer compares setkey files, and ${name} is none: ipseal ifcfg show --show-keys --setkey makes one of it`;
}

function reading({ kernelMode, rfc4868 }: CheckOptions): SetkeyOptions {
  return {
    fwdTwins: kernelMode !== true,
    sha256Icv: rfc4868 === true ? 'rfc4868' : 'classic',
  };
}

/** The codes of a list with commas. Throws where one is not in the table. */
function codesOf(list: string | undefined, option: string): ReadonlySet<string> {
  const codes = (list ?? '').split(',').flatMap((code) => code.trim() || []);
  for (const code of codes) {
    if (TABLE.some((entry) => entry.code === code)) continue;
    throw new UsageError(`${option}: there is no code ${code}; ipseal check --list has them all`);
  }
  return new Set(codes);
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

const CLEAN = 0;
const FOUND = 1;
const UNUSABLE = 2;
