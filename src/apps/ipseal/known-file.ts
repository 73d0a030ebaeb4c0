/**
 * Files of SAs and policies for `--sad` and `--policy`: read, names in them looked up, complaints
 * told.
 *
 * @module
 */
import { dirname, resolve } from 'node:path';
import { formatDiagnostic } from '../../config/diagnostic.ts';
import { type KnownFile, readPolicyFile, readSaFile } from '../../config/known-file.ts';
import type { SetkeyOptions } from '../../config/setkey/compile-context.ts';
import type { Policy } from '../../ipsec/policy.ts';
import type { SaPattern } from '../../ipsec/sa-pattern.ts';
import { readOctets } from '../file-trouble.ts';
import { lookUpNames } from '../setkey/names.ts';

/** How deep files may name one another. */
const MOST_NESTED = 5;

/** The SAs in the file at `path` and in those that it names. Throws where there is any error. */
export async function saPatternsIn(path: string, depth = 0): Promise<SaPattern[]> {
  if (depth > MOST_NESTED) throw new Error(`${path}: files name one another too deeply`);
  const { entries, moreFiles } = await read(path, readSaFile);
  const patterns = [...entries];
  for (const more of moreFiles) {
    patterns.push(...(await saPatternsIn(resolve(dirname(path), more), depth + 1)));
  }
  return patterns;
}

/** The policies in the file at `path`. Throws where there is any error. */
export async function policiesIn(path: string): Promise<readonly Policy[]> {
  return (await read(path, readPolicyFile)).entries;
}

type Reader<T> = (
  source: { readonly name: string; readonly text: string },
  options?: SetkeyOptions,
) => KnownFile<T>;

async function read<T>(path: string, reader: Reader<T>): Promise<KnownFile<T>> {
  const source = { name: path, text: readOctets(path).toString('utf8') };
  let known = reader(source);
  const { hosts, services } = known.wantedNames;
  if (hosts.length > 0 || services) {
    known = reader(source, { names: await lookUpNames(known.wantedNames) });
  }
  // What setkey would warn of when it loads the file is no concern of who only looks.
  const told = known.diagnostics.filter(
    ({ severity }) => severity === 'error' || known.form !== 'setkey',
  );
  for (const diagnostic of told) process.stderr.write(`${formatDiagnostic(diagnostic)}\n`);
  const errors = told.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) throw new Error(`${path} has ${errors === 1 ? 'an error' : `${errors} errors`}`);
  return known;
}
